/**
 * One run of load against one port, by wrk (as fast as it goes) or rate.c (constant rate), on the load core.
 */
import { join } from "node:path";
import { run } from "./processes.ts";
import type { Workload } from "./workloads.ts";

/** Latencies in microseconds. */
export interface LoadResult {
  requests: number;
  seconds: number;
  p50: number;
  p99: number;
  p999: number;
  /** Why this run does not count; empty when every request was answered as it should be. */
  errors: string[];
}

export interface LoadTools {
  core: number;
  /** The compiled rate.c; undefined without a C compiler. */
  rate: string | undefined;
}

const SCRIPT = join(import.meta.dir, "..", "wrk.lua");

export function load(tools: LoadTools, workload: Workload, port: number, seconds: number): Promise<LoadResult> {
  return workload.rate === undefined
    ? closedLoop(tools, workload, port, seconds)
    : constantRate(tools, workload, workload.rate, port, seconds);
}

async function closedLoop(tools: LoadTools, workload: Workload, port: number, seconds: number): Promise<LoadResult> {
  const fields = (workload.fields ?? []).flatMap((field) => ["-H", field]);
  const shape = [`-c${workload.connections}`, `-d${seconds}s`];
  const output = await run(tools.core, {
    argv: [
      "wrk",
      "-t1",
      ...shape,
      "--timeout",
      "10s",
      "-s",
      SCRIPT,
      ...fields,
      `http://127.0.0.1:${port}${workload.path}`,
    ],
    env: { BENCH_POST_BYTES: String(workload.post ?? 0) },
  });
  const result = numbers(output.slice(output.indexOf("RESULT ") + 7));
  const errors: string[] = [];
  for (const kind of ["connect", "read", "write", "timeout"] as const) {
    if (result(kind) > 0) errors.push(`${result(kind)} socket errors (${kind})`);
  }
  if (result("status") > 0) errors.push(`${result("status")} replies with status 400 or more`);
  if (result("requests") === 0) errors.push("no request was answered");
  else if (result("bytes") / result("requests") < workload.reply) errors.push("replies are shorter than the origin's");
  return {
    requests: result("requests"),
    seconds: result("microseconds") / 1e6,
    p50: result("p50"),
    p99: result("p99"),
    p999: result("p999"),
    errors,
  };
}

async function constantRate(
  tools: LoadTools,
  workload: Workload,
  rate: number,
  port: number,
  seconds: number,
): Promise<LoadResult> {
  if (tools.rate === undefined) throw new Error("the constant-rate load needs a C compiler (cc)");
  const output = await run(tools.core, {
    argv: [tools.rate, "127.0.0.1", port, workload.path, workload.connections, rate, seconds].map(String),
  });
  const result = numbers(output);
  const errors: string[] = [];
  if (result("failed") > 0) errors.push(`${result("failed")} requests failed`);
  if (result("unanswered") > 0) errors.push(`${result("unanswered")} requests were not answered`);
  if (result("status") > 0) errors.push(`${result("status")} replies were not 200`);
  if (result("bytes") !== result("requests") * workload.reply)
    errors.push("replies differ in length from the origin's");
  return {
    requests: result("requests"),
    seconds: result("elapsed") / 1e9,
    p50: result("p50") / 1e3,
    p99: result("p99") / 1e3,
    p999: result("p999") / 1e3,
    errors,
  };
}

function numbers(json: string): (key: string) => number {
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null) throw new Error(`not a result: ${json}`);
  const fields = new Map(Object.entries(value));
  return (key) => {
    const number: unknown = fields.get(key);
    if (typeof number !== "number") throw new Error(`the result has no number "${key}": ${json}`);
    return number;
  };
}
