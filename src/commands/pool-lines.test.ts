import { describe, expect, test } from "bun:test";
import { ADMIN_SOURCE, configSource, Scenario } from "../balance/scenario-for-tests.ts";
import type { LayerResult } from "../contract/target-health.ts";
import { hold } from "../control/control-for-tests.ts";
import { poolReport } from "../control/pool-report.ts";
import { cells, type TerminalStyle } from "../explain/text-layout.ts";
import { poolLines } from "./pool-lines.ts";
import { renderPools, screen } from "./pools.ts";

const PLAIN: TerminalStyle = { width: 80, colour: false, unicode: true };

function lines(scenario: Scenario, full: boolean, style = PLAIN): string[] {
  return poolLines(poolReport(scenario.pool.plan, scenario.now), style, full);
}

function http(ok: boolean, detail: string): LayerResult[] {
  return [
    { layer: "tcp", ok: true, detail: "connected", durationMs: 0.3 },
    { layer: "http", ok, detail, durationMs: 2 },
  ];
}

/** A pool with one of each. */
function busyPool(): Scenario {
  const scenario = new Scenario({ config: "a b*3 c d e^1+backup f", check: { kind: "http", fall: 1 }, drain: 60_000 });
  const { pool } = scenario;
  pool.noteCheck(scenario.target("a"), http(true, "200"), scenario.now);
  pool.noteCheck(scenario.target("b"), http(false, "503, expected 200-399"), scenario.now);
  scenario.fail("c", "upstream-unreachable");
  for (let index = 0; index < 3; index++) hold(scenario, "d");
  scenario.mode("d", "drain", 45_000);
  scenario.mode("f", "maintenance");
  scenario.pass(2000);
  return scenario;
}

describe("poolLines", () => {
  test("a table with the evidence beside, within 80 columns", () => {
    expect(lines(busyPool(), false).join("\n")).toBe(
      `
shop  round-robin, 2 of 6 up
  check    http, every 5s (1s while down) within 2s, rise 2, fall 1
  TARGET  STATE        ACTIVE  WEIGHT  PRIORITY  EVIDENCE
  a:80    up                0       1         0  tcp ok, http: 200, 2 s ago
  b:80    http down         0       3         0  tcp ok, http: 503, expected
                                                 200-399 (failed once), 2 s ago
  c:80    ejected           0       1         0  upstream-unreachable:
                                                 ECONNREFUSED, 2 s ago, tried
                                                 again in 8 s
  d:80    drain             3       1         0  for 2 s, 3 requests left, cut
                                                 in 43 s
  e:80    up                0       1  1 backup  not checked yet
  f:80    maintenance       0       1         0  for 2 s, nothing left
`.slice(1, -1),
    );
  });

  test("in full: the rules, the sources, and all that is known of each target", () => {
    const scenario = new Scenario({
      sources: [configSource("a"), ADMIN_SOURCE],
      passive: { statuses: [{ from: 503, to: 503 }] },
    });
    scenario.set("admin", "n*2");
    scenario.weight("n", 9);
    scenario.answer("n", 200);
    scenario.answer("n", 503);
    scenario.pass(1000);
    expect(lines(scenario, true).join("\n")).toBe(
      `
shop  round-robin, 1 of 2 up
  check    none
  traffic  1 failure within 10s (status 503 too) ejects for 10s to 5m, at most
           50 % of the targets
  waiting  0 of at most 0 requests
  source   config: 1 target
  source   admin: 1 target added
  TARGET  STATE    ACTIVE  WEIGHT  LATENCY  SOURCE
  a:80    up            0       1           config
      no request yet
  n:80    ejected       0       9  5.00 ms  admin
      status-503, 1 s ago, tried again in 9 s
      answered a request, 1 s ago
      weight 9 was set; its source gives it 2
`.slice(1, -1),
    );
  });

  test("panic and a source's problem are always said", () => {
    const scenario = new Scenario({ config: "a b", check: { fall: 1 } });
    scenario.check("a", "-");
    scenario.check("b", "-");
    scenario.pool.noteSourceProblem("config", "\x1b[2Jno answer", scenario.now);
    const text = lines(scenario, false).join("\n");
    expect(text).toContain("  panic    too few targets are up, so all are used");
    expect(text).toContain("just now; used all\n                                    the same (panic)");
    expect(text).not.toContain("\x1b");
  });

  test("a target that its source has dropped", () => {
    const scenario = new Scenario({ sources: [configSource("a"), ADMIN_SOURCE], drain: 300_000 });
    scenario.set("admin", "n");
    hold(scenario, "n");
    scenario.set("admin", "");
    scenario.pass(3000);
    expect(lines(scenario, false).join("\n")).toContain("dropped by its source 3 s ago, 1\n");
    expect(lines(scenario, false, { ...PLAIN, width: 120 }).join("\n")).toContain("1 request left, cut in 4 min 57 s");
  });

  test("long addresses push the evidence below; every width holds", () => {
    const scenario = busyPool();
    const report = poolReport(scenario.pool.plan, scenario.now);
    const targets = report.targets.map((target) => ({ ...target, address: `[2001:db8:85a3::8a2e:370:7334]:80` }));
    for (const width of [60, 80, 120]) {
      for (const full of [false, true]) {
        for (const line of poolLines({ ...report, targets }, { ...PLAIN, width }, full)) {
          expect(cells(line)).toBeLessThanOrEqual(Math.max(width, 77));
        }
        for (const line of poolLines(report, { ...PLAIN, width }, full)) expect(cells(line)).toBeLessThanOrEqual(width);
      }
    }
    expect(poolLines({ ...report, targets }, PLAIN, false).join("\n")).toContain(
      "\n      tcp ok, http: 503, expected 200-399 (",
    );
  });

  test("a pool without targets, and a config without pools", () => {
    const scenario = new Scenario({ sources: [ADMIN_SOURCE] });
    expect(lines(scenario, false)).toEqual(["shop  round-robin", "  targets  none yet"]);
    expect(renderPools([], PLAIN, false)).toBe("The config has no pools.\n");
  });
});

test("a screen is drawn over the one before, and counts what does not fit", () => {
  expect(screen("a\nb\n", 10)).toBe("\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J");
  expect(screen("1\n2\n3\n4\n5\n6", 4)).toBe("\x1b[H1\x1b[K\n2\x1b[K\n… 4 more lines\x1b[K\n\x1b[J");
});
