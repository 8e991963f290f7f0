/** Pairs at most; with more a read stops early and is called again. */
export const MAX_RANGES = 256;

/**
 * Where the last `BodyReader.read` found body bytes: `length` numbers of `at` are in use, pairs [start, end) in the
 * buffer that was read. One table for all readers; it holds until the next `read` of any of them, so whoever reads
 * hands the bytes on at once, to nothing that would read another body in the meantime.
 */
export interface BodyRanges {
  readonly at: Int32Array;
  length: number;
}

export const ranges: BodyRanges = { at: new Int32Array(2 * MAX_RANGES), length: 0 };

/** Answers false when the table is full now. */
export function addRange(start: number, end: number): boolean {
  const { at, length } = ranges;
  at[length] = start;
  at[length + 1] = end;
  ranges.length = length + 2;
  return length + 2 < at.length;
}
