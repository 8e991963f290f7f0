/** A policy that throws: the request is refused, and a reply never goes out without what the policy was to do. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { edgeWith, type TestEdge } from "./support/edge.ts";
import { ok, startOrigin, type Origin } from "./support/origin.ts";
import { isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf } from "./support/replies.ts";

/** Five times as much of it as a trace keeps (4096 bytes) is more than policies may add to one head. */
const LONG = `/${"x".repeat(7_000)}`;
const five = { "X-A": "${path}", "X-B": "${path}", "X-C": "${path}", "X-D": "${path}", "X-E": "${path}" };

let origin: Origin;
let edge: TestEdge;

beforeAll(async () => {
  origin = await startOrigin((request) => ok(request, "secret"));
  edge = await edgeWith({
    pools: { main: { targets: [origin.address] } },
    routes: [
      {
        match: { host: "reply.example", path: "/*" },
        proxy: "main",
        policies: [{ headers: { reply: { set: five } } }],
      },
      {
        match: { host: "request.example", path: "/*" },
        proxy: "main",
        policies: [{ headers: { request: { set: five } } }],
      },
      {
        match: { host: "fixed.example", path: "/*" },
        respond: { body: "secret" },
        policies: [{ headers: { reply: { set: five } } }],
      },
    ],
  });
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
});

describe("a policy that throws", () => {
  for (const host of ["reply.example", "request.example", "fixed.example"]) {
    test(`at ${host} is a 500, and nothing else is told`, async () => {
      const reply = await raw(edge.port, [`GET ${LONG} HTTP/1.1\r\nHost: ${host}\r\n\r\n`], { until: isComplete });
      expect(statusOf(reply)).toBe(500);
      expect(faultOf(reply)).toBe("policy-failed");
      expect(reply).not.toContain("secret");
    });

    test(`at ${host} does no harm to the next request`, async () => {
      const reply = await raw(edge.port, [`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`], { until: isComplete });
      expect(statusOf(reply)).toBe(200);
    });
  }
});
