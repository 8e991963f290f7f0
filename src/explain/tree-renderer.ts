import type { Milliseconds } from "../contract/time.ts";
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
import type { Mark, TreeNode } from "./tree.ts";
import { formatMs } from "./words.ts";

/** Cells of the column of times, the space before it included. */
export const TIME_WIDTH = 9;
const MAX_LABEL = 28;

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
  sum(label: string, ms: Milliseconds): string {
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
    const timeWidth = node.durationMs === null ? 0 : TIME_WIDTH;
    const lines = wrap(this.#safe(node.text), this.#style.width - indent - timeWidth);
    // A label that is wider than its column gets a line of its own.
    const wide = label.length > labelWidth;
    const rest = " ".repeat(2 + labelWidth + 2);
    const continued = below + (node.children.length > 0 ? glyphs.bar.slice(0, 1) + rest.slice(1) : rest);
    const drawn: string[] = [];
    if (wide) drawn.push(this.#line(branch, `${mark} ${label}`, "", node));
    lines.forEach((line, index) => {
      if (index > 0 || wide) drawn.push(this.#line(continued, "", line, null));
      else drawn.push(this.#line(branch, `${mark} ${label.padEnd(labelWidth)}  `, line, node));
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
  passed: "dim",
  planned: "blue",
  skipped: "dim",
  info: null,
};
