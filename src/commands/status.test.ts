import { expect, test } from "bun:test";
import { Scenario } from "../balance/scenario-for-tests.ts";
import { poolReport } from "../control/pool-report.ts";
import type { StatusReport } from "../control/status-report.ts";
import { renderStatus, uptime } from "./status.ts";

const REPORT: StatusReport = {
  version: "0.1.0",
  pid: 4711,
  started: "2026-11-20T08:00:00.000Z",
  uptimeSeconds: 65,
  draining: false,
  plan: { version: 2, source: "edge.yaml", routes: 1 },
  reload: null,
  listeners: ["127.0.0.1:8080", "[::1]:8080"],
  connections: 3,
  connectionsRefused: 0,
  exchanges: 1,
  logLinesLost: 0,
  pools: [],
};

test("says what runs, and how each pool is", () => {
  const scenario = new Scenario({ config: "a b*4" });
  scenario.fail("b", "upstream-unreachable");
  scenario.pass(1000);
  const report = { ...REPORT, pools: [poolReport(scenario.pool.plan, scenario.now)] };
  expect(renderStatus(report, { width: 80, colour: false, unicode: true })).toBe(
    `
roundtrip 0.1.0, running for 1 min 5 s as process 4711
  listens on   127.0.0.1:8080, [::1]:8080
  plan         2 from edge.yaml, 1 route
  connections  3 open, 1 request in progress

shop  round-robin, 1 of 2 up
  TARGET  STATE    ACTIVE  WEIGHT  EVIDENCE
  a:80    up            0       1  no request yet
  b:80    ejected       0       4  upstream-unreachable: ECONNREFUSED, 1 s ago,
                                   tried again in 9 s
`.slice(1),
  );
});

test("uptime in the two units that matter", () => {
  expect([0, 59, 60, 3599, 3600, 86_400, 172_800, 1_000_000].map(uptime)).toEqual([
    "0 s",
    "59 s",
    "1 min 0 s",
    "59 min 59 s",
    "1 h 0 min",
    "24 h 0 min",
    "2 d 0 h",
    "11 d 13 h",
  ]);
});

test("says when lines of the access log were lost", () => {
  const style = { width: 80, colour: false, unicode: true };
  expect(renderStatus({ ...REPORT, logLinesLost: 12 }, style)).toContain(
    "\n  access log   12 lines lost since the start",
  );
  expect(renderStatus(REPORT, style)).not.toContain("access log");
});

test("says when connections were refused", () => {
  const text = renderStatus({ ...REPORT, connectionsRefused: 5 }, { width: 80, colour: false, unicode: true });
  expect(text).toContain("in progress\n               5 refused since the start: limits.connections was reached\n");
});

test("says why the last reload failed, and nothing when it did not", () => {
  const style = { width: 80, colour: false, unicode: true };
  const time = "2026-11-20T08:01:00.000Z";
  const problems = `edge.yaml:3:5\n  is not known here\n${"more\n".repeat(8)}`;
  const text = renderStatus({ ...REPORT, reload: { time, ok: false, problems } }, style);
  expect(text).toContain(
    `
  plan         2 from edge.yaml, 1 route
  reload       failed at 2026-11-20T08:01:00.000Z, plan 2 is in use:
    edge.yaml:3:5
      is not known here
    more
`.slice(1),
  );
  expect(text).toContain("    … 2 lines more in the JSON of the status\n");
  const well = { ...REPORT, reload: { time, ok: true, problems: "" } };
  expect(renderStatus(well, style)).toBe(renderStatus(REPORT, style));
});
