import type { EpochMilliseconds } from "../contract/time.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The time as the Common Log Format has it: `20/Nov/2026:08:10:17 +0000`. */
export function clfTime(time: EpochMilliseconds): string {
  const date = new Date(time);
  const day = String(date.getUTCDate()).padStart(2, "0");
  const clock = date.toISOString().slice(11, 19);
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000`;
}
