/**
 * Records written down as rows of bytes, one behind the other: a row is written in the order of its memory and never
 * read on the hot path, which costs a request far less than to work on a record that was last used thousands of
 * requests ago and lies in no cache any more.
 *
 * A row is lossless. What it cannot hold says `fitsRow`.
 */
import { type PickReason, type ReplySource, STAMP_COUNT, TraceRecord } from "../contract/trace-record.ts";
import { CLOSERS, ENDINGS } from "../contract/ending.ts";
import type { FaultCode } from "../contract/fault.ts";
import { AUTHORITY_AT, BLOCK_LENGTH, IDS_AT, LINE_AT, type BlockRecord } from "./block-record.ts";
import { IDS_LENGTH, TRACE_ID_LENGTH } from "./trace-context.ts";

/** Offsets of numbers within a row, in doubles. */
const Double = {
  time: 0,
  status: 1,
  requestBytes: 2,
  replyBytes: 3,
  sequence: 4,
  planVersion: 5,
  retries: 6,
} as const;
/** The same in 32-bit integers. */
const Integer = { lineLength: 14, methodLength: 15, authorityLength: 16, flags: 17, requestHeadBytes: 18 } as const;
/** Where the record's block begins, bytes; behind it a row ends. */
const BLOCK_AT = 80;
const ROW_LENGTH = BLOCK_AT + BLOCK_LENGTH;
const DOUBLES = ROW_LENGTH / Float64Array.BYTES_PER_ELEMENT;
const INTEGERS = ROW_LENGTH / Int32Array.BYTES_PER_ELEMENT;

const SAMPLED = 1;
const REUSED = 2;
const HAS_BODY = 4;
/** Above the flags stand the ending and who closed a tunnel, each as its place in `ENDINGS` or `CLOSERS` and one. */
const ENDING_SHIFT = 3;
const ENDING_MASK = 7;
const CLOSED_BY_SHIFT = 6;

/** Strings are kept as references: nearly all of them are the plan's or the connection's own. */
const Text = {
  clientAddress: 0,
  peerAddress: 1,
  scheme: 2,
  protocol: 3,
  source: 4,
  route: 5,
  pool: 6,
  target: 7,
  pickReason: 8,
  fault: 9,
  faultDetail: 10,
  userAgent: 11,
  referer: 12,
  serverTiming: 13,
  note: 14,
} as const;
const TEXTS = 15;

/** `noRetry` comes with attempts alone. False for long lines, and for exchanges that connected by name, were tried again or explained. */
export function fitsRow(record: BlockRecord): boolean {
  return (
    record.fitsBlock && record.attempts === null && !record.hedged && record.dialled === "" && record.detail === null
  );
}

export class RowTable {
  readonly #bytes: Buffer;
  readonly #doubles: Float64Array;
  readonly #integers: Int32Array;
  readonly #texts: Array<string | null>;

  constructor(count: number) {
    const memory = new ArrayBuffer(count * ROW_LENGTH);
    this.#bytes = Buffer.from(memory);
    this.#doubles = new Float64Array(memory);
    this.#integers = new Int32Array(memory);
    this.#texts = Array.from({ length: count * TEXTS }, () => null);
  }

  /** Needs `fitsRow`. */
  write(row: number, record: BlockRecord): void {
    const doubles = this.#doubles;
    const double = row * DOUBLES;
    doubles[double + Double.time] = record.time;
    doubles[double + Double.status] = record.status;
    doubles[double + Double.requestBytes] = record.requestBytes;
    doubles[double + Double.replyBytes] = record.replyBytes;
    doubles[double + Double.sequence] = record.sequence;
    doubles[double + Double.planVersion] = record.planVersion;
    doubles[double + Double.retries] = record.retries;
    const integers = this.#integers;
    const integer = row * INTEGERS;
    integers[integer + Integer.lineLength] = record.lineLength;
    integers[integer + Integer.methodLength] = record.methodLength;
    integers[integer + Integer.authorityLength] = record.authorityLength;
    integers[integer + Integer.requestHeadBytes] = record.requestHeadBytes;
    integers[integer + Integer.flags] =
      (record.sampled ? SAMPLED : 0) |
      (record.reused ? REUSED : 0) |
      (record.hasBody ? HAS_BODY : 0) |
      ((record.ending === "" ? 0 : ENDINGS.indexOf(record.ending) + 1) << ENDING_SHIFT) |
      ((record.closedBy === "" ? 0 : CLOSERS.indexOf(record.closedBy) + 1) << CLOSED_BY_SHIFT);
    record.copyBlock(this.#bytes, row * ROW_LENGTH + BLOCK_AT);
    const texts = this.#texts;
    const text = row * TEXTS;
    // To store is cheaper than to find out that it is not needed: a comparison waits for the memory, a store does not.
    texts[text + Text.clientAddress] = record.clientAddress;
    texts[text + Text.peerAddress] = record.peerAddress;
    texts[text + Text.scheme] = record.scheme;
    texts[text + Text.protocol] = record.protocol;
    texts[text + Text.source] = record.source;
    texts[text + Text.route] = record.route;
    texts[text + Text.pool] = record.pool;
    texts[text + Text.target] = record.target;
    texts[text + Text.pickReason] = record.pickReason;
    texts[text + Text.fault] = record.fault;
    texts[text + Text.faultDetail] = record.faultDetail;
    texts[text + Text.userAgent] = record.userAgent;
    texts[text + Text.referer] = record.referer;
    texts[text + Text.serverTiming] = record.serverTiming;
    texts[text + Text.note] = record.note;
  }

  hasTraceId(row: number, id: Buffer): boolean {
    const at = row * ROW_LENGTH + BLOCK_AT + IDS_AT;
    return this.#bytes.compare(id, 0, TRACE_ID_LENGTH, at, at + TRACE_ID_LENGTH) === 0;
  }

  /** A fresh record of what was written. */
  read(row: number): TraceRecord {
    const record = new TraceRecord();
    this.#readBlock(row, record);
    this.#readNumbers(row, record);
    this.#readTexts(row, record);
    return record;
  }

  #readBlock(row: number, record: TraceRecord): void {
    const integer = row * INTEGERS;
    const at = row * ROW_LENGTH + BLOCK_AT;
    const stampsAt = at / Float64Array.BYTES_PER_ELEMENT;
    record.stamps.set(this.#doubles.subarray(stampsAt, stampsAt + STAMP_COUNT));
    this.#bytes.copy(record.ids, 0, at + IDS_AT, at + IDS_AT + IDS_LENGTH);
    record.lineLength = this.#integers[integer + Integer.lineLength]!;
    record.line = this.#part(at + LINE_AT, record.lineLength);
    record.methodLength = this.#integers[integer + Integer.methodLength]!;
    record.authorityLength = this.#integers[integer + Integer.authorityLength]!;
    record.authority = this.#part(at + AUTHORITY_AT, record.authorityLength);
  }

  #readNumbers(row: number, record: TraceRecord): void {
    const double = row * DOUBLES;
    record.time = this.#doubles[double + Double.time]!;
    record.status = this.#doubles[double + Double.status]!;
    record.requestBytes = this.#doubles[double + Double.requestBytes]!;
    record.replyBytes = this.#doubles[double + Double.replyBytes]!;
    record.sequence = this.#doubles[double + Double.sequence]!;
    record.planVersion = this.#doubles[double + Double.planVersion]!;
    record.retries = this.#doubles[double + Double.retries]!;
    const flags = this.#integers[row * INTEGERS + Integer.flags]!;
    record.sampled = (flags & SAMPLED) !== 0;
    record.reused = (flags & REUSED) !== 0;
    record.hasBody = (flags & HAS_BODY) !== 0;
    record.requestHeadBytes = this.#integers[row * INTEGERS + Integer.requestHeadBytes]!;
    record.ending = ENDINGS[((flags >> ENDING_SHIFT) & ENDING_MASK) - 1] ?? "";
    record.closedBy = CLOSERS[(flags >> CLOSED_BY_SHIFT) - 1] ?? "";
  }

  #readTexts(row: number, record: TraceRecord): void {
    const texts = this.#texts;
    const text = row * TEXTS;
    record.clientAddress = texts[text + Text.clientAddress]!;
    record.peerAddress = texts[text + Text.peerAddress]!;
    record.scheme = texts[text + Text.scheme]!;
    record.protocol = texts[text + Text.protocol]!;
    record.source = texts[text + Text.source]! as ReplySource;
    record.route = texts[text + Text.route]!;
    record.pool = texts[text + Text.pool]!;
    record.target = texts[text + Text.target]!;
    record.pickReason = texts[text + Text.pickReason]! as PickReason | "";
    record.fault = texts[text + Text.fault]! as FaultCode | null;
    record.faultDetail = texts[text + Text.faultDetail]!;
    record.userAgent = texts[text + Text.userAgent]!;
    record.referer = texts[text + Text.referer]!;
    record.serverTiming = texts[text + Text.serverTiming]!;
    record.note = texts[text + Text.note]!;
  }

  #part(at: number, length: number): Buffer {
    const part = Buffer.allocUnsafeSlow(length);
    this.#bytes.copy(part, 0, at, at + length);
    return part;
  }
}
