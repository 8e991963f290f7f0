/**
 * Writes results: NAME.json, NAME.svg, and README.md from every result in the folder.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { throughputChart } from "./chart.ts";
import { cpuModel } from "./cpu.ts";
import { idleChart, markdownIdle } from "./idle-report.ts";
import type { IdleResult } from "./idle-report.ts";
import { markdownResult } from "./report.ts";
import type { BenchResult } from "./results.ts";

type Result = BenchResult | IdleResult;

export function machine(): BenchResult["machine"] {
  return { cpu: cpuModel(), cores: cpus().length, kernel: release() };
}

/** Results of whole runs and of named runs are kept in the repository; others go to a folder that git ignores. */
export function resultsFolder(keep: boolean): string {
  return keep ? join(import.meta.dir, "..", "results") : join(import.meta.dir, "..", ".work", "results");
}

export function save(folder: string, result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.name}.json`), `${JSON.stringify(result, undefined, 1)}\n`);
  writeFileSync(
    join(folder, `${result.name}.svg`),
    result.kind === "idle" ? idleChart(result) : throughputChart(result),
  );
  writeFileSync(join(folder, "README.md"), page(folder));
}

function page(folder: string): string {
  const results = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => parse(readFileSync(join(folder, file), "utf8")))
    .filter((result) => result !== undefined)
    .toSorted((a, b) => b.at.localeCompare(a.at));
  const sections = results.map((result) => (result.kind === "idle" ? markdownIdle(result) : markdownResult(result)));
  return [
    "# Results",
    "",
    "Written by `npm run bench` and `bun bench/idle.ts`; how they measure is in [../README.md](../README.md).",
    "Ratios are the first peer's CPU per request divided by the other's, round by round: below 1, the first is cheaper.",
    "A `*` after requests/s: the load core was full and the peer's was not, so the peer could take more.",
    "",
    ...sections,
  ].join("\n");
}

function parse(text: string): Result | undefined {
  const value: unknown = JSON.parse(text);
  return isResult(value) ? value : undefined;
}

/** The folder holds what `save` wrote; other JSON files in it are left out of the page. */
function isResult(value: unknown): value is Result {
  return typeof value === "object" && value !== null && "kind" in value && "at" in value;
}
