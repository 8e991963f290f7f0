import { expect, test } from "bun:test";
import { otherVariableProblem } from "./other-variables.ts";

const KNOWN = ["client.address", "host", "path"];

test.each([
  ["$remote_addr", '"$remote_addr" is written "${client.address}" here'],
  ["${remote_addr}", '"${remote_addr}" is written "${client.address}" here'],
  ["for=%[src];", '"%[src]" is written "${client.address}" here'],
  ["{http.request.host}", '"{http.request.host}" is written "${host}" here'],
  ["https://$host$request_uri", '"$host" is written "${host}" here'],
  ["${host}$request_uri", '"$request_uri" is written "${path}" here'],
  ["%REQ(:PATH)%", '"%REQ(:PATH)%" is written "${path}" here'],
  [
    "$request_method",
    '"$request_method" is not a variable here; the variables are ${client.address}, ${host}, ${path}',
  ],
  ["$scheme", '"$scheme" is not a variable here; the variables are ${client.address}, ${host}, ${path}'],
])("%s", (text, expected) => {
  expect(otherVariableProblem(text, KNOWN)).toBe(expected);
});

test.each(["${host}${path}", "costs $5", "$hostess", "100%", "{a}", "%20%5B", "${unknown}", "$"])(
  "%s is text, or ours",
  (text) => {
    expect(otherVariableProblem(text, KNOWN)).toBeNull();
  },
);
