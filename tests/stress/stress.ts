/**
 * A mixed load whose every byte is checked: sizes, framings, splits, pauses, pipelining, aborts, slow readers, origins
 * that close, stop or answer early, and replies that the edge makes itself, all on the same connections; while the
 * edge gets new plans.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { content } from "../e2e/support/content.ts";
import { startEdge, untilIdle, type EdgeProcess } from "../e2e/support/edge-process.ts";
import { inMegabytes, peakMemory, residentMemory } from "../e2e/support/memory.ts";
import { startScript, untilSaid } from "../e2e/support/processes.ts";
import { Client, WATCH, type Counts } from "./client.ts";
import { Dice } from "./dice.ts";
import { ORIGINS, STATIC_FILES } from "./requests.ts";

export interface StressOptions {
  readonly seconds: number;
  readonly clients: number;
  readonly seed: number;
  /** File for the edge's access log. */
  readonly log?: string;
  /** Called at the first stall, while it lasts. */
  readonly onStall?: (edge: EdgeProcess) => Promise<void>;
}

export interface StressReport extends Counts {
  /** Empty, or what the edge still held when every client had gone. */
  readonly leaked: string;
  /** Bytes. */
  readonly peakMemory: number;
  readonly restMemory: number;
  /** What the origins found wrong with requests. */
  readonly originProblems: string;
  readonly edgeSaid: string;
}

/** The edge gets a new plan this often, milliseconds. */
const RELOAD = 1500;

export async function runStress(options: StressOptions): Promise<StressReport> {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-stress-"));
  const root = join(folder, "static");
  mkdirSync(root);
  STATIC_FILES.forEach(([name, length], seed) => writeFileSync(join(root, name), content(seed, length)));
  const origins = Array.from({ length: ORIGINS }, (_, index) =>
    startScript(join(import.meta.dir, "origin.ts"), { index }),
  );
  let edge: EdgeProcess | null = null;
  try {
    const ports = await Promise.all(origins.map(async (origin) => (await untilSaid(origin, /port (\d+)/))[1]!));
    edge = await startEdge(edgeConfig(ports.map(Number), root, options));
    const reloading = setInterval(() => edge!.signal("SIGHUP"), RELOAD);
    const counts = await load(edge.port, options, async () => {
      for (const origin of origins) origin.signal("SIGUSR2");
      await options.onStall?.(edge!);
    });
    clearInterval(reloading);
    const leaked = await untilIdle(edge).then(
      () => "",
      (error: unknown) => String(error),
    );
    return {
      ...counts,
      leaked,
      peakMemory: peakMemory(edge.pid),
      restMemory: residentMemory(edge.pid),
      originProblems: origins.map((origin) => origin.said().replace(/^port \d+\n/, "")).join(""),
      edgeSaid: edge.said(),
    };
  } finally {
    await Promise.all([edge?.stop(), ...origins.map((origin) => origin.stop())]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function load(
  port: number,
  { clients, seconds, seed }: StressOptions,
  onStall: () => Promise<void>,
): Promise<Counts> {
  const counts: Counts = {
    done: {},
    problems: [],
    stalls: [],
    connections: 0,
    aborted: 0,
    lawfulFailures: 0,
    bytes: 0,
    clock: 0,
    longestWait: 0,
  };
  const deadline = performance.now() + seconds * 1000;
  const all = Array.from({ length: clients }, (_, index) => new Client(port, new Dice(seed * 1000 + index), counts));
  let stalled = false;
  let looked = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    // Whoever froze or starved this process did so to the others too: nobody is to blame for that time.
    counts.clock += Math.min(now - looked, 2 * WATCH);
    looked = now;
    const waiting = all.filter((client) => client.stalls());
    if (waiting.length > 0 && !stalled) {
      stalled = true;
      void onStall();
    }
    // Whoever is asked has a moment to look at the connections before they are closed.
    setTimeout(() => waiting.forEach((client) => client.giveUp()), 1000);
  }, WATCH);
  await Promise.all(all.map((client) => client.run(deadline)));
  clearInterval(timer);
  return counts;
}

function edgeConfig(ports: readonly number[], root: string, { clients, log }: StressOptions): string {
  const targets = JSON.stringify(ports.map((port) => `127.0.0.1:${port}`));
  return `
import { content } from ${JSON.stringify(join(import.meta.dir, "../e2e/support/content.ts"))};

/** Pieces of uneven sizes, now and then one that has to be waited for. */
function stream(seed, length) {
  const body = content(seed, length);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (seed % 3 === 0) await Bun.sleep(at % 5);
      const to = Math.min(length, at + 1 + ((seed * 7919 + at * 31) % 150000));
      if (at < to) controller.enqueue(body.subarray(at, to));
      at = to;
      if (at >= length) controller.close();
    },
  });
}

const config = {
  ${log === undefined ? "" : `accessLog: { path: ${JSON.stringify(log)} },`}
  pools: {
    main: { targets: ${targets}, retry: { attempts: 3, minimum: 1000 } },
    // Requests wait for a connection here, and few are kept.
    narrow: {
      targets: ${targets},
      balance: "least-connections",
      connections: { max: ${Math.ceil(clients / 8)}, idle: 2 },
      queue: { max: 10000, timeout: "60s" },
      retry: { attempts: 3, minimum: 1000 },
    },
  },
  routes: [
    { match: { path: "/respond" }, respond: { body: "responded" } },
    { match: { path: "/static/*" }, static: { root: ${JSON.stringify(root)}, stripPrefix: "/static" } },
    { match: { path: "/hello/:name" }, handler: (_request, { params }) => new Response("hello " + params.name) },
    { match: { path: "/json/:name" }, handler: async (_request, { params }) => {
      if (params.name.endsWith("7")) await Bun.sleep(3);
      return Response.json({ hello: params.name });
    } },
    { match: { path: "/stream/:seed/:length" }, handler: (_request, { params }) =>
      new Response(stream(Number(params.seed), Number(params.length))) },
    { match: { path: "/handler-upload/:seed/:length" }, handler: async (request, { params }) => {
      const body = Buffer.from(await request.arrayBuffer());
      return new Response(body.equals(content(Number(params.seed), Number(params.length))) ? "ok" : "different");
    } },
    { match: { path: "/*" }, proxy: "main" },
    {
      match: { path: "/narrow/*" },
      policies: [{ headers: { request: { set: { "X-Narrow": "yes" } }, reply: { set: { "X-Narrow": "yes" } } } }],
      proxy: { pool: "narrow", rewrite: { stripPrefix: "/narrow" } },
    },
  ],
};
`;
}

export function renderReport(report: StressReport, options: StressOptions): string {
  const total = Object.values(report.done).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(report.done)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
  return [
    `stress: ${options.seconds} s, ${options.clients} clients, seed ${options.seed}`,
    `  ${total} exchanges on ${report.connections} connections, ${inMegabytes(report.bytes)} read and compared`,
    `  ${kinds}`,
    `  ${report.aborted} aborted by the client, ${report.lawfulFailures} lawful 502, longest wait ${Math.round(report.longestWait)} ms`,
    `  edge: ${inMegabytes(report.peakMemory)} at most, ${inMegabytes(report.restMemory)} at rest`,
    ...report.problems.slice(0, 10).map((problem) => `  PROBLEM ${problem}`),
    ...report.stalls.slice(0, 10).map((stall) => `  STALL ${stall}`),
    ...(report.leaked === "" ? [] : [`  LEAK ${report.leaked}`]),
    ...(report.originProblems === "" ? [] : [`  ORIGIN ${report.originProblems}`]),
    ...(isClean(report) ? [] : [`  THE EDGE SAID ${report.edgeSaid}`]),
  ].join("\n");
}

export function isClean(report: StressReport): boolean {
  const { problems, stalls, leaked, originProblems } = report;
  return problems.length === 0 && stalls.length === 0 && leaked === "" && originProblems === "";
}
