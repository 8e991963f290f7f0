/** Whole DNS messages as objects: for tools, transfers, tests and everything else that is not the hot path. */
import { MAX_NAME } from "./name.ts";
import { RDATA_FORMAT } from "./rdata-format.ts";
import { fieldEnd } from "./rdata-walk.ts";

export interface DnsQuestion {
  /** Wire form, letters as they came. */
  readonly name: Uint8Array;
  readonly type: number;
  readonly class: number;
}

export interface DnsRecord {
  readonly name: Uint8Array;
  readonly type: number;
  readonly class: number;
  /** Seconds; for OPT the extended flags. */
  readonly ttl: number;
  /** Wire form, names in it uncompressed. */
  readonly data: Uint8Array;
}

export interface DnsMessage {
  readonly id: number;
  /** The header's second word. */
  readonly flags: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

const HEADER = 12;
/** RFC 1035 §3.2.1: RDLENGTH is 16 bits. */
const MAX_DATA = 0xffff;

/** What is wrong with a message; nothing of it can be relied on. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

/** @throws MessageError when the bytes are no message. Names follow pointers strictly backwards, so that none can loop. */
export function readMessage(bytes: Uint8Array): DnsMessage {
  if (bytes.length < HEADER) throw new MessageError(`${bytes.length} bytes are no header`);
  const counts = [4, 6, 8, 10].map((at) => uint16(bytes, at));
  const questions: DnsQuestion[] = [];
  let at = HEADER;
  for (let index = 0; index < counts[0]!; index++) {
    const { name, end } = readNameAt(bytes, at);
    if (end + 4 > bytes.length) throw new MessageError("a question is cut off");
    questions.push({ name, type: uint16(bytes, end), class: uint16(bytes, end + 2) });
    at = end + 4;
  }
  const sections = counts.slice(1).map((count) => {
    const records: DnsRecord[] = [];
    for (let index = 0; index < count; index++) {
      const { record, end } = readRecordAt(bytes, at);
      records.push(record);
      at = end;
    }
    return records;
  });
  if (at !== bytes.length) throw new MessageError(`${bytes.length - at} bytes stand behind the last record`);
  const [answers, authority, additional] = sections as [DnsRecord[], DnsRecord[], DnsRecord[]];
  return { id: uint16(bytes, 0), flags: uint16(bytes, 2), questions, answers, authority, additional };
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** A record and the offset behind it. */
export function readRecordAt(bytes: Uint8Array, at: number): { record: DnsRecord; end: number } {
  const { name, end: head } = readNameAt(bytes, at);
  if (head + 10 > bytes.length) throw new MessageError("a record is cut off");
  const type = uint16(bytes, head);
  const start = head + 10;
  const end = start + uint16(bytes, head + 8);
  if (end > bytes.length) throw new MessageError("a record's data is cut off");
  const ttl = uint16(bytes, head + 4) * 0x10000 + uint16(bytes, head + 6);
  const data = readData(bytes, type, start, end);
  return { record: { name, type, class: uint16(bytes, head + 2), ttl, data }, end };
}

/** A name that may be compressed (RFC 1035 §4.1.4), and the offset behind it where it stands. */
export function readNameAt(bytes: Uint8Array, start: number): { name: Uint8Array; end: number } {
  const name: number[] = [];
  let end = -1;
  let lowest = start;
  for (let at = start; ;) {
    const size = bytes[at];
    if (size === undefined) throw new MessageError("a name is cut off");
    if (size === 0) {
      name.push(0);
      return { name: Uint8Array.from(name), end: end < 0 ? at + 1 : end };
    }
    if ((size & 0xc0) === 0xc0) {
      if (at + 1 >= bytes.length) throw new MessageError("a pointer is cut off");
      if (end < 0) end = at + 2;
      const target = uint16(bytes, at) & 0x3fff;
      if (target >= lowest) throw new MessageError("a pointer does not point backwards");
      if (target < HEADER) throw new MessageError("a pointer leads into the header");
      lowest = target;
      at = target;
      continue;
    }
    if (size > 63) throw new MessageError(`a label has the unknown form ${size}`);
    if (at + 1 + size > bytes.length) throw new MessageError("a label is cut off");
    if (name.length + size + 2 > MAX_NAME) throw new MessageError(`a name is longer than ${MAX_NAME} bytes`);
    for (let index = 0; index <= size; index++) name.push(bytes[at + index]!);
    at += size + 1;
  }
}

/** The data with its names uncompressed. Compression is accepted wherever a name stands (RFC 3597 §4: be liberal). */
function readData(bytes: Uint8Array, type: number, start: number, end: number): Uint8Array {
  const format = RDATA_FORMAT[type];
  // A copy in any case: `slice` of a Buffer would be a view.
  if (format === undefined || !format.includes("name")) return new Uint8Array(bytes.subarray(start, end));
  const parts: number[] = [];
  let at = start;
  for (const field of format) {
    if (field === "name") {
      const { name, end: behind } = readNameAt(bytes, at);
      for (const byte of name) parts.push(byte);
      at = behind;
      continue;
    }
    const next = fieldEnd(field, bytes, at, end);
    if (next < 0) throw new MessageError(`a record's data ends within the ${field}`);
    for (; at < next; at++) parts.push(bytes[at]!);
  }
  if (at !== end) throw new MessageError("a record's data has another length than its type asks for");
  return Uint8Array.from(parts);
}

/**
 * A message in wire form, names uncompressed.
 * @throws RangeError when a record's data is longer than 65,535 bytes.
 */
export function writeMessage(
  message: Partial<DnsMessage> & { readonly id: number; readonly flags: number },
): Uint8Array {
  const { questions = [], answers = [], authority = [], additional = [] } = message;
  const parts: Uint8Array[] = [];
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  const words = [message.id, message.flags, questions.length, answers.length, authority.length, additional.length];
  for (const [index, word] of words.entries()) view.setUint16(index * 2, word);
  parts.push(header);
  for (const { name, type, class: kind } of questions) parts.push(name, words16(type, kind));
  for (const record of [...answers, ...authority, ...additional]) parts.push(writeRecord(record));
  return Buffer.concat(parts);
}

export function writeRecord({ name, type, class: kind, ttl, data }: DnsRecord): Uint8Array {
  if (data.length > MAX_DATA) throw new RangeError(`a record's data has ${data.length} bytes`);
  return Buffer.concat([name, words16(type, kind, ttl >>> 16, ttl & 0xffff, data.length), data]);
}

function words16(...words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}
