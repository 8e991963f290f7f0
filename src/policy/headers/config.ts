/** Options of the policy `headers`. */
import { z } from "zod";
import { check, checkWellFormed } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { fieldEditsProblems } from "./field-edits-problems.ts";

function fieldEdits(direction: "request" | "reply") {
  const object = z.strictObject({
    remove: option(z.array(z.string()).optional(), "Removes every field with the name.", { values: "names" }),
    set: option(z.record(z.string(), z.string()).optional(), "Replaces every field with the name by this one.", {
      values: "names and values",
    }),
    add: option(z.record(z.string(), z.string()).optional(), "Appends.", { values: "names and values" }),
  });
  return checkWellFormed(object, (options, report) => {
    for (const { path, message } of fieldEditsProblems(options, direction)) report(path, message);
  });
}

const headersObject = z.strictObject({
  request: option(fieldEdits("request").optional(), "Of the request, before it goes upstream."),
  reply: option(fieldEdits("reply").optional(), "Of the reply, before it goes to the client."),
});

export const headersSchema = option(
  check(headersObject, ["request", "reply"], (options, report) => {
    if (options.request === undefined && options.reply === undefined)
      report([], 'needs "request" or "reply", or it has nothing to do');
  }),
  "[Edits fields](../../src/policy/headers/README.md), in the order remove, set, add. Values may hold `${client.address}`, `${host}`, `${path}`, `${method}`, `${trace.id}`, `${route}`.",
);
