/** A result as a table in the terminal, as a page of Markdown and as a chart. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { barChart } from "../lib/chart.ts";
import { duration, markdownTable, number, percent, plainTable, thousands } from "../lib/format.ts";
import {
  type DnsResult,
  goalResults,
  isValid,
  ratio,
  summarise,
  type Summary,
  type WorkloadResult,
} from "./results.ts";

const HEAD = ["peer", "CPU µs/query", "least–most", "queries/s", "mean latency", "own core"];
const OURS = "roundtrip";

function cells(summary: Summary, result: WorkloadResult): string[] {
  const over = ratio(result, OURS, summary.peer);
  return [
    summary.peer,
    number(summary.cpu),
    `${number(summary.cpuLeast)}–${number(summary.cpuMost)}`,
    // With the load core full, the figure says what the load can send and not what the peer can take.
    thousands(summary.queriesPerSecond) + (summary.loadBusy > 0.97 && summary.busy < 0.97 ? "*" : ""),
    duration(summary.latency),
    percent(summary.busy),
    summary.invalid ? "INVALID" : summary.peer === OURS || over === undefined ? "" : number(over),
  ];
}

function workloadTable(result: WorkloadResult, table: typeof plainTable): string {
  return table(
    [...HEAD, `${OURS} ÷ it`],
    result.peers.map((peer) => cells(summarise(peer), result)),
  );
}

export function terminalWorkload(result: WorkloadResult): string {
  return `\n${result.workload}: ${result.title}\n${workloadTable(result, plainTable).replaceAll(/^/gm, "  ")}\n`;
}

export function terminalLoaded(result: DnsResult): string {
  return result.loaded.length === 0 ? "" : `\n${loadedTable(result, plainTable).replaceAll(/^/gm, "  ")}\n`;
}

/** What was to be reached, and what was. */
export function terminalGoals(result: DnsResult): string {
  return goalResults(result).length === 0 ? "" : `\n${goalTable(result, plainTable).replaceAll(/^/gm, "  ")}\n`;
}

function goalTable(result: DnsResult, table: typeof plainTable): string {
  const rows = goalResults(result).map(({ workload, one, other, most, value, met }) => [
    `${workload}: ${one} ÷ ${other}`,
    value.toFixed(2),
    `≤ ${most}`,
    met ? "met" : "NOT MET",
  ]);
  return table(["goal", "measured", "wanted", ""], rows);
}

function loadedTable({ loaded }: DnsResult, table: typeof plainTable): string {
  const rows = loaded.map(({ peer, milliseconds, memory }) => [
    peer,
    `${number(milliseconds / 1_000)} s`,
    `${Math.round(memory / 1e6)} MB`,
  ]);
  return table(["500,000 names", "from start to first answer", "memory"], rows);
}

function overview(result: DnsResult): string {
  const names = [...new Set(result.workloads.flatMap(({ peers }) => peers.map(({ peer }) => peer)))];
  const rows = result.workloads.map((workload) => [
    workload.title,
    ...names.map((name) => {
      const found = workload.peers.find(({ peer }) => peer === name);
      return found === undefined ? "" : summarise(found).invalid ? "invalid" : number(summarise(found).cpu);
    }),
  ]);
  return markdownTable(["CPU µs per query", ...names], rows);
}

function page(result: DnsResult): string {
  const { machine } = result;
  const versions = Object.entries(result.versions).map(([peer, version]) => `${peer} ${version}`);
  const lines = [
    `## ${result.name}`,
    `${result.at}, ${machine.cores} cores of ${machine.cpu}, Linux ${machine.kernel}; ${result.rounds} rounds of ${result.seconds} s.`,
    versions.join(" · "),
    `![CPU per query](${result.name}.svg)`,
    overview(result),
  ];
  if (!isValid(result)) lines.push("**Some figures are invalid: see the warnings.**");
  if (goalResults(result).length > 0) lines.push(goalTable(result, markdownTable));
  if (result.loaded.length > 0) lines.push(loadedTable(result, markdownTable));
  for (const workload of result.workloads) {
    lines.push(`### ${workload.workload}: ${workload.title}`, workloadTable(workload, markdownTable));
  }
  if (result.warnings.length > 0)
    lines.push("### Warnings", result.warnings.map((warning) => `- ${warning}`).join("\n"));
  return lines.join("\n\n");
}

function chart(result: DnsResult): string {
  const panels = result.workloads.map(({ title, peers }) => ({
    title,
    bars: peers.map((peer) => {
      const { cpu, invalid } = summarise(peer);
      const bar = { label: peer.peer, value: cpu, highlight: peer.peer.startsWith(OURS) };
      return invalid ? { ...bar, note: "invalid" } : bar;
    }),
  }));
  const subtitle = `µs, less is better; medians of ${result.rounds} rounds on one core; bars marked // are cut; ${result.machine.cpu}, ${result.at}`;
  return barChart("DNS: CPU per query", subtitle, panels);
}

/** Writes NAME.json and NAME.svg, and README.md from every result in the folder. */
export function save(folder: string, result: DnsResult): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.name}.json`), `${JSON.stringify(result, undefined, 1)}\n`);
  writeFileSync(join(folder, `${result.name}.svg`), chart(result));
  const results = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as DnsResult)
    .toSorted((a, b) => b.at.localeCompare(a.at));
  const head = [
    "# DNS results",
    "Written by `node scripts/bun.mjs bench/dns/run.ts`; how it measures is in [../../dns/README.md](../../dns/README.md).",
    "Ratios are Roundtrip's CPU per query divided by the other's, round by round: below 1, Roundtrip is cheaper. A `*` after queries/s: the load core was full and the peer's was not, so the peer could take more.",
  ];
  writeFileSync(join(folder, "README.md"), `${[...head, ...results.map(page)].join("\n\n")}\n`);
}
