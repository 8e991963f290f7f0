/** Reads the records of a message one after the other, names uncompressed, into memory that is used again. */
import { MAX_NAME } from "../wire/name.ts";
import { HEADER, skipName } from "../wire/query.ts";
import { rdataProblem } from "../wire/rdata-check.ts";
import { RDATA_FORMAT } from "../wire/rdata-format.ts";
import { fieldEnd } from "../wire/rdata-walk.ts";
import { RecordSource } from "./record-source.ts";

/** What is wrong with a message that came; nothing of it can be relied on. */
export class TransferError extends Error {
  override readonly name = "TransferError";
}

/** The longest data, and what names in it can grow by. */
const MAX_DATA = 0xffff;

export class RecordReader extends RecordSource {
  class = 0;
  /** The message's first question, if it has one: type and class, its name in `questionName`. */
  questionType = 0;
  questionClass = 0;
  questionName: Uint8Array = new Uint8Array(0);
  #message: Uint8Array = new Uint8Array(0);
  #at = 0;
  #left = 0;
  readonly #owner = new Uint8Array(MAX_NAME + 1);
  readonly #data = new Uint8Array(MAX_DATA);

  constructor() {
    super();
    this.owner = this.#owner;
    this.data = this.#data;
  }

  /** Begins with the answers of a message. @throws TransferError when its head or its questions are malformed. */
  open(message: Uint8Array): void {
    if (message.length < HEADER) throw new TransferError("a message is shorter than its header");
    this.#message = message;
    this.#left = word(message, 6);
    this.questionName = this.#owner.subarray(0, 0);
    this.#at = HEADER;
    for (let questions = word(message, 4), index = 0; index < questions; index++) {
      if (index === 0) this.questionName = this.#owner.slice(0, this.#name(this.#at, this.#owner, 0));
      const behind = skipName(message, this.#at, message.length);
      if (behind < 0 || behind + 4 > message.length) throw new TransferError("a question is cut off");
      if (index === 0) {
        this.questionType = word(message, behind);
        this.questionClass = word(message, behind + 2);
      }
      this.#at = behind + 4;
    }
  }

  /** Goes on behind the answers with the authority section: where an IXFR has its SOA. */
  includeAuthority(): void {
    this.#left += word(this.#message, 8);
  }

  /** The next record. @throws TransferError when it is malformed. */
  override next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const message = this.#message;
    this.ownerLength = this.#name(this.#at, this.#owner, 0);
    const head = skipName(message, this.#at, message.length);
    if (head + 10 > message.length) throw new TransferError("a record is cut off");
    this.type = word(message, head);
    this.class = word(message, head + 2);
    const ttl = word(message, head + 4) * 0x10000 + word(message, head + 6);
    // RFC 2181 §8: with the highest bit set it means 0.
    this.ttl = ttl > 0x7fffffff ? 0 : ttl;
    const start = head + 10;
    const end = start + word(message, head + 8);
    if (end > message.length) throw new TransferError("a record's data is cut off");
    this.#readData(start, end);
    this.#at = end;
    return true;
  }

  #readData(start: number, end: number): void {
    const message = this.#message;
    const format = RDATA_FORMAT[this.type];
    if (format === undefined || !format.includes("name")) {
      this.#data.set(message.subarray(start, end));
      this.dataEnd = end - start;
    } else {
      let at = start;
      let to = 0;
      for (const field of format) {
        if (field === "name") {
          if (at >= end) throw new TransferError("a record's data ends within a name");
          to += this.#name(at, this.#data, to);
          at = skipName(message, at, message.length);
          continue;
        }
        const next = fieldEnd(field, message, at, end);
        if (next < 0 || to + next - at > MAX_DATA) throw new TransferError(`a record's data ends within the ${field}`);
        while (at < next) this.#data[to++] = message[at++]!;
      }
      if (at !== end) throw new TransferError("a record's data has another length than its type asks for");
      this.dataEnd = to;
    }
    const problem = rdataProblem(this.type, this.#data, 0, this.dataEnd);
    if (problem !== "") throw new TransferError(`a record's data is not of its type: ${problem}`);
  }

  /** Uncompresses the name at `start` into `into` at `to`; answers its length. */
  #name(start: number, into: Uint8Array, to: number): number {
    const message = this.#message;
    const limit = Math.min(into.length, to + MAX_NAME);
    let out = to;
    let lowest = start;
    for (let at = start; ;) {
      if (at >= message.length) throw new TransferError("a name is cut off");
      const size = message[at]!;
      if ((size & 0xc0) === 0xc0) {
        const target = at + 1 < message.length ? word(message, at) & 0x3fff : 0;
        // Strictly backwards, so that none can loop.
        if (target < HEADER || target >= lowest) throw new TransferError("a compression pointer leads nowhere");
        lowest = target;
        at = target;
        continue;
      }
      if (size > 63 || at + 1 + size > message.length) throw new TransferError("a label is malformed");
      if (out + size + 1 > limit) throw new TransferError("a name is too long");
      for (let index = 0; index <= size; index++) into[out++] = message[at + index]!;
      if (size === 0) return out - to;
      at += size + 1;
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
