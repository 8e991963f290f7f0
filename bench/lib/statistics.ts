export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Median of a[i] / b[i]: rounds that ran beside each other are compared with each other, so that drift cancels out. */
export function pairedRatio(a: readonly number[], b: readonly number[]): number {
  return median(paired(a, b, (x, y) => x / y));
}

/** Median of a[i] − b[i]. */
export function pairedDifference(a: readonly number[], b: readonly number[]): number {
  return median(paired(a, b, (x, y) => x - y));
}

/** The smaller of each pair. */
export function pairedMinimum(a: readonly number[], b: readonly number[]): number[] {
  return paired(a, b, Math.min);
}

function paired(a: readonly number[], b: readonly number[], join: (x: number, y: number) => number): number[] {
  return a.slice(0, b.length).map((x, i) => join(x, b[i] ?? Number.NaN));
}
