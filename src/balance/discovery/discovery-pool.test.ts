/** Sources and the pool itself, together: what becomes of targets while requests go on. */
import { describe, expect, test } from "bun:test";
import type { TargetSourcePlan } from "../../contract/plan.ts";
import { Scenario, configSource } from "../scenario-for-tests.ts";
import { Discovery } from "./discovery.ts";
import { FakeResolver, settle } from "./fake-resolver-for-tests.ts";

const USERS: TargetSourcePlan = {
  kind: "dns",
  text: "dns users.internal:80",
  name: "users.internal",
  endpoint: { port: 80, weight: 1, tier: 0, backup: false, mode: "ready" },
  refresh: { minimum: 1000, maximum: 60_000 },
};

class Edge {
  readonly resolver = new FakeResolver();
  readonly scenario: Scenario;
  readonly discovery = new Discovery({ resolver: this.resolver, random: () => 0 });

  constructor(...sources: TargetSourcePlan[]) {
    this.scenario = new Scenario({ sources });
  }

  async start(): Promise<void> {
    this.discovery.sync([this.scenario.pool], this.scenario.now);
    await settle();
  }

  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      this.scenario.pass(100);
      this.discovery.tick(this.scenario.now);
      await settle();
    }
  }

  problem(source = USERS.text): string {
    return this.scenario.pool.sources.find((state) => state.source === source)!.problem;
  }
}

describe("a pool with a name", () => {
  test("starts without an answer, and works as soon as there is one", async () => {
    const edge = new Edge(USERS);
    await edge.start();
    expect(edge.scenario.pick()).toBe("none");
    expect(edge.problem()).toEndWith("it has named no target yet");
    edge.resolver.set("users.internal", 2, "10.0.0.2", "10.0.0.1");
    await edge.pass(2000);
    expect(edge.scenario.used).toBe("10.0.0.1 10.0.0.2");
    expect(edge.problem()).toBe("");
  });

  test("follows the name, keeps what stays, and moves nobody when the answer only rotates", async () => {
    const edge = new Edge(USERS);
    edge.resolver.set("users.internal", 2, "10.0.0.1", "10.0.0.2");
    await edge.start();
    const { pool } = edge.scenario;
    const list = pool.targets;
    edge.resolver.set("users.internal", 2, "10.0.0.2", "10.0.0.1");
    await edge.pass(3000);
    expect(pool.targets).toBe(list);
    const stays = edge.scenario.target("10.0.0.2");
    edge.resolver.set("users.internal", 2, "10.0.0.3", "10.0.0.2");
    await edge.pass(3000);
    expect(edge.scenario.target("10.0.0.2")).toBe(stays);
    expect(edge.scenario.used).toBe("10.0.0.2 10.0.0.3");
  });

  for (const [what, answer] of [
    ["fails", "ESERVFAIL"],
    ["is gone", "ENOTFOUND"],
    ["has no address", []],
  ] as const) {
    test(`works on when the name ${what}`, async () => {
      const edge = new Edge(USERS);
      edge.resolver.set("users.internal", 2, "10.0.0.1", "10.0.0.2");
      await edge.start();
      if (typeof answer === "string") edge.resolver.addresses.set("users.internal", answer);
      else edge.resolver.give("users.internal", answer);
      await edge.pass(120_000);
      expect(edge.scenario.used).toBe("10.0.0.1 10.0.0.2");
      expect(edge.problem()).toEndWith("; the 2 targets of before are kept");
    });
  }

  test("a source that a reload drops takes its targets with it, and is asked no more", async () => {
    const edge = new Edge(USERS, configSource("a"));
    edge.resolver.set("users.internal", 2, "10.0.0.1");
    await edge.start();
    expect(edge.scenario.used).toBe("10.0.0.1 a");
    edge.scenario.adopt({ sources: [configSource("a")] });
    edge.discovery.sync([edge.scenario.pool], edge.scenario.now);
    const asked = edge.resolver.asked.length;
    await edge.pass(10_000);
    expect(edge.scenario.used).toBe("a");
    expect(edge.resolver.asked).toHaveLength(asked);
  });
});
