/**
 * A result as a table in the terminal and as a page of Markdown.
 */
import { duration, markdownTable, number, percent, plainTable, thousands } from "./format.ts";
import { DIRECT, isValid, proxiesOf, ratioToBetter, summarise } from "./results.ts";
import type { BenchResult, Summary, WorkloadResult } from "./results.ts";

function head(baseline: string): string[] {
  return ["peer", "CPU µs/request", "least–most", "requests/s", "p50", "p99", "p99.9", "own core", `${baseline} ÷ it`];
}

function cells(summary: Summary, baseline: string): string[] {
  const origin = summary.peer === DIRECT;
  return [
    summary.peer,
    origin ? "" : number(summary.cpu),
    origin ? "" : `${number(summary.cpuLeast)}–${number(summary.cpuMost)}`,
    // With the load core full, the figure says what the load can send and not what the peer can take.
    thousands(summary.requestsPerSecond) + (summary.loadBusy > 0.97 && summary.busy < 0.97 ? "*" : ""),
    duration(summary.p50),
    duration(summary.p99),
    duration(summary.p999),
    origin ? "" : percent(summary.busy),
    summary.errors.length > 0 ? "INVALID" : origin || summary.peer === baseline ? "" : number(summary.ratio),
  ];
}

/** The table of one workload, the peers' added latency where it was measured, and the ratio to the better of nginx and HAProxy. */
export function workloadTable(result: WorkloadResult, table: typeof plainTable): string[] {
  const baseline = proxiesOf(result)[0]?.peer ?? "";
  const summaries = result.peers.map((peer) => summarise(result, peer));
  const parts = [
    table(
      head(baseline),
      summaries.map((summary) => cells(summary, baseline)),
    ),
  ];
  const added = summaries.flatMap(({ peer, added: over }) =>
    over === undefined ? [] : [[peer, duration(over.p50), duration(over.p99), duration(over.p999)]],
  );
  if (added.length > 0) parts.push(table(["added to the direct latency", "p50", "p99", "p99.9"], added));
  const better = ratioToBetter(result);
  if (better !== undefined) parts.push(`${baseline} ÷ the better of nginx and haproxy: ${number(better)}`);
  return parts;
}

export function terminalWorkload(result: WorkloadResult): string {
  const parts = workloadTable(result, plainTable).map((part) => part.replaceAll(/^/gm, "  "));
  return `\n${result.workload}: ${result.title}\n${parts.join("\n\n")}\n`;
}

/** One row a workload, one column a peer: CPU per request. */
function overview(result: BenchResult): string {
  const names = [...new Set(result.workloads.flatMap((workload) => proxiesOf(workload).map((peer) => peer.peer)))];
  const rows = result.workloads.map((workload) => {
    const figures = names.map((name) => {
      const peer = workload.peers.find((other) => other.peer === name);
      if (peer === undefined) return "";
      const summary = summarise(workload, peer);
      return summary.errors.length > 0 ? "invalid" : number(summary.cpu);
    });
    return [workload.title, ...figures, number(ratioToBetter(workload) ?? Number.NaN)];
  });
  return markdownTable(["CPU µs per request", ...names, "÷ better of nginx, HAProxy"], rows);
}

export function markdownResult(result: BenchResult): string {
  const lines = [
    `## ${result.name}`,
    "",
    `${result.at}, ${result.machine.cores} cores of ${result.machine.cpu}, Linux ${result.machine.kernel}, origin ${result.origin}; ` +
      `${result.rounds} rounds of ${result.seconds} s.`,
    "",
    Object.entries(result.versions)
      .map(([peer, version]) => `${peer} ${version}`)
      .join(" · "),
    "",
    `![CPU per request](${result.name}.svg)`,
    "",
    overview(result),
    "",
  ];
  if (!isValid(result)) lines.push("**Some figures are invalid: see the warnings.**", "");
  for (const [peer, fields] of Object.entries(result.missingFields)) {
    lines.push(`${peer} does not send: ${fields.join(", ")}.`, "");
  }
  for (const workload of result.workloads) {
    lines.push(
      `### ${workload.workload}: ${workload.title}`,
      "",
      workloadTable(workload, markdownTable).join("\n\n"),
      "",
    );
  }
  if (result.warnings.length > 0)
    lines.push("### Warnings", "", ...result.warnings.map((warning) => `- ${warning}`), "");
  return lines.join("\n");
}
