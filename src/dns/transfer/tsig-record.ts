/** The TSIG record (RFC 8945 §4.2): read from the end of a message, appended to it, taken off again. */
import { MessageCursor } from "../wire/message-cursor.ts";
import { LOWER, lowerName, MAX_NAME } from "../wire/name.ts";
import { RecordClass, RecordType } from "../wire/record-type.ts";
import { fieldEnd } from "../wire/rdata-walk.ts";

/** RFC 8945 §3: values of the error field; they begin where those of the header's four bits end. */
export const TsigError = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;

export function tsigErrorName(error: number): string {
  const found = Object.entries(TsigError).find(([, number]) => number === error);
  return found?.[0] ?? `error ${error}`;
}

export interface TsigFields {
  /** Wire form, lower case. */
  readonly keyName: Uint8Array;
  /** Domain name in wire form, lower case. */
  readonly algorithm: Uint8Array;
  /** When it was signed, seconds since the epoch (48 bits). */
  readonly time: number;
  /** Seconds by which clocks may differ. */
  readonly fudge: number;
  readonly error: number;
  readonly other: Uint8Array;
}

export interface TsigRecord extends TsigFields {
  readonly mac: Uint8Array;
  /** The message's id when it was signed: forwarders change it. */
  readonly originalId: number;
  /** Offset in the message; it reaches to its end. */
  readonly start: number;
}

/** Owner, type, class, TTL, data length; algorithm; time, fudge, MAC size; MAC; original id, error, other length; other. */
const FIXED_HEAD = 10;
const FIXED_DATA = 16;

/** Bytes that a TSIG record has. */
export function tsigSize(keyName: Uint8Array, algorithm: Uint8Array, mac: number, other: number): number {
  return keyName.length + FIXED_HEAD + algorithm.length + FIXED_DATA + mac + other;
}

/** The TSIG record that begins at `start`; null when it is malformed. */
export function readTsig(message: Uint8Array, start: number): TsigRecord | null {
  const cursor = new MessageCursor();
  if (!cursor.open(message)) return null;
  cursor.at = start;
  if (!cursor.record() || cursor.at !== message.length) return null;
  if (cursor.type !== RecordType.TSIG || cursor.class !== RecordClass.ANY || cursor.ttl !== 0) return null;
  const name = new Uint8Array(MAX_NAME);
  const length = cursor.readName(start, name, 0, LOWER);
  if (length < 0) return null;
  // RFC 8945 §4.2: the algorithm's name is not compressed.
  const data = message.subarray(cursor.dataStart, cursor.dataEnd);
  const behind = fieldEnd("name", data, 0, data.length);
  if (behind < 0 || data.length < behind + FIXED_DATA) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const macStart = behind + 10;
  const macEnd = macStart + view.getUint16(behind + 8);
  if (macEnd + 6 > data.length || macEnd + 6 + view.getUint16(macEnd + 4) !== data.length) return null;
  return {
    keyName: name.slice(0, length),
    algorithm: lowerName(data.subarray(0, behind)),
    time: view.getUint16(behind) * 2 ** 32 + view.getUint32(behind + 2),
    fudge: view.getUint16(behind + 6),
    // A copy in any case: `slice` of a Buffer would be a view.
    mac: new Uint8Array(data.subarray(macStart, macEnd)),
    originalId: view.getUint16(macEnd),
    error: view.getUint16(macEnd + 2),
    other: new Uint8Array(data.subarray(macEnd + 6)),
    start,
  };
}

/** Where the TSIG record of a message begins, 0 when it has none; -1 when the message or its place in it is malformed. */
export function findTsig(message: Uint8Array): number {
  const cursor = new MessageCursor();
  if (!cursor.open(message) || !cursor.skipQuestions()) return -1;
  const { additional, end } = cursor;
  for (let left = cursor.answers + cursor.authority + additional; left > 0; left--) {
    if (!cursor.record()) return -1;
    // RFC 8945 §5.1: it must be the last record, in the additional section.
    if (cursor.type === RecordType.TSIG) return left === 1 && additional > 0 && cursor.at === end ? cursor.owner : -1;
  }
  return cursor.at === end ? 0 : -1;
}

/** The message as it was before it was signed (RFC 8945 §4.3.1): with its first id, without the record. A copy. */
export function withoutTsig(message: Uint8Array, tsig: TsigRecord): Uint8Array {
  const bare = new Uint8Array(tsig.start);
  bare.set(message.subarray(0, tsig.start));
  const view = new DataView(bare.buffer);
  view.setUint16(0, tsig.originalId);
  view.setUint16(10, view.getUint16(10) - 1);
  return bare;
}

/** A copy of the message with a TSIG record behind it. */
export function withTsig(message: Uint8Array, fields: TsigFields, mac: Uint8Array, originalId: number): Uint8Array {
  const { keyName, algorithm, other } = fields;
  const size = tsigSize(keyName, algorithm, mac.length, other.length);
  const signed = new Uint8Array(message.length + size);
  signed.set(message);
  const view = new DataView(signed.buffer);
  view.setUint16(10, view.getUint16(10) + 1);
  let at = message.length;
  signed.set(keyName, at);
  at += keyName.length;
  view.setUint16(at, RecordType.TSIG);
  view.setUint16(at + 2, RecordClass.ANY);
  view.setUint16(at + 8, size - keyName.length - FIXED_HEAD);
  at += FIXED_HEAD;
  signed.set(algorithm, at);
  at += algorithm.length;
  setUint48(view, at, fields.time);
  view.setUint16(at + 6, fields.fudge);
  view.setUint16(at + 8, mac.length);
  signed.set(mac, at + 10);
  at += 10 + mac.length;
  view.setUint16(at, originalId);
  view.setUint16(at + 2, fields.error);
  view.setUint16(at + 4, other.length);
  signed.set(other, at + 6);
  return signed;
}

export function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}
