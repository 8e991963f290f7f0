/** A skipped test is a promise nobody checked: say so where it cannot be overlooked. */
export function printSkipped(skipped: readonly string[]): void {
  if (skipped.length === 0) return;
  console.log(`\nNOT RUN: ${skipped.length} test${skipped.length === 1 ? "" : "s"} skipped here`);
  for (const name of skipped) console.log(`  - ${name}`);
  console.log("");
}
