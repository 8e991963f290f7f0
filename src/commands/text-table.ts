/** A table for a terminal whose last column takes what is left of the line, or a line of its own below each row. */
import { cells, padTo, painter, type Paint, type TerminalStyle, wrap } from "../explain/text-layout.ts";

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

export interface Cell {
  readonly text: string;
  readonly format?: Parameters<Paint>[0];
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Below each other in the last column. */
  readonly notes: readonly string[];
}

const GAP = 2;
/** Of notes below their row. */
const INDENT = 4;

/**
 * Lines of at most `style.width` cells, as far as the columns' own contents allow. Texts must be printable.
 * `minNotes`: cells that notes need to stand beside their row.
 */
export function textTable(
  columns: readonly Column[],
  notesTitle: string,
  rows: readonly Row[],
  style: TerminalStyle,
  indent: number,
  minNotes: number,
): string[] {
  const paint = painter(style);
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => cells(row.cells[index]!.text))),
  );
  const taken = indent + widths.reduce((sum, width) => sum + width + GAP, 0);
  const beside = style.width - taken >= minNotes;
  const pad = " ".repeat(indent);
  const titles = columns.map(({ title, right }, index) => align(title, widths[index]!, right === true));
  const lines = [paint("dim", `${pad}${[...titles, beside ? notesTitle : ""].join(" ".repeat(GAP))}`.trimEnd())];
  for (const row of rows) {
    const parts = row.cells.map(({ text, format }, index) => {
      const aligned = align(text, widths[index]!, columns[index]!.right === true);
      return format === undefined ? aligned : paint(format, aligned);
    });
    const room = beside ? style.width - taken : style.width - indent - INDENT;
    const notes = row.notes.flatMap((note) => wrap(note, room));
    const own = pad + parts.join(" ".repeat(GAP));
    if (!beside) {
      lines.push(own.trimEnd(), ...notes.map((note) => paint("dim", " ".repeat(indent + INDENT) + note)));
      continue;
    }
    lines.push(`${own}${" ".repeat(GAP)}${notes[0] ?? ""}`.trimEnd());
    for (const note of notes.slice(1)) lines.push(" ".repeat(taken) + note);
  }
  return lines;
}

function align(text: string, width: number, right: boolean): string {
  return right ? " ".repeat(Math.max(0, width - cells(text))) + text : padTo(text, width);
}
