/** HTTP dates (RFC 9110 §5.6.7): one form is written, three are read. */

import type { EpochMilliseconds } from "../contract/time.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME = String.raw`(\d\d):(\d\d):(\d\d)`;
const IMF_FIXDATE = new RegExp(String.raw`^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(String.raw`^[A-Z][a-z]{5,8}, (\d\d)-([A-Z][a-z]{2})-(\d\d) ${TIME} GMT$`);
const ASCTIME = new RegExp(String.raw`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) ${TIME} (\d{4})$`);

/** @param time what is less than a second is cut off */
export function httpDate(time: EpochMilliseconds): string {
  return new Date(time).toUTCString();
}

/**
 * The time, or null when the text is not an HTTP date.
 * @param now decides on the century of a two-digit year
 */
export function parseHttpDate(text: string, now: EpochMilliseconds): EpochMilliseconds | null {
  const imf = IMF_FIXDATE.exec(text);
  if (imf !== null) return dateOf(Number(imf[3]), imf[2]!, imf[1]!, imf.slice(4));
  const rfc850 = RFC_850.exec(text);
  if (rfc850 !== null) return dateOf(century(Number(rfc850[3]), now), rfc850[2]!, rfc850[1]!, rfc850.slice(4));
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) return dateOf(Number(asctime[6]), asctime[1]!, asctime[2]!, asctime.slice(3, 6));
  return null;
}

/** A year that seems more than 50 years in the future is the most recent past one with these digits. */
function century(twoDigits: number, now: EpochMilliseconds): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

function dateOf(year: number, monthName: string, dayText: string, time: readonly string[]): EpochMilliseconds | null {
  const month = MONTHS.indexOf(monthName);
  const day = Number(dayText);
  const [hour, minute, second] = time.map(Number);
  if (month === -1 || hour! > 23 || minute! > 59 || second! > 60) return null;
  const date = Date.UTC(year, month, day, hour, minute, Math.min(second!, 59));
  return new Date(date).getUTCDate() === day ? date : null;
}

/** `Date: …\r\n` (RFC 9110 §5.6.7, IMF-fixdate), made once a second. */
export class DateLine {
  bytes: Buffer = Buffer.alloc(0);
  #second = -1;

  update(time: EpochMilliseconds): void {
    const second = Math.floor(time / 1_000);
    if (second === this.#second) return;
    this.#second = second;
    this.bytes = Buffer.from(`Date: ${httpDate(second * 1_000)}\r\n`, "latin1");
  }
}

/** The process's own. Moved by the edge's tick. */
export const dateLine = new DateLine();
dateLine.update(Date.now());
