/**
 * Domain names in wire form (RFC 1035 §3.1): labels, each after its length, ended by the root's 0. Names are compared
 * byte by byte with ASCII letters in lower case, label for label: the wire form needs no escapes and no separators, so
 * that two names are equal exactly when their bytes are.
 */

/** RFC 1035 §2.3.4: a whole name with all length bytes. */
export const MAX_NAME = 255;
export const MAX_LABEL = 63;
/** Labels of the longest name: 127 of one byte each. */
export const MAX_LABELS = 127;

/** ASCII lower case of every byte (RFC 4343). */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

export const ROOT: Uint8Array = new Uint8Array(1);

/** Length in bytes of the uncompressed name at `at`, its final 0 included. The name must be whole. */
export function nameLength(bytes: Uint8Array, at = 0): number {
  let end = at;
  while (bytes[end] !== 0) end += bytes[end]! + 1;
  return end + 1 - at;
}

/** A copy with letters in lower case; what is compared and hashed. */
export function lowerName(name: Uint8Array): Uint8Array {
  const lower = new Uint8Array(name);
  let at = 0;
  while (lower[at] !== 0) {
    const end = at + 1 + lower[at]!;
    for (at++; at < end; at++) lower[at] = LOWER[lower[at]!]!;
  }
  return lower;
}

/** Offsets of the labels, without the root. */
export function labelOffsets(name: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let at = 0; name[at] !== 0; at += name[at]! + 1) offsets.push(at);
  return offsets;
}

export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (LOWER[a[index]!] !== LOWER[b[index]!]) return false;
  return true;
}

/** `name` is `ancestor` or lies below it. */
export function isAtOrBelow(name: Uint8Array, ancestor: Uint8Array): boolean {
  for (let at = 0; name.length - at >= ancestor.length; at += name[at]! + 1) {
    if (name.length - at === ancestor.length) return sameName(name.subarray(at), ancestor);
    if (name[at] === 0) return false;
  }
  return false;
}

/**
 * Presentation form (RFC 1035 §5.1) to wire form, letters as they are. A name without a final dot is completed by
 * `origin`; without an origin it is taken as absolute. Answers what is wrong with it as text.
 */
export function parseName(text: string, origin: Uint8Array = ROOT): Uint8Array | string {
  if (text === "@") return origin;
  if (text === ".") return ROOT;
  if (text === "") return "is empty";
  const out: number[] = [];
  let label: number[] = [];
  let ended = false;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    ended = false;
    if (code === 0x2e) {
      if (label.length === 0) return "has an empty label";
      out.push(label.length, ...label);
      label = [];
      ended = true;
      continue;
    }
    if (code === 0x5c) {
      const escape = unescape(text, at + 1);
      if (escape === null) return `has an escape that is neither \\DDD (000 to 255) nor \\ and a character`;
      code = escape.code;
      at += escape.length;
    }
    if (code > 0xff) return "has a character outside Latin-1: write internationalised names as xn--…";
    if (label.push(code) > MAX_LABEL) return `has a label of more than ${MAX_LABEL} bytes`;
  }
  if (label.length > 0) out.push(label.length, ...label);
  const tail = ended ? ROOT : origin;
  if (out.length + tail.length > MAX_NAME) return `is longer than ${MAX_NAME} bytes`;
  const name = new Uint8Array(out.length + tail.length);
  name.set(out);
  name.set(tail, out.length);
  return name;
}

/** What follows a backslash: three decimal digits, or any one character. */
export function unescape(text: string, at: number): { code: number; length: number } | null {
  const digits = text.slice(at, at + 3);
  if (/^\d{3}$/.test(digits)) return Number(digits) > 255 ? null : { code: Number(digits), length: 3 };
  if (at >= text.length || /\d/.test(text[at]!)) return null;
  return { code: text.charCodeAt(at), length: 1 };
}

/** Characters that mean something in a zone file. */
const SPECIAL: ReadonlySet<number> = new Set(Buffer.from('.\\"();@$'));

/** Presentation form, absolute, escaped where the zone file format needs it. */
export function formatName(bytes: Uint8Array, start = 0): string {
  if (bytes[start] === 0) return ".";
  let text = "";
  for (let at = start; bytes[at] !== 0;) {
    const end = at + 1 + bytes[at]!;
    for (at++; at < end; at++) {
      const byte = bytes[at]!;
      if (byte <= 0x20 || byte >= 0x7f) text += `\\${String(byte).padStart(3, "0")}`;
      else text += SPECIAL.has(byte) ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
    }
    text += ".";
  }
  return text;
}
