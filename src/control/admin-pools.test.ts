import { afterEach, describe, expect, test } from "bun:test";
import { ADMIN_SOURCE, configSource } from "../balance/scenario-for-tests.ts";
import { AdminForTests, FakeControl, hold } from "./control-for-tests.ts";
import type { PoolReport } from "./pool-report.ts";
import type { TargetReport } from "./target-report.ts";

const admin = new AdminForTests();
afterEach(() => admin.stop());

const A = "/pools/shop/targets/a%3A80";
const OPEN = { sources: [configSource("a"), ADMIN_SOURCE] };

async function start(options: ConstructorParameters<typeof FakeControl>[0]): Promise<FakeControl> {
  const control = new FakeControl(options);
  await admin.start(control);
  return control;
}

async function pool(): Promise<PoolReport> {
  return (await admin.call("/pools/shop")).body as PoolReport;
}

async function target(address = "a:80"): Promise<TargetReport> {
  return (await pool()).targets.find((one) => one.address === address)!;
}

describe("reading", () => {
  test("a pool tells how it balances, and how each target is", async () => {
    const { scenario } = await start({ config: "a b*3 c^1 d+backup", check: {}, balance: { slowStart: 30_000 } });
    scenario.pass(2000);
    scenario.fail("b", "upstream-unreachable");
    scenario.pass(1000);
    hold(scenario, "a");
    const { body } = await admin.call("/pools");
    expect(body).toHaveLength(1);
    expect((body as PoolReport[])[0]).toMatchObject({
      name: "shop",
      algorithm: "round-robin",
      key: null,
      balance: "round-robin, slow start over 30s",
      check: "tcp, every 5s (1s while down) within 2s, rise 2, fall 3",
      panic: false,
      up: 3,
      takesTargets: false,
      sources: [{ source: "config", kind: "config", count: 4, problem: "" }],
      targets: [
        { address: "a:80", state: "up", usable: true, active: 1, connections: 1, source: "config" },
        {
          state: "ejected",
          usable: false,
          traffic: { ejected: true, ejectionEndsInMs: 9000, failuresTotal: 1, ejectionsTotal: 1 },
          weight: { wanted: 3, source: 3, set: false },
          evidence: [{ from: "traffic", text: "upstream-unreachable: ECONNREFUSED", ageMs: 1000, endsInMs: 9000 }, {}],
        },
        { priority: 1 },
        { backup: true },
      ],
    });
  });

  test("up on one layer and broken on another is shown as just that", async () => {
    const { scenario } = await start({ config: "a b", check: { kind: "http", fall: 1 } });
    const layers = [
      { layer: "tcp", ok: true, detail: "connected", durationMs: 0.4 },
      { layer: "http", ok: false, detail: "503, expected 200-399", durationMs: 3 },
    ] as const;
    scenario.pool.noteCheck(scenario.target("a"), layers, scenario.now);
    scenario.pass(3000);
    expect(await target()).toMatchObject({
      state: "down",
      brokenLayer: "http",
      check: { verdict: "down", ageMs: 3000, layers },
      evidence: [{ from: "check", text: "tcp ok, http: 503, expected 200-399 (failed once)", ageMs: 3000 }],
    });
  });

  test("a pool or target that is not there: 404 with the nearest", async () => {
    await start({ config: "a b" });
    expect(await admin.call("/pools/shpo")).toMatchObject({
      status: 404,
      body: { error: 'there is no pool "shpo"', remedy: "Did you mean shop?" },
    });
    expect(await admin.call("/pools/shop/targets/x:80")).toMatchObject({
      status: 404,
      body: { remedy: "Did you mean a:80?" },
    });
    expect(await admin.call("/pools/zzzzzz")).toMatchObject({ body: { remedy: "There is shop." } });
    expect((await admin.call("/pools/%ff")).status).toBe(404);
  });
});

describe("mode", () => {
  test("drain with the pool's deadline, or another one", async () => {
    const { scenario } = await start({ config: "a b", drain: 60_000 });
    hold(scenario, "a");
    const first = await admin.call(A, "POST", { mode: "drain" });
    expect(first).toMatchObject({
      status: 200,
      body: { changed: true, warning: "", target: { state: "drain", mode: "drain", active: 1, cutInMs: 60_000 } },
    });
    scenario.pass(10_000);
    expect((await admin.call(A, "POST", { mode: "drain" })).body).toMatchObject({
      changed: false,
      target: { cutInMs: 50_000, modeAgeMs: 10_000 },
    });
    expect((await admin.call(A, "POST", { mode: "drain", timeout: "5s" })).body).toMatchObject({
      changed: true,
      target: { cutInMs: 5000, evidence: [{ from: "operator", text: "takes no new requests", endsInMs: 5000 }] },
    });
    expect((await admin.call(A, "POST", { mode: "drain", timeout: 0 })).body).toMatchObject({
      target: { cutInMs: null },
    });
    expect(scenario.used).toBe("b");
  });

  test("maintenance and back", async () => {
    const { scenario } = await start({ config: "a b" });
    await admin.call(A, "POST", { mode: "maintenance" });
    expect(await target()).toMatchObject({ state: "maintenance", usable: false });
    expect((await admin.call(A, "POST", { mode: "ready" })).body).toMatchObject({
      changed: true,
      target: { state: "up" },
    });
    expect((await admin.call(A, "POST", { mode: "ready" })).body).toMatchObject({ changed: false });
    expect(scenario.used).toBe("a b");
  });

  test("ready ends an ejection", async () => {
    const { scenario } = await start({ config: "a b" });
    scenario.fail("a", "upstream-unreachable");
    expect(await target()).toMatchObject({ state: "ejected" });
    expect((await admin.call(A, "POST", { mode: "ready" })).body).toMatchObject({
      changed: true,
      target: { state: "up" },
    });
    expect(scenario.used).toBe("a b");
  });

  test("the last target may go, and that is said", async () => {
    await start({ config: "a" });
    const { body } = await admin.call(A, "POST", { mode: "drain" });
    expect(body).toMatchObject({ warning: 'no target of pool "shop" takes new requests now: they are answered 503' });
  });

  test("tunnels are told apart", async () => {
    const { scenario } = await start({ config: "a b" });
    hold(scenario, "a").isTunnel = true;
    expect(await target()).toMatchObject({ active: 1, tunnels: 1, connections: 1 });
  });
});

describe("weight", () => {
  test("is set, holds, and goes back to the source's", async () => {
    const { scenario } = await start({ config: "a*2 b" });
    expect((await admin.call(A, "POST", { weight: 7 })).body).toMatchObject({
      changed: true,
      target: { weight: { wanted: 7, source: 2, set: true, used: 7 } },
    });
    expect((await admin.call(A, "POST", { weight: 7 })).body).toMatchObject({ changed: false });
    await admin.call(A, "POST", { weight: 0 });
    expect(await target()).toMatchObject({ state: "no-weight", evidence: [{ text: "its weight was set to 0" }] });
    expect(scenario.used).toBe("b");
    expect((await admin.call(A, "POST", { weight: null, mode: "drain" })).body).toMatchObject({
      changed: true,
      target: { weight: { wanted: 2, set: false }, mode: "drain" },
    });
  });
});

describe("what is refused", () => {
  const cases: Array<[what: string, body: unknown, message: string]> = [
    ["nothing", {}, "nothing to change"],
    ["a mode that is none", { mode: "up" }, "mode: "],
    ["a weight beyond", { weight: 257 }, "weight: "],
    ["half a weight", { weight: 1.5 }, "weight: "],
    ["a timeout that is none", { mode: "drain", timeout: "soon" }, "timeout: must be a duration"],
    ["a timeout alone", { weight: 1, timeout: 5 }, "timeout goes with mode drain"],
    ["an unknown member", { mod: "drain" }, 'unknown member "mod"; did you mean mode?'],
    ["a list", [], "body: "],
    ["no JSON", "{", "the body is not JSON"],
  ];
  test.each(cases)("%s", async (_, body, message) => {
    await start({ config: "a b" });
    const answer = await admin.call(A, "POST", body);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(message);
    expect(await target()).toMatchObject({ mode: "ready", weight: { set: false } });
  });
});

describe("adding and removing", () => {
  const NEW = "/pools/shop/targets/n%3A81";

  test("a target joins, changes, and leaves when what it has is done", async () => {
    const { scenario } = await start(OPEN);
    expect(await admin.call(NEW, "PUT", { weight: 3, priority: 0 })).toMatchObject({
      status: 201,
      body: { changed: true, target: { address: "n:81", source: "admin", state: "up", weight: { wanted: 3 } } },
    });
    expect(await admin.call(NEW, "PUT", { weight: 3 })).toMatchObject({ status: 200, body: { changed: false } });
    expect(await admin.call(NEW, "PUT", { backup: true })).toMatchObject({
      status: 200,
      body: { changed: true, target: { backup: true, weight: { wanted: 1 } } },
    });
    const link = hold(scenario, "n");
    expect((await admin.call(NEW, "DELETE")).body).toMatchObject({
      changed: true,
      target: { state: "removed", active: 1, evidence: [{ text: "its source does not name it any more" }] },
    });
    expect((await admin.call(NEW, "DELETE")).body).toMatchObject({ changed: false });
    expect((await admin.call(NEW, "POST", { mode: "ready" })).status).toBe(409);
    link.finish();
    scenario.pass(200);
    expect(scenario.hosts).toBe("a");
    expect((await admin.call(NEW, "DELETE")).status).toBe(404);
  });

  test("one that drains after its removal can be added again", async () => {
    const { scenario } = await start(OPEN);
    await admin.call(NEW, "PUT", {});
    hold(scenario, "n");
    await admin.call(NEW, "DELETE");
    expect(await admin.call(NEW, "PUT", {})).toMatchObject({
      status: 201,
      body: { target: { state: "up", active: 1 } },
    });
  });

  test("POST to the list adds what is not there yet", async () => {
    await start(OPEN);
    expect(await admin.call("/pools/shop/targets", "POST", { address: "n:81" })).toMatchObject({ status: 201 });
    expect(await admin.call("/pools/shop/targets", "POST", { address: "n:81" })).toMatchObject({
      status: 409,
      body: { error: 'pool "shop" has n:81 already' },
    });
    expect((await admin.call("/pools/shop/targets", "POST", { address: "n" })).body).toMatchObject({
      error: 'address: "n" has no port',
    });
  });

  test("others that were added stay as they are, what was set at them too", async () => {
    const { scenario } = await start(OPEN);
    await admin.call("/pools/shop/targets/m%3A80", "PUT", { weight: 5, backup: true });
    await admin.call("/pools/shop/targets/m%3A80", "POST", { weight: 9, mode: "drain" });
    await admin.call(NEW, "PUT", {});
    await admin.call(NEW, "DELETE");
    expect(await target("m:80")).toMatchObject({ weight: { wanted: 9, source: 5 }, mode: "drain", backup: true });
    scenario.weight("m", null);
    expect(await target("m:80")).toMatchObject({ weight: { wanted: 5 } });
  });

  test("a configured one cannot be removed, nor added twice", async () => {
    await start(OPEN);
    expect(await admin.call(A, "DELETE")).toMatchObject({
      status: 409,
      body: {
        error: "a:80 comes from config, which alone can take it away",
        remedy: "Drain it instead, or set it to maintenance.",
      },
    });
    expect(await admin.call(A, "PUT", {})).toMatchObject({
      status: 409,
      body: { error: 'pool "shop" has a:80 already, from config' },
    });
  });

  test("the last target stays", async () => {
    const { scenario } = await start({ sources: [ADMIN_SOURCE] });
    expect((await pool()).targets).toEqual([]);
    await admin.call(NEW, "PUT", {});
    expect(await admin.call(NEW, "DELETE")).toMatchObject({
      status: 409,
      body: { error: 'n:81 is the last target of pool "shop"', remedy: "Add another one first, or drain it." },
    });
    expect(scenario.hosts).toBe("n");
  });

  test("only where the config allows it", async () => {
    await start({ config: "a" });
    expect(await admin.call(NEW, "PUT", {})).toMatchObject({
      status: 422,
      body: { remedy: "Add { admin: true } to its targets in the config." },
    });
  });

  test.each([
    ["/pools/shop/targets/n", {}, '"n" has no port'],
    ["/pools/shop/targets/n%3A0", {}, "needs a host and a port"],
    ["/pools/shop/targets/%3A80", {}, "needs a host and a port"],
    [NEW, { weight: -1 }, "weight: "],
    [NEW, { priority: 16 }, "priority: "],
    [NEW, { tier: 1 }, 'unknown member "tier"; there are weight, priority, backup'],
  ])("%s refuses %j", async (path, body, message) => {
    await start(OPEN);
    const answer = await admin.call(path, "PUT", body);
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(message);
  });
});
