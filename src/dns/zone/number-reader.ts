/** Numbers, durations and addresses of a zone file from its bytes. Each answers -1 when the bytes are none. */

const WEEK = 604_800;

/** Seconds by unit letter, in lower case. */
const UNITS: Readonly<Record<number, number>> = { 0x73: 1, 0x6d: 60, 0x68: 3_600, 0x64: 86_400, 0x77: WEEK };

/** Decimal digits alone, at most `max`. */
export function readNumber(bytes: Uint8Array, start: number, end: number, max: number): number {
  if (start === end || end - start > 10) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value > max ? -1 : value;
}

/** RFC 2308 §4: TTLs are 31 bits. */
export const MAX_TTL = 0x7fff_ffff;

/** Seconds up to `max`, or numbers with units as in "1h30m" (BIND's notation). */
export function readTtl(bytes: Uint8Array, start: number, end: number, max = MAX_TTL): number {
  if (start === end) return -1;
  let total = 0;
  let value = 0;
  let digits = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + byte - 0x30;
      digits++;
      if (digits > 10) return -1;
      continue;
    }
    const unit = UNITS[byte | 0x20];
    if (unit === undefined || digits === 0) return -1;
    total += value * unit;
    value = 0;
    digits = 0;
  }
  total += value;
  return total > max ? -1 : total;
}

/** Dotted quad into four bytes of `into` at `at`; false when it is none. Leading zeros are refused: some read them as octal. */
export function readIpv4(bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): boolean {
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let from = start; from <= end; from++) {
    const byte = from < end ? bytes[from]! : 0x2e;
    if (byte === 0x2e) {
      if (digits === 0 || part > 3) return false;
      into[at + part++] = value;
      value = 0;
      digits = 0;
      continue;
    }
    if (byte < 0x30 || byte > 0x39 || (digits > 0 && value === 0)) return false;
    value = value * 10 + byte - 0x30;
    if (value > 255) return false;
    digits++;
  }
  return part === 4;
}

/** IPv6 text (RFC 4291 §2.2, with an IPv4 tail too) into sixteen bytes; false when it is none. */
export function readIpv6(bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): boolean {
  let groups = 0;
  let gap = -1;
  let from = start;
  if (bytes[from] === 0x3a) {
    if (bytes[from + 1] !== 0x3a) return false;
    from++;
  }
  while (from < end) {
    if (bytes[from] === 0x3a) {
      // The second colon of "::".
      if (gap >= 0) return false;
      gap = groups;
      from++;
      if (from === end) break;
    }
    let value = 0;
    let digits = 0;
    const group = from;
    while (from < end && digits < 5) {
      const digit = hexDigit(bytes[from]!);
      if (digit < 0) break;
      value = value * 16 + digit;
      digits++;
      from++;
    }
    if (from < end && bytes[from] === 0x2e) {
      if (groups > 6 || !readIpv4(bytes, group, end, into, at + groups * 2)) return false;
      groups += 2;
      from = end;
      break;
    }
    if (digits === 0 || digits > 4 || groups > 7) return false;
    into[at + groups * 2] = value >> 8;
    into[at + groups * 2 + 1] = value & 0xff;
    groups++;
    if (from === end) break;
    if (bytes[from] !== 0x3a) return false;
    from++;
    if (from === end) return false;
  }
  if (gap < 0) return groups === 8;
  if (groups > 7) return false;
  const tail = (groups - gap) * 2;
  into.copyWithin(at + 16 - tail, at + gap * 2, at + groups * 2);
  into.fill(0, at + gap * 2, at + 16 - tail);
  return true;
}

export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
