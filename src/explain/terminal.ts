/**
 * The explanation as text: what was asked and what came of it, the tree of stations with their times, the waterfall,
 * and what is noteworthy.
 */
import {
  type Glyphs,
  glyphsOf,
  padTo,
  type Paint,
  painter,
  printable,
  type TerminalStyle,
  wrap,
} from "./text-layout.ts";
import type { ExplainTree, Mark, TreeNode } from "./tree.ts";
import { treeBars, waterfall } from "./waterfall.ts";
import { formatMs } from "./words.ts";

/** Cells of the column of times, the space before it included. */
export const TIME_WIDTH = 9;
const MAX_LABEL = 28;

export function renderTree(tree: ExplainTree, style: TerminalStyle): string {
  const renderer = new TreeRenderer(style);
  const lines = [...headLines(tree, style), "", ...renderer.nodes(tree.stations)];
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

/** Draws nodes as a tree with the times in a column at the right. */
export class TreeRenderer {
  readonly #style: TerminalStyle;
  readonly #glyphs: Glyphs;
  readonly #paint: Paint;

  constructor(style: TerminalStyle) {
    this.#style = style;
    this.#glyphs = glyphsOf(style);
    this.#paint = painter(style);
  }

  nodes(nodes: readonly TreeNode[], prefix = ""): string[] {
    const labelWidth = Math.min(MAX_LABEL, Math.max(0, ...nodes.map((node) => this.#safe(node.label).length)));
    return nodes.flatMap((node, index) => this.#node(node, prefix, labelWidth, index === nodes.length - 1));
  }

  /** A line below the tree: a name at the left, a time in the column. */
  sum(label: string, ms: number): string {
    const time = this.#safe(formatMs(ms)).padStart(TIME_WIDTH);
    return this.#paint("dim", padTo(`   ${label}`, this.#style.width - TIME_WIDTH) + time);
  }

  #node(node: TreeNode, prefix: string, labelWidth: number, last: boolean): string[] {
    const glyphs = this.#glyphs;
    const branch = prefix + (last ? glyphs.lastBranch : glyphs.branch);
    const below = prefix + (last ? glyphs.gap : glyphs.bar);
    const label = this.#safe(node.label);
    const mark = this.#mark(node.mark);
    const indent = branch.length + 2 + labelWidth + 2;
    const lines = wrap(this.#safe(node.text), this.#style.width - indent - TIME_WIDTH);
    // A label that is wider than its column gets a line of its own.
    const wide = label.length > labelWidth;
    const rest = " ".repeat(2 + labelWidth + 2);
    const drawn: string[] = [];
    if (wide) drawn.push(this.#line(branch, `${mark} ${label}`, "", node));
    lines.forEach((line, index) => {
      if (index > 0 || wide) {
        drawn.push(
          this.#line(
            below + (node.children.length > 0 ? glyphs.bar.slice(0, 1) + rest.slice(1) : rest),
            "",
            line,
            null,
          ),
        );
      } else {
        drawn.push(this.#line(branch, `${mark} ${label.padEnd(labelWidth)}  `, line, node));
      }
    });
    return [...drawn, ...this.nodes(node.children, below)];
  }

  #line(prefix: string, head: string, text: string, node: TreeNode | null): string {
    const plain = prefix + head + text;
    const paint = this.#paint;
    const time = node?.durationMs == null ? "" : this.#safe(formatMs(node.durationMs)).padStart(TIME_WIDTH);
    const gap = time === "" ? "" : " ".repeat(Math.max(0, this.#style.width - TIME_WIDTH - Bun.stringWidth(plain)));
    const format = node === null ? null : COLOURS[node.mark];
    const painted = format === null ? head : paint(format, head);
    const words = node !== null && node.mark === "skipped" ? paint("dim", text) : text;
    return (paint("dim", prefix) + painted + words + gap + paint("cyan", time)).trimEnd();
  }

  #mark(mark: Mark): string {
    return mark === "info" ? " " : this.#glyphs[mark];
  }

  #safe(text: string): string {
    return printable(text, this.#style.unicode);
  }
}

const COLOURS: Record<Mark, Parameters<Paint>[0] | null> = {
  ok: "green",
  fault: "red",
  no: "dim",
  planned: "blue",
  skipped: "dim",
  info: null,
};
