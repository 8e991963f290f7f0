import { describe, expect, test } from "bun:test";
import { throughputChart } from "./chart.ts";
import { terminalWorkload } from "./report.ts";
import { ratioToBetter, summarise } from "./results.ts";
import type { BenchResult, PeerRounds, Round, WorkloadResult } from "./results.ts";

function peer(name: string, cpu: readonly number[], more: Partial<Round> = {}): PeerRounds {
  const common = { requestsPerSecond: 1000, requests: 1000, p50: 100, p99: 200, p999: 300, busy: 0.5, loadBusy: 0.5 };
  return { peer: name, rounds: cpu.map((value) => ({ cpu: value, ...common, foreign: 0, errors: [], ...more })) };
}

function workload(...peers: PeerRounds[]): WorkloadResult {
  return { workload: "get", title: "GET <1 KiB>", peers };
}

describe("results", () => {
  test("the ratio to the better rival takes each round's own winner, variants of a rival included", () => {
    const result = workload(
      peer("roundtrip", [10, 10, 10]),
      peer("nginx", [20, 40, 50]),
      peer("haproxy", [40, 20, 50]),
      peer("haproxy-32k", [40, 40, 20]),
      peer("caddy", [1, 1, 1]),
    );
    expect(ratioToBetter(result)).toBe(0.5);
  });

  test("there is no such ratio without both rivals, or when one of them is the baseline", () => {
    expect(ratioToBetter(workload(peer("roundtrip", [1]), peer("nginx", [1])))).toBeUndefined();
    expect(ratioToBetter(workload(peer("nginx", [1]), peer("haproxy", [1])))).toBeUndefined();
  });

  test("added latency is over the direct origin's", () => {
    const slow = peer("roundtrip", [1], { p50: 150 });
    const result = workload(slow, peer("direct", [0], { p50: 50 }));
    expect(summarise(result, slow).added?.p50).toBe(100);
  });

  test("errors make a row invalid in the table and in the chart", () => {
    const result = workload(peer("roundtrip", [10]), peer("nginx", [20], { errors: ["1 socket errors (read)"] }));
    expect(terminalWorkload(result)).toContain("INVALID");
    const bench: BenchResult = {
      kind: "throughput",
      name: "test",
      at: "",
      machine: { cpu: "", cores: 2, kernel: "" },
      origin: "origin.c",
      rounds: 1,
      seconds: 1,
      versions: {},
      missingFields: {},
      warnings: [],
      workloads: [result],
    };
    const chart = throughputChart(bench);
    expect(chart).toContain(">invalid<");
    expect(chart).toContain("GET &lt;1 KiB>");
  });
});
