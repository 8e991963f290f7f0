/**
 * What one match costs, with 10 and with 10,000 routes: `npx bun bench/micro/route.ts`.
 * The requests are as many and as long in both cases and spread over all the routes.
 */
import { RequestHead } from "../../src/contract/head.ts";
import type { RoutePlan } from "../../src/contract/plan.ts";
import { parseRequestHead } from "../../src/http/h1/request-head.ts";
import { compileMatcher } from "../../src/route/compile-matcher.ts";
import type { RouteToCompile } from "../../src/route/compile-matcher.ts";

const REQUESTS = 512;
const MATCHES_PER_ROUND = 512 * 400;
const ROUNDS = 9;
const COUNTS = [10, 10_000];

interface Shape {
  readonly name: string;
  readonly pathOf: (route: number) => string;
  readonly hostOf: (route: number) => string;
  /** Puts a request to the route. */
  readonly targetOf: (route: number) => string;
}

const id = (route: number): string => String(route).padStart(5, "0");

const SHAPES: readonly Shape[] = [
  {
    name: "prefix /appN/subN/*, one host",
    pathOf: (route) => `/app${id(route)}/sub${id(route)}/*`,
    hostOf: () => "shop.test",
    targetOf: (route) => `/app${id(route)}/sub${id(route)}/item`,
  },
  {
    name: "exact /api/vN, one host",
    pathOf: (route) => `/api/v${id(route)}`,
    hostOf: () => "shop.test",
    targetOf: (route) => `/api/v${id(route)}`,
  },
  {
    name: "parameters /appN/:id/parts/:part",
    pathOf: (route) => `/app${id(route)}/:id/parts/:part`,
    hostOf: () => "shop.test",
    targetOf: (route) => `/app${id(route)}/4711/parts/12`,
  },
  {
    name: "/api/* on hostN.shop.test",
    pathOf: () => "/api/*",
    hostOf: (route) => `host${id(route)}.shop.test`,
    targetOf: () => "/api/items/4711",
  },
];

function routesOf(shape: Shape, count: number): RouteToCompile[] {
  return Array.from({ length: count }, (_, route) => {
    const plan: RoutePlan = {
      name: `route-${id(route)}`,
      description: "",
      origin: "",
      paramNames: [],
      policies: [],
      clientPolicies: 0,
      errorPages: null,
      limits: { body: Infinity, bodyRate: 0 },
      timeouts: { body: 0, write: 0, tunnel: 0, tunnelHalfClose: 0 },
      action: { kind: "respond", reply: { status: 200, fields: [], body: { kind: "none" } } },
    };
    const any = { methods: [], fields: [], queries: [], cookies: [], clients: [], listeners: [] };
    return { plan, match: { hosts: [shape.hostOf(route)], paths: [shape.pathOf(route)], ...any } };
  });
}

function headOf(host: string, target: string): RequestHead {
  const bytes = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`);
  const head = new RequestHead();
  const end = parseRequestHead(bytes, 0, bytes.length, head, {
    requestLine: 8192,
    field: 8192,
    fields: 100,
    head: 32_768,
  });
  if (end <= 0) throw new Error(`does not parse: ${target}`);
  // As traffic has it: one head at a time in a small buffer. The clone drops the wide tables of a fresh head.
  return head.clone();
}

function measure(shape: Shape, count: number): { perMatch: number; compile: number } {
  const begun = performance.now();
  const matcher = compileMatcher(routesOf(shape, count));
  const compile = performance.now() - begun;
  const heads = Array.from({ length: REQUESTS }, (_, index) => {
    const route = Math.floor((index * 7919) % count);
    return headOf(shape.hostOf(route), shape.targetOf(route));
  });
  for (const head of heads) if (matcher.match(head, "192.0.2.1", "") === null) throw new Error("no route");
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = Bun.nanoseconds();
    for (let index = 0; index < MATCHES_PER_ROUND; index++)
      matcher.match(heads[index & (REQUESTS - 1)]!, "192.0.2.1", "");
    times.push((Bun.nanoseconds() - start) / MATCHES_PER_ROUND);
  }
  times.sort((a, b) => a - b);
  return { perMatch: times[Math.floor(ROUNDS / 2)]!, compile };
}

for (const shape of SHAPES) {
  // The first run warms the compiler up for both counts.
  for (const count of COUNTS) measure(shape, count);
  const [few, many] = COUNTS.map((count) => measure(shape, count));
  const ratio = (many!.perMatch / few!.perMatch).toFixed(2);
  console.log(
    `${shape.name.padEnd(36)} ${few!.perMatch.toFixed(1)} ns with ${COUNTS[0]} routes, ${many!.perMatch.toFixed(1)} ns with ${COUNTS[1]} (×${ratio}; compiled in ${many!.compile.toFixed(0)} ms)`,
  );
}
