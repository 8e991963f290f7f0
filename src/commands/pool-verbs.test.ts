/** The verbs about pools, as they are called, against an admin API with a real pool behind it. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ADMIN_SOURCE, configSource } from "../balance/scenario-for-tests.ts";
import { AdminForTests, FakeControl, hold, TOKEN } from "../control/control-for-tests.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const MAIN = join(import.meta.dir, "..", "main.ts");
const admin = new AdminForTests();
afterEach(() => admin.stop());

interface Result {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

async function start(options: ConstructorParameters<typeof FakeControl>[0]): Promise<FakeControl["scenario"]> {
  const control = new FakeControl(options);
  await admin.start(control);
  return control.scenario;
}

async function run(...args: string[]): Promise<Result> {
  const child = Bun.spawn([process.execPath, MAIN, ...args, "--admin", admin.url, "--token", TOKEN], {
    env: { ...process.env, NO_COLOR: "1", LC_ALL: "C.UTF-8" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const exitCode = await child.exited;
  const edge = `edge at ${admin.url}\n`;
  if (exitCode === 2 || args.includes("--json")) return { exitCode, out, error };
  // What every answer begins with.
  expect(out).toStartWith(edge);
  return { exitCode, out: out.slice(edge.length), error };
}

describe("pools", () => {
  test("lists targets with state and evidence; --json is the admin API's, and who answered", async () => {
    const scenario = await start({ config: "a b", check: { fall: 1 } });
    scenario.check("a", "+");
    scenario.check("b", "-");
    scenario.pass(3000);
    const [all, one, json, watched] = await Promise.all([
      run("pools"),
      run("pools", "shop"),
      run("pools", "shop", "--json"),
      run("pools", "--watch"),
    ]);
    expect(all).toEqual({
      exitCode: 0,
      error: "",
      out: `shop  round-robin, 1 of 2 up
  check    tcp, every 5s (1s while down) within 2s, rise 2, fall 1
  TARGET  STATE     ACTIVE  WEIGHT  EVIDENCE
  a:80    up             0       1  tcp ok, 3 s ago
  b:80    tcp down       0       1  tcp failed (failed once), 3 s ago
`,
    });
    expect(one.out).toContain("  traffic  1 failure within 10s ejects for 10s to 5m");
    expect(one.out).toContain("  source   config: 2 targets\n");
    expect(JSON.parse(json.out)).toMatchObject({
      answeredBy: { admin: admin.url, pid: null },
      name: "shop",
      targets: [{ state: "up" }, { brokenLayer: "tcp" }],
    });
    expect(watched).toMatchObject({ exitCode: 2, out: "" });
    expect(watched.error).toContain("--watch needs a terminal");
  });
});

describe("drain, maintenance, ready", () => {
  test("say what is left and until when", async () => {
    const scenario = await start({ config: "a b", drain: 60_000 });
    hold(scenario, "a");
    expect(await run("drain", "shop", "a")).toEqual({
      exitCode: 0,
      error: "",
      out: "a:80 of pool shop drains (1 request left, cut in 60 s)\n",
    });
    expect((await run("drain", "shop", "a")).out).toEndWith("cut in 60 s) already\n");
    expect((await run("drain", "shop", "a", "--timeout", "0")).out).toEndWith("(1 request left)\n");
    expect((await run("maintenance", "shop", "b:80", "--timeout", "5s")).error).toBe(
      '  beware: no target of pool "shop" takes new requests now: they are answered 503\n',
    );
    expect((await run("ready", "shop", "a:80")).out).toBe("a:80 of pool shop is ready\n");
    expect(scenario.used).toBe("a");
  });

  test("--wait ends when nothing is left", async () => {
    const scenario = await start({ config: "a b", drain: 60_000 });
    const link = hold(scenario, "a");
    const waiting = run("drain", "shop", "a", "--wait");
    while (scenario.target("a").mode === "ready") await Bun.sleep(10);
    await Bun.sleep(300);
    link.finish();
    const { exitCode, out } = await waiting;
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^a:80 of pool shop drains \(1 request left, cut in 60 s\)\n  drained after \d s\n$/);
  });

  test("--wait says what was cut at the deadline, with exit code 1", async () => {
    const scenario = await start({ config: "a b" });
    hold(scenario, "a");
    const waiting = run("drain", "shop", "a", "--wait", "--timeout", "500ms");
    while (scenario.target("a").mode === "ready") await Bun.sleep(10);
    const timer = setInterval(() => scenario.pass(100), 100);
    const { exitCode, out } = await waiting;
    clearInterval(timer);
    expect(out).toEndWith("  the deadline came: 1 request was cut\n");
    expect(exitCode).toBe(1);
  });

  test("--wait notices that somebody else wants it back", async () => {
    const scenario = await start({ config: "a b" });
    hold(scenario, "a");
    const waiting = run("drain", "shop", "a", "--wait", "--json");
    while (scenario.target("a").mode === "ready") await Bun.sleep(10);
    await Bun.sleep(100);
    scenario.mode("a", "ready");
    expect(await waiting).toMatchObject({ exitCode: 2, out: "" });
  });
});

describe("weight, target", () => {
  test("a weight is set and given back", async () => {
    await start({ config: "a*2 b" });
    expect((await run("weight", "shop", "a", "5")).out).toBe(
      "a:80 of pool shop has weight 5 (its source gives it 2)\n",
    );
    expect((await run("weight", "shop", "a", "5")).out).toEndWith(" already\n");
    expect((await run("weight", "shop", "a", "default")).out).toBe(
      "a:80 of pool shop has weight 2 (as its source gives it)\n",
    );
    expect(await run("weight", "shop", "a", "heavy")).toMatchObject({ exitCode: 2 });
  });

  test("a target is added and removed", async () => {
    const scenario = await start({ sources: [configSource("a"), ADMIN_SOURCE] });
    expect((await run("target", "add", "shop", "n:81", "--weight", "3", "--backup")).out).toBe(
      "n:81 is in pool shop\n",
    );
    expect(scenario.pool.targets[1]).toMatchObject({ address: "n:81", weight: 3, backup: true, source: "admin" });
    expect((await run("target", "remove", "shop", "81")).out).toBe("n:81 is removed from pool shop\n");
    const refused = await run("target", "remove", "shop", "a");
    expect(refused).toEqual({
      exitCode: 2,
      out: "",
      error:
        "roundtrip: a:80 comes from config, which alone can take it away\n  Drain it instead, or set it to maintenance.\n",
    });
  });
});

test("what is not there is answered with the nearest", async () => {
  await start({ config: "alpha alpine beta" });
  const [pool, target, part, timeout] = await Promise.all([
    run("drain", "shpo", "alpha"),
    run("ready", "shop", "alpah:80"),
    run("ready", "shop", "alp"),
    run("drain", "shop", "beta", "--timeout", "soon"),
  ]);
  expect(pool.error).toBe('roundtrip: there is no pool "shpo"\n  Did you mean shop?\n');
  expect(target.error).toBe('roundtrip: pool "shop" has no target "alpah:80"\n  Did you mean alpha:80?\n');
  expect(part.error).toBe(
    'roundtrip: "alp" is part of 2 targets of pool "shop"\n  Give more of it: alpha:80, alpine:80.\n',
  );
  expect(timeout.error).toContain("Give a duration up to 24h");
  for (const { exitCode, out } of [pool, target, part, timeout])
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
});
