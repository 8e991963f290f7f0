const PERCENT = 0x25;

/**
 * The value of a parameter: its segment, percent-decoded as UTF-8. Escapes that are no UTF-8 leave the whole segment
 * as it was written. An escaped slash becomes a slash: whoever builds a path from a value encodes it again.
 */
export function parameterValue(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.latin1Slice(start, end);
  for (let at = start; at < end; at++) {
    if (bytes[at] === PERCENT) return decoded(raw);
  }
  return raw;
}

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
