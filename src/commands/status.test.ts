import { expect, test } from "bun:test";
import type { StatusReport } from "../control/status-report.ts";
import { renderStatus, uptime } from "./status.ts";

const REPORT: StatusReport = {
  version: "0.1.0",
  pid: 4711,
  started: "2026-11-20T08:00:00.000Z",
  uptimeSeconds: 65,
  draining: false,
  plan: { version: 2, source: "edge.yaml", routes: 1 },
  listeners: ["127.0.0.1:8080", "[::1]:8080"],
  connections: 3,
  exchanges: 1,
  pools: [
    {
      name: "orders",
      balance: "least-connections",
      targets: [
        { address: "127.0.0.1:9001", weight: 1, active: 1, state: "up", failures: 0, restMs: 0 },
        { address: "10.0.0.12:80", weight: 4, active: 0, state: "down", failures: 3, restMs: 4200 },
      ],
    },
  ],
};

test("says what runs, and how each target is", () => {
  expect(renderStatus(REPORT, { width: 80, colour: false, unicode: true })).toBe(
    `
roundtrip 0.1.0, running for 1 min 5 s as process 4711
  listens on   127.0.0.1:8080, [::1]:8080
  plan         2 from edge.yaml, 1 route
  connections  3 open, 1 request in progress

pool orders, least-connections
  127.0.0.1:9001  up        1 request
  10.0.0.12:80    down      0 requests, weight 4, 3 failed connects in a row, tried again in 4.20 s
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
