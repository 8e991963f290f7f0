/** Rows of plain text for a terminal. */

/** What every terminal shows without breaking lines. */
export const COLUMNS = 80;

/** Columns of the label of `wrapRow`, with the space behind it. */
const LABEL = 13;

/** Text on the left and, where both fit, a note at the right edge; else the note on a line of its own. */
export function textRow(text: string, note: string): string[] {
  const gap = COLUMNS - Bun.stringWidth(text) - Bun.stringWidth(note);
  if (note === "") return [text];
  return gap >= 2 ? [text + " ".repeat(gap) + note] : [text, note.padStart(COLUMNS)];
}

/** A label and a text that is broken at spaces and stays in its own column. */
export function wrapRow(indent: number, label: string, text: string): string[] {
  const width = COLUMNS - indent - LABEL;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && Bun.stringWidth(line) + 1 + Bun.stringWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((part, index) => " ".repeat(indent) + (index === 0 ? label : "").padEnd(LABEL) + part);
}
