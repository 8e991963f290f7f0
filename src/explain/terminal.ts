/**
 * The explanation as text: what was asked and what came of it, the tree of stations with their times, the waterfall,
 * and what is noteworthy.
 */
import { glyphsOf, painter, printable, type TerminalStyle, wrap } from "./text-layout.ts";
import { TreeRenderer } from "./tree-renderer.ts";
import type { ExplainTree } from "./tree.ts";
import { joinUnreached } from "./unreached.ts";
import { treeBars, waterfall } from "./waterfall.ts";
import { formatMs } from "./words.ts";

export function renderTree(tree: ExplainTree, style: TerminalStyle): string {
  const renderer = new TreeRenderer(style);
  const lines = [...headLines(tree, style), "", ...renderer.nodes(joinUnreached(tree.stations))];
  if (tree.totalMs !== null) {
    lines.push(renderer.sum("unaccounted", tree.unaccountedMs ?? 0), renderer.sum("total", tree.totalMs));
    lines.push("", ...waterfall(treeBars(tree), tree.totalMs, style));
  }
  lines.push(...findingLines(tree.findings, style));
  return `${lines.join("\n")}\n`;
}

/** The request and its outcome, in two lines or more. */
function headLines(tree: ExplainTree, style: TerminalStyle): string[] {
  const paint = painter(style);
  const { request } = tree;
  const url = request.target.startsWith("/")
    ? `${request.scheme}://${request.authority}${request.target}`
    : request.target;
  const glyphs = glyphsOf(style);
  const first = `${request.method} ${url} ${glyphs.arrow} ${outcomeWords(tree)}`;
  const facts =
    tree.kind === "plan"
      ? "plan: nothing was sent"
      : `trace ${tree.traceId} ${glyphs.dot} ${tree.time.slice(0, 10)} ${tree.time.slice(11, 23)} UTC`;
  const plan = `plan ${tree.plan.version}${tree.plan.source === "" ? "" : ` from ${tree.plan.source}`}`;
  const second = tree.kind === "plan" ? `${facts} ${glyphs.dot} ${plan}` : `${facts}\n${plan}`;
  return [
    ...wrap(printable(first, style.unicode), style.width).map((line) => paint("bold", line)),
    ...second
      .split("\n")
      .flatMap((line) => wrap(printable(line, style.unicode), style.width))
      .map((line) => paint("dim", line)),
  ];
}

function outcomeWords(tree: ExplainTree): string {
  const { outcome, fault } = tree;
  const time = tree.totalMs === null ? "" : ` in ${formatMs(tree.totalMs)}`;
  const status = outcome.status > 0 ? String(outcome.status) : "";
  if (fault !== null) return `${status === "" ? "no reply" : status} (${fault.code})${time}`;
  if (status !== "") return `${status}${time}`;
  if (outcome.upstream !== "") return outcome.upstream;
  return outcome.source === "none" ? "no reply" : outcome.source;
}

export function findingLines(findings: readonly string[], style: TerminalStyle): string[] {
  if (findings.length === 0) return [];
  const bullet = `${glyphsOf(style).dot} `;
  const lines = [""];
  for (const finding of findings) {
    wrap(printable(finding, style.unicode), style.width - bullet.length).forEach((line, index) => {
      lines.push((index === 0 ? bullet : "  ") + line);
    });
  }
  return lines;
}
