/** Durations and sizes as people write them. */

type DurationUnit = "ms" | "s" | "m" | "h" | "d";
type SizeUnit = "B" | "b" | `${"K" | "k" | "M" | "m" | "G" | "g" | "T" | "t"}${"" | "B" | "b" | "iB" | "ib"}`;

/** A number with a unit: "250ms", "10s", "5m", "1h", "7d". Only 0 needs none. */
export type Duration = 0 | `${number}${"" | " "}${DurationUnit}`;
/** A number with a unit: "512B", "64KB", "10MB", "1GB" (powers of 1024). Only 0 needs none. */
export type Size = 0 | `${number}${"" | " "}${SizeUnit}`;
export type OneOrMany<T> = T | readonly T[];

const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Source of the pattern, for the JSON Schema. */
export const DURATION_PATTERN: string = DURATION.source;

/** Whole milliseconds from "250ms", "10s", "1.5m", "1h", "7d" or 0; null when it is none of them. */
export function parseDuration(value: number | string): number | null {
  if (isNothing(value)) return 0;
  if (typeof value === "number") return null;
  const match = DURATION.exec(value);
  return match === null ? null : Math.round(Number(match[1]) * MILLISECONDS[match[2]!]!);
}

const SIZE = /^(\d+(?:\.\d+)?) ?([bB]|[kKmMgGtT](?:i?[bB])?)$/;
const POWERS = "BKMGT";

/** Source of the pattern, for the JSON Schema. */
export const SIZE_PATTERN: string = SIZE.source;

/** Whole bytes from "64KB", "10MB", "1.5GiB" (powers of 1024 either way) or 0; null when it is none of them. */
export function parseSize(value: number | string): number | null {
  if (isNothing(value)) return 0;
  if (typeof value === "number") return null;
  const match = SIZE.exec(value);
  if (match === null) return null;
  return Math.round(Number(match[1]) * 1024 ** POWERS.indexOf(match[2]![0]!.toUpperCase()));
}

/** No unit could make it anything else. */
function isNothing(value: number | string): boolean {
  return value === 0 || value === "0";
}

/** "10s", "250ms", "1h": the largest unit that gives a whole number. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  if (milliseconds % 3_600_000 === 0) return `${milliseconds / 3_600_000}h`;
  // "60s" and "90s" read better than "1m" beside "75s"; from two minutes on minutes do.
  if (milliseconds % 60_000 === 0 && milliseconds >= 120_000) return `${milliseconds / 60_000}m`;
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

/** "64KB", "1GB", "1000B", "no limit": the largest unit that gives a whole number. */
export function formatSize(bytes: number): string {
  if (bytes === Infinity) return "no limit";
  let power = 0;
  let rest = bytes;
  while (rest >= 1024 && rest % 1024 === 0 && power < POWERS.length - 1) {
    rest /= 1024;
    power++;
  }
  if (bytes === 0) return "0";
  return power === 0 ? `${rest}B` : `${rest}${POWERS[power]}B`;
}
