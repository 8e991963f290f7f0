/**
 * The one reader of DNS messages (RFC 1035 §4): steps over header, questions and records, and takes names and data out
 * of them. It is used again for the next message, allocates nothing and throws nothing: a step that the bytes do not
 * allow answers false (-1 where it gives a length), and `problem` says why. Nothing behind that can be relied on.
 *
 * Bounds: nothing outside of the message is read; names have 255 bytes at most and their pointers lead strictly
 * backwards, so that none can loop; data has at most the 65,535 bytes that RDLENGTH can say, also uncompressed.
 */
import { MAX_LABELS, MAX_NAME } from "./name.ts";
import { RDATA_FORMAT } from "./rdata-format.ts";
import { fieldEnd } from "./rdata-walk.ts";

/** Size of the header. */
export const HEADER = 12;
/** RFC 1035 §3.2.1: RDLENGTH is 16 bits. */
export const MAX_DATA = 0xffff;
/** Type, class, TTL and RDLENGTH. */
const RECORD_HEAD = 10;

const NOTHING = new Uint8Array(0);
const AS_IT_IS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => byte);

export class MessageCursor {
  /** The buffer of the message, which is bytes [start, end) of it. All offsets are the buffer's. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Where the next question or record begins. */
  at = 0;
  /** Why the last step could not be taken. */
  problem = "";

  // ---- the header
  id = 0;
  /** Its second word. */
  flags = 0;
  questions = 0;
  answers = 0;
  authority = 0;
  additional = 0;

  // ---- the question or record that was stepped over last
  /** Where it begins, with its name. */
  owner = 0;
  type = 0;
  class = 0;
  /** As it stands there: for OPT the extended flags. */
  ttl = 0;
  dataStart = 0;
  dataEnd = 0;

  /** After `readName`: one past the name where it stands. */
  nameEnd = 0;
  /** And what it is made of: where each label begins, from the beginning of the name; at index `labels` the root. */
  labels = 0;
  readonly labelStart: Uint8Array = new Uint8Array(MAX_LABELS + 1);

  /** Reads the header and stands behind it. */
  open(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.at = start + HEADER;
    if (end - start < HEADER) return stop(this, "a message is shorter than its header");
    this.id = word(bytes, start);
    this.flags = word(bytes, start + 2);
    this.questions = word(bytes, start + 4);
    this.answers = word(bytes, start + 6);
    this.authority = word(bytes, start + 8);
    this.additional = word(bytes, start + 10);
    return true;
  }

  /** Steps over a question. */
  question(): boolean {
    const head = this.skipName(this.at);
    return head >= 0 && this.questionBehind(head);
  }

  /** The same for one whose name was read already, and ends at `head`. */
  questionBehind(head: number): boolean {
    const { bytes } = this;
    if (head + 4 > this.end) return stop(this, "a question is cut off");
    this.owner = this.at;
    this.type = word(bytes, head);
    this.class = word(bytes, head + 2);
    this.at = head + 4;
    return true;
  }

  /** Steps over a record. */
  record(): boolean {
    const { bytes, at, end } = this;
    const head = this.skipName(at);
    if (head < 0) return false;
    if (head + RECORD_HEAD > end) return stop(this, "a record is cut off");
    const dataStart = head + RECORD_HEAD;
    const dataEnd = dataStart + word(bytes, head + 8);
    if (dataEnd > end) return stop(this, "a record's data is cut off");
    this.owner = at;
    this.type = word(bytes, head);
    this.class = word(bytes, head + 2);
    this.ttl = word(bytes, head + 4) * 0x10000 + word(bytes, head + 6);
    this.dataStart = dataStart;
    this.dataEnd = dataEnd;
    this.at = dataEnd;
    return true;
  }

  /** Steps over all questions. */
  skipQuestions(): boolean {
    for (let left = this.questions; left > 0; left--) if (!this.question()) return false;
    return true;
  }

  /** One past the name at `start`, where it stands: pointers are not followed. */
  skipName(start: number): number {
    const { bytes, end } = this;
    let at = start;
    while (at < end) {
      const size = bytes[at]!;
      if (size === 0) return at + 1;
      if (size >= 0xc0) return at + 2 <= end ? at + 2 : fail(this, "a pointer is cut off");
      if (size > 63) return fail(this, "a label has an unknown form");
      at += size + 1;
    }
    return fail(this, at === end ? "a name is cut off" : "a label is cut off");
  }

  /**
   * Writes the name at `start` (RFC 1035 §4.1.4: it may be compressed) into `into` at `to`, uncompressed, each byte as
   * `letters` has it; `LOWER` gives lower case. Answers its length, and sets `nameEnd`, `labels`
   * and `labelStart`.
   */
  readName(start: number, into: Uint8Array, to = 0, letters: Uint8Array = AS_IT_IS): number {
    const { bytes, end, labelStart } = this;
    const room = to + MAX_NAME;
    const most = into.length < room ? into.length : room;
    let out = to;
    let labels = 0;
    let lowest = start;
    let behind = -1;
    let at = start;
    for (;;) {
      if (at >= end) return fail(this, "a name is cut off");
      const size = bytes[at]!;
      if (size <= 63) {
        const next = at + 1 + size;
        if (next > end) return fail(this, "a label is cut off");
        if (out + size + 1 > most) return fail(this, "a name is longer than 255 bytes");
        labelStart[labels] = out - to;
        into[out++] = size;
        at++;
        if (size === 0) break;
        labels++;
        while (at < next) into[out++] = letters[bytes[at++]!]!;
        continue;
      }
      if (size < 0xc0) return fail(this, "a label has an unknown form");
      if (at + 1 >= end) return fail(this, "a pointer is cut off");
      if (behind < 0) behind = at + 2;
      const target = this.start + (word(bytes, at) & 0x3fff);
      if (target >= lowest) return fail(this, "a pointer does not point backwards");
      if (target < this.start + HEADER) return fail(this, "a pointer leads into the header");
      lowest = target;
      at = target;
    }
    this.labels = labels;
    this.nameEnd = behind < 0 ? at : behind;
    return out - to;
  }

  /**
   * Writes the data of the last record into `into`, names uncompressed, and answers its length. Compression is accepted
   * wherever a name stands (RFC 3597 §4: be liberal). Of types without a known form the bytes are taken as they are.
   */
  readData(into: Uint8Array): number {
    const { bytes, dataStart, dataEnd } = this;
    const format = RDATA_FORMAT[this.type];
    let at = dataStart;
    let to = 0;
    if (format === undefined || !format.includes("name")) {
      if (dataEnd - at > into.length) return fail(this, "a record's data is too long");
      while (at < dataEnd) into[to++] = bytes[at++]!;
      return to;
    }
    for (const field of format) {
      if (field === "name") {
        const length = at < dataEnd ? this.readName(at, into, to) : fail(this, "a record's data ends within a name");
        if (length < 0) return -1;
        to += length;
        at = this.nameEnd;
        // What a name takes from behind the data is not the record's.
        if (at > dataEnd) return fail(this, "a record's data ends within a name");
        continue;
      }
      const next = fieldEnd(field, bytes, at, dataEnd);
      if (next < 0) return fail(this, `a record's data ends within the ${field}`);
      if (to + next - at > into.length) return fail(this, "a record's data is too long");
      while (at < next) into[to++] = bytes[at++]!;
    }
    return at === dataEnd ? to : fail(this, "a record's data has another length than its type asks for");
  }
}

// Functions, not private methods: those are checked for at every call, which readers of names feel.

function stop(cursor: MessageCursor, problem: string): false {
  cursor.problem = problem;
  return false;
}

function fail(cursor: MessageCursor, problem: string): -1 {
  cursor.problem = problem;
  return -1;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
