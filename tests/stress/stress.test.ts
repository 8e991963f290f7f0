/** The stress test as the gate runs it; longer by `STRESS_SECONDS=60` or `bun tests/stress/run.ts`. */
import { expect, test } from "bun:test";
import { renderReport, runStress } from "./stress.ts";

const options = {
  seconds: Number(process.env["STRESS_SECONDS"] ?? 10),
  clients: 32,
  seed: Number(process.env["STRESS_SEED"] ?? 1),
};
/** Of the edge, bytes. Buffers in use are bounded by the connections; the rest is what the collector has not taken yet. */
const MOST_MEMORY = 600 * 1024 * 1024;

test(
  `${options.seconds} s of mixed load: every byte is right, nothing stands still, nothing is left behind`,
  async () => {
    const report = await runStress(options);
    console.log(renderReport(report, options));
    expect(report.problems).toEqual([]);
    expect(report.stalls).toEqual([]);
    expect(report.leaked).toBe("");
    expect(report.originProblems).toBe("");
    expect(report.peakMemory).toBeLessThan(MOST_MEMORY);
    // It was a test: every kind of exchange happened, and most requests were answered by the origins themselves.
    const counts = Object.values(report.done);
    expect(counts.length).toBeGreaterThanOrEqual(18);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(report.aborted).toBeGreaterThan(0);
    expect(report.lawfulFailures).toBeLessThan(0.05 * counts.reduce((sum, count) => sum + count, 0));
  },
  options.seconds * 1000 + 30_000,
);
