/** Fits text into a terminal: width in cells, wrapping, and the marks that lines are drawn with. */
import { styleText } from "node:util";

export interface TerminalStyle {
  /** Cells per line. */
  readonly width: number;
  readonly colour: boolean;
  /** False: ASCII alone. */
  readonly unicode: boolean;
}

export interface Glyphs {
  readonly branch: string;
  readonly lastBranch: string;
  readonly bar: string;
  readonly gap: string;
  readonly ok: string;
  readonly fault: string;
  readonly no: string;
  readonly passed: string;
  readonly planned: string;
  readonly skipped: string;
  readonly block: string;
  readonly sliver: string;
  readonly arrow: string;
  readonly dot: string;
  readonly rule: string;
}

const UNICODE: Glyphs = {
  branch: "├─ ",
  lastBranch: "└─ ",
  bar: "│  ",
  gap: "   ",
  ok: "✓",
  fault: "✗",
  no: "✗",
  passed: "·",
  planned: "→",
  skipped: "·",
  block: "█",
  sliver: "▏",
  arrow: "→",
  dot: "·",
  rule: "─",
};

export const ASCII: Glyphs = {
  branch: "|- ",
  lastBranch: "`- ",
  bar: "|  ",
  gap: "   ",
  ok: "+",
  fault: "x",
  no: "x",
  passed: ".",
  planned: ">",
  skipped: ".",
  block: "#",
  sliver: "|",
  arrow: "->",
  dot: "-",
  rule: "-",
};

export function glyphsOf(style: TerminalStyle): Glyphs {
  return style.unicode ? UNICODE : ASCII;
}

export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

export function painter(style: TerminalStyle): Paint {
  // The stream is not asked: whoever renders has decided.
  return (format, text) => (style.colour ? styleText(format, text, { validateStream: false }) : text);
}

export function cells(text: string): number {
  return Bun.stringWidth(text);
}

export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cells(text)));
}

/**
 * Text from the network made safe to print: controls, which a terminal would obey, become `\xHH`; without Unicode
 * everything beyond ASCII becomes `?`.
 */
export function printable(text: string, unicode: boolean): string {
  // Beside C0 and C1, the marks that reorder or hide text.
  const safe = text.replace(/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
  if (unicode) return safe;
  return safe
    .replaceAll("µ", "u")
    .replaceAll("…", "...")
    .replaceAll("→", "->")
    .replaceAll("·", "-")
    .replace(/[^\x20-\x7e]/g, "?");
}

/** A space where a line may break: not one between a number and its unit. */
const BREAK = /(?<!\d) | (?!(?:[µum]?s|bytes?|[KMGT]B|%)(?!\w))/;

/** Breaks text into lines of at most `width` cells, at spaces where it can. Never empty. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(8, width);
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(BREAK)) {
    if (line !== "" && cells(line) + 1 + cells(word) <= room) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    while (cells(word) > room) {
      const part = takeCells(word, room);
      lines.push(part);
      word = word.slice(part.length);
    }
    line = word;
  }
  if (line !== "" || lines.length === 0) lines.push(line);
  return lines;
}

/** The longest beginning of at most `width` cells, at least one character. */
function takeCells(text: string, width: number): string {
  let taken = "";
  for (const character of text) {
    if (taken !== "" && cells(taken + character) > width) break;
    taken += character;
  }
  return taken;
}
