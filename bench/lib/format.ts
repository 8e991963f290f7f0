/** Numbers and tables as people read them. */

/** Three significant figures, or whole numbers from 100 on. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2);
}

export function thousands(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "–";
}

/** Microseconds as µs, ms or s. */
export function duration(microseconds: number): string {
  if (!Number.isFinite(microseconds)) return "–";
  const magnitude = Math.abs(microseconds);
  if (magnitude >= 1e6) return `${number(microseconds / 1e6)} s`;
  if (magnitude >= 1e3) return `${number(microseconds / 1e3)} ms`;
  return `${microseconds.toFixed(0)} µs`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Columns padded with spaces; the first is left-aligned, the others right-aligned. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
