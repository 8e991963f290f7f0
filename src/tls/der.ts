/** Writes ASN.1 values by the Distinguished Encoding Rules (ITU-T X.690), as far as certificates need them. */

const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** A value with its tag and its length. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, ...lengthBytes(content.length)), content]);
}

/** X.690 §8.1.3: short form below 128, else the number of length bytes first. */
function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(Tag.SEQUENCE, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return tagged(Tag.SET, ...parts);
}

export function boolean(value: boolean): Buffer {
  return tagged(Tag.BOOLEAN, Uint8Array.of(value ? 0xff : 0));
}

/** A number that is not negative, big-endian; without superfluous zeros, but with one before a set sign bit. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return tagged(Tag.INTEGER, digits[0]! >= 0x80 ? Uint8Array.of(0, ...digits) : digits);
}

/** `unused`: bits of the last byte that do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return tagged(Tag.BIT_STRING, Uint8Array.of(unused), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return tagged(Tag.OCTET_STRING, bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(Tag.UTF8_STRING, Buffer.from(text));
}

/** "1.2.840.10045.4.3.2". The first two arcs share a byte (X.690 §8.19.4). */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split(".").map(Number);
  return tagged(Tag.OBJECT_IDENTIFIER, Uint8Array.from([first * 40 + second, ...arcs].flatMap(base128)));
}

function base128(arc: number): number[] {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}

/** RFC 5280 §4.1.2.5: UTCTime to the end of 2049, then GeneralizedTime; whole seconds. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, "").slice(0, 14);
  if (date.getUTCFullYear() < 2050) return tagged(Tag.UTC_TIME, Buffer.from(`${digits.slice(2)}Z`));
  return tagged(Tag.GENERALIZED_TIME, Buffer.from(`${digits}Z`));
}
