/** Quantities in words, as every explanation writes them. */
import type { Milliseconds } from "../contract/time.ts";

/** Milliseconds with about three digits and the unit that suits: `42 µs`, `3.14 ms`, `1.20 s`. */
export function formatMs(ms: Milliseconds): string {
  if (ms < 0) return `-${formatMs(Math.abs(ms))}`;
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 9.995) return `${ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  return ms < 99_950 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`;
}

/** How long something lasts or lasted, where a person needs one unit: `42 s`, `5 min`, `3 h`, `2 d`. */
export function formatAge(ms: Milliseconds): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** A configured limit, which is mostly a round number: `60 s`, `250 ms`. */
export function formatLimit(ms: Milliseconds): string {
  return ms >= 1000 && ms % 100 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

/** Powers of 1024, as the config writes sizes. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 9.95 ? 1 : 0)} ${BYTE_UNITS[unit]}`;
}
const BYTE_UNITS = ["KB", "MB", "GB", "TB"];

/** `1 route`, `3 routes`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

export function ordinal(number: number): string {
  const tens = number % 100;
  const suffix = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${suffix}`;
}

/** Share of a whole, rounded; 100 only when it is all of it. */
export function percent(part: number, whole: number): number {
  if (whole <= 0) return 0;
  return part < whole ? Math.min(99, Math.round((100 * part) / whole)) : 100;
}

/** What happened, with the timer, limit or error that tells which. */
export function faultSentence(title: string, detail: string): string {
  return detail === "" ? title : `${title.replace(/\.$/, "")} (${detail}).`;
}
