/** Whole DNS messages as objects: for tools, transfers, tests and everything else that is not the hot path. */
import { HEADER, MAX_DATA, MessageCursor } from "./message-cursor.ts";

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

/** What is wrong with a message; nothing of it can be relied on. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

/** What is taken out of a message, before it is copied. */
const scratch = new Uint8Array(MAX_DATA);

/** @throws MessageError when the bytes are no message. */
export function readMessage(bytes: Uint8Array): DnsMessage {
  const cursor = new MessageCursor();
  must(cursor, cursor.open(bytes));
  const questions: DnsQuestion[] = [];
  for (let left = cursor.questions; left > 0; left--) {
    must(cursor, cursor.question());
    questions.push({ name: ownerOf(cursor), type: cursor.type, class: cursor.class });
  }
  const answers = readRecords(cursor, cursor.answers);
  const authority = readRecords(cursor, cursor.authority);
  const additional = readRecords(cursor, cursor.additional);
  if (cursor.at !== cursor.end) {
    throw new MessageError(`${cursor.end - cursor.at} bytes stand behind the last record`);
  }
  return { id: cursor.id, flags: cursor.flags, questions, answers, authority, additional };
}

function readRecords(cursor: MessageCursor, count: number): DnsRecord[] {
  const records: DnsRecord[] = [];
  for (let left = count; left > 0; left--) {
    must(cursor, cursor.record());
    const name = ownerOf(cursor);
    const length = cursor.readData(scratch);
    must(cursor, length >= 0);
    records.push({ name, type: cursor.type, class: cursor.class, ttl: cursor.ttl, data: scratch.slice(0, length) });
  }
  return records;
}

function ownerOf(cursor: MessageCursor): Uint8Array {
  const length = cursor.readName(cursor.owner, scratch);
  must(cursor, length >= 0);
  return scratch.slice(0, length);
}

function must(cursor: MessageCursor, done: boolean): void {
  if (!done) throw new MessageError(cursor.problem);
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
