/**
 * Seconds since 1970 of a time as DNSSEC writes it, YYYYMMDDHHMMSS in UTC (RFC 4034 §3.2); -1 when the text is none, or
 * names a day that there is not.
 */
export function parseTimestamp(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (parts === null) return -1;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  return time < 0 || new Date(time * 1000).getUTCMonth() !== month - 1 ? -1 : time;
}
