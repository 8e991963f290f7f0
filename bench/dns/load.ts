/** One run of dnsperf, or of h2load, against one peer, on the load core. */
import { readFileSync, writeFileSync } from "node:fs";
import { writeMessage } from "../../src/dns/wire/message.ts";
import { typeNumber } from "../../src/dns/wire/record-type.ts";
import { wireName } from "../../tests/support/dns-zones.ts";
import { run } from "../lib/processes.ts";
import type { DnsPeer, PeerSettings } from "./peers/peer.ts";
import type { Workload } from "./workloads.ts";

export interface LoadResult {
  readonly queries: number;
  readonly seconds: number;
  /** Mean latency in microseconds. */
  readonly latency: number;
  /** Why this run does not count; empty when every query was answered. */
  readonly errors: readonly string[];
}

const MODES = { udp: "udp", tcp: "tcp", tls: "dot" } as const;
/** Seconds after which a query is lost. */
const TIMEOUT = 2;

export function load(
  core: number,
  workload: Workload,
  peer: DnsPeer,
  settings: PeerSettings,
  queries: string,
  seconds: number,
): Promise<LoadResult> {
  const { transport } = workload;
  return transport === "http"
    ? loadHttp(core, workload, peer, settings, queries, seconds)
    : loadDns(
        core,
        workload,
        MODES[transport],
        transport === "tls" ? settings.tlsPort : settings.port,
        queries,
        seconds,
      );
}

async function loadDns(
  core: number,
  { clients, outstanding }: Workload,
  mode: string,
  port: number,
  queries: string,
  seconds: number,
): Promise<LoadResult> {
  const where = ["dnsperf", "-s", "127.0.0.1", "-p", port, "-m", mode, "-d", queries, "-e", "-W"];
  const how = ["-l", seconds, "-c", clients, "-q", outstanding, "-T", 1, "-t", TIMEOUT];
  return parseDnsperf(await run(core, { argv: [...where, ...how].map(String) }));
}

/** The first question alone: h2load sends one body. Over HTTP/1.1 each query in flight has a connection of its own. */
async function loadHttp(
  core: number,
  { clients, outstanding }: Workload,
  { http1 = false }: DnsPeer,
  { httpPort }: PeerSettings,
  queries: string,
  seconds: number,
): Promise<LoadResult> {
  const [name = "", type = ""] = readFileSync(queries, "utf8").split("\n", 1)[0]!.split(" ");
  const body = `${queries}.message`;
  writeFileSync(body, queryMessage(name, type));
  const shape = http1 ? ["--h1", "-c", outstanding, "-m", 1] : ["-c", clients, "-m", outstanding / clients];
  const what = ["-d", body, "-H", "content-type: application/dns-message", `http://127.0.0.1:${httpPort}/dns-query`];
  return parseH2load(await run(core, { argv: ["h2load", "-D", seconds, ...shape, ...what].map(String) }), seconds);
}

export function queryMessage(name: string, type: string): Uint8Array {
  return writeMessage({ id: 0, flags: 0, questions: [{ name: wireName(name), type: typeNumber(type)!, class: 1 }] });
}

/** What h2load prints at its end. */
export function parseH2load(output: string, seconds: number): LoadResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const queries = number(/(\d+) succeeded/);
  const good = number(/status codes: (\d+) 2xx/);
  const failed = number(/(\d+) failed/);
  const [, mean = "", unit = ""] = /time for request: +\S+ +\S+ +([\d.]+)(us|ms|s)/.exec(output) ?? [];
  const errors: string[] = [];
  if (!(queries > 0)) errors.push("no query was answered");
  // At its end h2load gives up what is in flight.
  if (failed > 0) errors.push(`${failed} requests failed`);
  if (good < queries) errors.push(`${queries - good} replies were not 2xx`);
  return { queries, seconds, latency: Number(mean) * { us: 1, ms: 1e3, s: 1e6, "": Number.NaN }[unit]!, errors };
}

/** What dnsperf prints at its end. */
export function parseDnsperf(output: string): LoadResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? Number.NaN);
  const sent = number(/Queries sent:\s+(\d+)/);
  const queries = number(/Queries completed:\s+(\d+)/);
  const [, list = ""] = /Response codes:\s+(.*)/.exec(output) ?? [];
  const errors: string[] = [];
  if (!(queries > 0)) errors.push("no query was answered");
  else if (sent - queries > 0) errors.push(`${sent - queries} queries were not answered`);
  for (const [, code = ""] of list.matchAll(/(\w+) \d+ \(/g)) {
    if (code !== "NOERROR" && code !== "NXDOMAIN") errors.push(`answers ${code}`);
  }
  return {
    queries,
    seconds: number(/Run time \(s\):\s+([\d.]+)/),
    latency: number(/Average Latency \(s\):\s+([\d.]+)/) * 1e6,
    errors,
  };
}
