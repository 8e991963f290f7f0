import { expect, test } from "bun:test";
import type { BalancePlan } from "../contract/plan.ts";
import type { CheckPlan, PassivePlan } from "../contract/health-plan.ts";
import { balanceWords, checkWords, panicWords, passiveWords, sourceWords } from "./pool-words.ts";

const HTTP = {
  version: 1,
  method: "GET",
  path: "/healthz",
  host: "",
  statuses: [{ from: 200, to: 399 }],
  body: null,
} as const;
const CHECK: CheckPlan = {
  kind: "http",
  port: 0,
  interval: 5000,
  downInterval: 1000,
  timeout: 2000,
  jitter: 0.1,
  rise: 2,
  fall: 3,
  tls: null,
  http: HTTP,
  service: "",
};
const TIMES = "every 5s (1s while down) within 2s, rise 2, fall 3";

test("a check says what it sends, what it wants, and how often", () => {
  const tls = { serverName: "", verify: false };
  const http = { ...HTTP, version: 2, host: "shop.test", statuses: [{ from: 200, to: 200 }], body: /^ok/ } as const;
  expect(checkWords(CHECK)).toBe(`http GET /healthz, 200-399, ${TIMES}`);
  expect(checkWords({ ...CHECK, tls, http, port: 81 })).toBe(
    `http2 over tls GET /healthz as shop.test, any certificate, 200, body /^ok/, on port 81, ${TIMES}`,
  );
  expect(checkWords({ ...CHECK, kind: "tcp", http: null, downInterval: 5000 })).toBe(
    "tcp, every 5s within 2s, rise 2, fall 3",
  );
  expect(checkWords({ ...CHECK, kind: "tls", http: null, tls: { ...tls, verify: true } })).toBe(`tls, ${TIMES}`);
  expect(checkWords({ ...CHECK, kind: "grpc", http: null, service: "shop.Orders" })).toBe(
    `grpc of shop.Orders, ${TIMES}`,
  );
});

test("passive observation and panic", () => {
  const plan: PassivePlan = {
    maxFails: 2,
    window: 10_000,
    statuses: [],
    rest: 10_000,
    maxRest: 300_000,
    maxEjected: 0.5,
  };
  expect(passiveWords(plan)).toBe("2 failures within 10s eject for 10s to 5m, at most 50 % of the targets");
  expect(passiveWords({ ...plan, maxFails: 1, statuses: [{ from: 500, to: 599 }], maxRest: 10_000 })).toBe(
    "1 failure within 10s (status 500-599 too) ejects for 10s, at most 50 % of the targets",
  );
  expect(passiveWords({ ...plan, maxFails: 0 })).toBe("no ejection");
  expect([panicWords(0), panicWords(0.3)]).toEqual([
    "when none is up, all are used",
    "when less than 30 % are up, all are used",
  ]);
});

test("the algorithm with its key, bound and slow start", () => {
  const plan = {
    algorithm: "ring-hash",
    key: { describe: () => "field x-user" },
    boundedLoad: 1.25,
    slowStart: 30_000,
  };
  expect(balanceWords(plan as unknown as BalancePlan)).toBe(
    "ring-hash by field x-user, at most 1.25 times the mean load, slow start over 30s",
  );
  expect(balanceWords({ ...plan, algorithm: "random", key: null, slowStart: 0 } as unknown as BalancePlan)).toBe(
    "random",
  );
});

test("sources", () => {
  const refresh = { minimum: 1000, maximum: 300_000 };
  expect(sourceWords({ kind: "srv", text: "srv _http._tcp.shop.test", name: "", refresh })).toBe(
    "srv _http._tcp.shop.test, asked again by its TTL, after 1s to 5m",
  );
  expect(sourceWords({ kind: "file", text: "file ./targets.json", path: "/x" })).toBe("file ./targets.json");
});
