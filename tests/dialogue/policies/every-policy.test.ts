/**
 * What every policy of the registry does, whatever else it does: it is described, it streams, it leaves nothing behind,
 * a plan of it has no effect, and routes without it do not pay for it. A new policy adds its options here.
 */
import { describe, expect, test } from "bun:test";

import { POLICIES } from "../../../src/policy/policies.ts";
import { dialogue, TARGET } from "../support/dialogue.ts";
import { EdgeUnderTest } from "../support/edge-under-test.ts";

/** Options with which the policy lets a plain request and its reply pass. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  expires: "1h",
  headers: { request: { set: { "X-From": "edge" } }, reply: { remove: ["Server"], set: { "X-Route": "${route}" } } },
};

const INPUT = { method: "POST", url: "http://h/a", client: "192.0.2.1", fields: [] };

test("every policy has a sample", () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(POLICIES).sort());
});

for (const [name, definition] of Object.entries(POLICIES)) {
  const policies = [{ definition, options: definition.schema.parse(SAMPLES[name]) }];
  const config = {
    pools: { main: { targets: [TARGET] } },
    routes: [{ name: "all", match: { path: "/*" }, proxy: "main" }],
  };

  describe(name, () => {
    dialogue("lets bodies pass as they come, both ways", { policies }, async ({ client, upstream, until, edge }) => {
      client.says("POST /a HTTP/1.1", "Host: h", "Content-Length: 8", "", "half");
      await until(() => edge.network.upstreams.length > 0);
      expect(upstream.read()).toEndWith("half");
      client.says("full");
      expect(upstream.read()).toBe("full");
      upstream.says("HTTP/1.1 200 OK", "Server: s", "Content-Length: 8", "", "half");
      expect(client.read()).toEndWith("half");
      upstream.says("full");
      expect(client.read()).toBe("full");
    });

    dialogue(
      "leaves nothing behind a client that goes away",
      { policies },
      async ({ client, upstream, until, edge }) => {
        client.says("GET /a HTTP/1.1", "Host: h", "", "");
        await until(() => edge.network.upstreams.length > 0);
        upstream.read();
        client.resets();
        expect(edge.counts().exchanges).toBe(0);
      },
    );

    test("is described, and explained where it stands", async () => {
      const edge = new EdgeUnderTest(config, policies);
      const policy = edge.plan.routes[0]!.policies[0]!;
      expect(policy.describe()).not.toBe("");
      const { record } = await edge.explain(INPUT);
      expect(record.target).toBe(TARGET);
      expect(record.detail!.policies.map((done) => done.policy)).toEqual(
        policy.onRequest === undefined ? [] : [policy.name],
      );
    });

    test("has no effect in a plan: two say the same, and nothing is asked", async () => {
      const edge = new EdgeUnderTest(config, policies);
      const told = async (): Promise<unknown> => {
        const { record } = await edge.explain(INPUT);
        return [record.status, record.fault, record.detail!.policies.map(({ outcome, detail }) => [outcome, detail])];
      };
      expect(await told()).toEqual(await told());
      expect(edge.network.dials).toEqual([]);
      expect(edge.counts().exchanges).toBe(0);
    });

    test("is disposed of with its plan, and gives back timers and shared state", () => {
      const edge = new EdgeUnderTest(config, policies);
      const { timers } = edge.counts();
      const { size } = edge.shared;
      edge.reload(config);
      expect(edge.counts().timers).toBe(timers);
      expect(edge.shared.size).toBe(size);
      edge.dispose();
      expect(edge.counts().timers).toBe(0);
      expect(edge.shared.size).toBe(0);
    });

    test("costs nothing where it is not used: its stage is not on the way", () => {
      const edge = new EdgeUnderTest(config);
      expect(edge.plan.routes[0]!.policies).toEqual([]);
      expect(edge.wayOf("all")).toEqual(["identify", "route", "prepare", "pick", "send"]);
      const side = new EdgeUnderTest(config, policies).plan.routes[0]!.policies[0]!.side;
      expect(new EdgeUnderTest(config, policies).wayOf("all")).toContain(`${side} policies`);
    });
  });
}
