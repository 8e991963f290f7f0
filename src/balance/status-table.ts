import type { StatusRange } from "../contract/health-plan.ts";

/** Statuses have three digits. */
const STATUSES = 1000;

/** 1 at each status within one of the ranges; null when there is none. */
export function failingStatuses(ranges: readonly StatusRange[]): Uint8Array | null {
  if (ranges.length === 0) return null;
  const table = new Uint8Array(STATUSES);
  for (const { from, to } of ranges) table.fill(1, from, to + 1);
  return table;
}
