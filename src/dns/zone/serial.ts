/** Serials of zones: numbers modulo 2^32 that only rise (RFC 1982). */

const MODULUS = 2 ** 32;
const HALF = 2 ** 31;

/** RFC 1982 §3.2: whether `a` comes after `b`. Numbers exactly half the circle apart come after neither. */
export function isLater(a: number, b: number): boolean {
  const distance = (a - b + MODULUS) % MODULUS;
  return distance > 0 && distance < HALF;
}

/**
 * The serial of a zone whose content has changed: the time in seconds where that is later than the serial before, so
 * that it rises even when the one before has been forgotten; else the next number.
 */
export function nextSerial(before: number | null, seconds: number): number {
  const now = Math.floor(seconds) % MODULUS;
  return before === null || isLater(now, before) ? now : (before + 1) % MODULUS;
}

/** A serial as it is stated, where that is later than the last one; else the next number. */
export function risingSerial(stated: number, last: number | null): number {
  return last === null || isLater(stated, last) ? stated : (last + 1) % MODULUS;
}

/** What the owner of a zone should know when its content has changed. */
export function serialNotes(before: number, after: number): string[] {
  if (before === after) {
    return [`the content has changed and the serial ${after} has not: secondary servers will not notice`];
  }
  if (isLater(after, before)) return [];
  return [`the serial ${after} is not later than ${before} before it (RFC 1982): secondary servers will not notice`];
}

/** What a zone's serial stands for. */
export interface SerialEntry {
  readonly serial: number;
  /** Of the zone's content without its serial (`contentDigest`). */
  readonly digest: string;
}

/** Remembers the serials of zones whose serial is made here. */
export interface SerialMemory {
  /** `apex`: presentation form in lower case. */
  get(apex: string): SerialEntry | undefined;
  set(apex: string, entry: SerialEntry): void;
}
