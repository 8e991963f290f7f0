/** Writes answers as packets: header, the question as it came, records, OPT. One object, used again for each. */
import { HEADER } from "../wire/message-cursor.ts";
import type { DnsQuery } from "../wire/query.ts";
import { Flag, RecordType, ResponseCode } from "../wire/record-type.ts";
import { ROW } from "../zone/zone-data.ts";
import type { AuthoritativeZone } from "./authoritative-zone.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import { EdnsOptions } from "./edns-options.ts";

/** What we take and send over UDP: below it no path fragments (DNS flag day 2020). */
export const UDP_SIZE = 1_232;
/** OPT without options. */
const OPT_SIZE = 11;
/** Flags of the query that an answer repeats: RD and CD (RFC 1035 §4.1.1, RFC 6840 §5.6). */
const REPEATED = Flag.RD | Flag.CD;
/** The opcode, in the header's third byte. */
const OPCODE_BITS = 0x78;

export class PacketWriter {
  readonly options = new EdnsOptions();
  /** The last packet has TC. */
  truncated = false;
  readonly #query: DnsQuery;
  #start = 0;
  #out: Uint8Array = new Uint8Array(0);
  #at = 0;
  #most = 0;

  constructor(query: DnsQuery) {
    this.#query = query;
  }

  /** The query's packet began at `start`; the answer goes to `out` at `at` and has `most` bytes at most (512 or more). */
  begin(start: number, out: Uint8Array, at: number, most: number): void {
    this.#start = start;
    this.#out = out;
    this.#at = at;
    this.#most = most;
    this.truncated = false;
    this.options.reset();
  }

  /** An answer without records. Answers, as all others here do, the packet's length. */
  empty(code: number, flags: number): number {
    return this.#finish(this.#question(), code, flags, 0, 0, 0);
  }

  /** The RRset that `zone.find` left, with the query name as its owner. */
  set(zone: AuthoritativeZone): number {
    const { data, set } = zone;
    const out = this.#out;
    const { rows } = data;
    const row = set * ROW;
    const first = rows[row + 2]!;
    const last = rows[row + ROW + 2]!;
    const end = this.#at + this.#most - this.#optSize();
    const type = rows[row]!;
    const ttl = rows[row + 1]!;
    const source = data.data;
    let from = rows[row + 3]!;
    // Of a set of one record the row behind tells its end; of others each length is looked up.
    const alone = last - first === 1 ? rows[row + ROW + 3]! - from : -1;
    const question = this.#question();
    let to = question;
    for (let record = first; record < last; record++) {
      const length = alone < 0 ? data.dataLength[record]! : alone;
      if (to + 12 + length > end) return this.#finish(question, ResponseCode.NOERROR, Flag.AA | Flag.TC, 0, 0, 0);
      out[to] = 0xc0;
      out[to + 1] = HEADER;
      out[to + 2] = type >> 8;
      out[to + 3] = type;
      out[to + 4] = 0;
      out[to + 5] = 1;
      out[to + 6] = ttl >>> 24;
      out[to + 7] = ttl >>> 16;
      out[to + 8] = ttl >>> 8;
      out[to + 9] = ttl;
      out[to + 10] = length >> 8;
      out[to + 11] = length;
      to += 12;
      for (const until = from + length; from < until; from++) out[to++] = source[from]!;
    }
    return this.#finish(to, ResponseCode.NOERROR, Flag.AA, last - first, 0, 0);
  }

  compiled(answer: CompiledAnswer): number {
    const question = this.#question();
    const room = this.#at + this.#most - this.#optSize() - question;
    const { body, responseCode } = answer;
    const flags = answer.authoritative ? Flag.AA : 0;
    if (body.length <= room) {
      this.#copyBody(answer, body.length, question);
      const { answers, authority, additional } = answer;
      return this.#finish(question + body.length, responseCode, flags, answers, authority, additional);
    }
    // RFC 2181 §9: what is only there to help may be left out; glue is more than that (RFC 9471 §3.1).
    const length = answer.additionalStart;
    if (answer.needsAdditional || length > room) return this.#finish(question, responseCode, flags | Flag.TC, 0, 0, 0);
    this.#copyBody(answer, length, question);
    return this.#finish(question + length, responseCode, flags, answer.answers, answer.authority, 0);
  }

  #optSize(): number {
    return this.#query.edns ? OPT_SIZE + this.options.length : 0;
  }

  /** Repeats the question as it came, letters and all (0x20 hardening); answers the offset behind it. */
  #question(): number {
    const query = this.#query;
    const out = this.#out;
    const bytes = query.packet;
    const end = query.questionEnd;
    out[this.#at] = query.id >> 8;
    out[this.#at + 1] = query.id;
    let to = this.#at + HEADER;
    for (let from = this.#start + HEADER; from < end; from++) out[to++] = bytes[from]!;
    return to;
  }

  /** Copies the first `length` bytes of the answer and completes the compression pointers in them. */
  #copyBody(answer: CompiledAnswer, length: number, to: number): void {
    const { body, suffixPointers, bodyPointers } = answer;
    const out = this.#out;
    if (length > 48) out.set(length === body.length ? body : body.subarray(0, length), to);
    else for (let index = 0; index < length; index++) out[to + index] = body[index]!;
    for (let index = 0; index < suffixPointers.length; index++) {
      const pointer = to + suffixPointers[index]!;
      if (suffixPointers[index]! >= length) break;
      const suffix = (out[pointer]! << 8) | out[pointer + 1]!;
      const target = 0xc000 + HEADER + this.#query.nameLength - suffix;
      out[pointer] = target >> 8;
      out[pointer + 1] = target;
    }
    for (let index = 0; index < bodyPointers.length; index++) {
      const pointer = to + bodyPointers[index]!;
      if (bodyPointers[index]! >= length) break;
      const target = 0xc000 + (to - this.#at) + ((out[pointer]! << 8) | out[pointer + 1]!);
      out[pointer] = target >> 8;
      out[pointer + 1] = target;
    }
  }

  /** OPT and the header; records end at `end`. */
  #finish(end: number, code: number, flags: number, answers: number, authority: number, additional: number): number {
    const query = this.#query;
    const out = this.#out;
    const at = this.#at;
    let to = end;
    let records = additional;
    this.truncated = (flags & Flag.TC) !== 0;
    if (query.edns) {
      to = this.#opt(to, code);
      records++;
    }
    out[at + 2] = 0x80 | ((query.flags >> 8) & OPCODE_BITS) | ((flags | (query.flags & REPEATED)) >> 8);
    out[at + 3] = (query.flags & Flag.CD) | (code & 15);
    out[at + 4] = 0;
    out[at + 5] = query.questionEnd > this.#start + HEADER ? 1 : 0;
    out[at + 6] = answers >> 8;
    out[at + 7] = answers;
    out[at + 8] = authority >> 8;
    out[at + 9] = authority;
    out[at + 10] = records >> 8;
    out[at + 11] = records;
    return to - at;
  }

  #opt(at: number, code: number): number {
    const out = this.#out;
    out[at] = 0;
    out[at + 1] = 0;
    out[at + 2] = RecordType.OPT;
    out[at + 3] = UDP_SIZE >> 8;
    out[at + 4] = UDP_SIZE & 0xff;
    out[at + 5] = code >> 4;
    out[at + 6] = 0;
    out[at + 7] = this.#query.dnssecOk ? 0x80 : 0;
    out[at + 8] = 0;
    out[at + 9] = 0;
    out[at + 10] = 0;
    const { options } = this;
    const behind = at + OPT_SIZE;
    if (options.length === 0 && !options.padded) return behind;
    const end = options.write(out, behind, behind - this.#at, this.#most);
    const length = end - behind;
    out[at + 9] = length >> 8;
    out[at + 10] = length;
    return end;
  }
}
