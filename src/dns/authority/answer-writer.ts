import { HEADER } from "../wire/message-cursor.ts";
import { LOWER } from "../wire/name.ts";
import { mayCompress } from "../wire/rdata-format.ts";
import { namesIn } from "../wire/rdata-walk.ts";
import { ResponseCode } from "../wire/record-type.ts";
import { CompiledAnswer } from "./compiled-answer.ts";

/** Type and class behind the query name. */
const QUESTION_TAIL = 4;
/** RFC 1035 §4.1.4: a pointer has 14 bits. */
const MAX_POINTER = 0x3fff;
/** Room of the records in a message of 64 KiB, beside header, question and OPT. */
const MAX_BODY = 65_000;

export type Section = "answer" | "authority" | "additional";

/** Writes records behind a question, names compressed (RFC 1035 §4.1.4, letters without regard to case). */
export class AnswerWriter {
  responseCode: number = ResponseCode.NOERROR;
  authoritative = true;
  needsAdditional = false;
  /** Where the CNAMEs written lead to, in lower case. */
  readonly targets: Uint8Array[] = [];
  /** The query name is known, not only what it ends with. */
  readonly exact: boolean;
  /** What no message can hold is left out: the additional section, or else everything. */
  #overflown: Section | "" = "";
  /** What is known of the query name: all of it, or the suffix that every name with this answer ends with. */
  readonly #known: Uint8Array;
  #bytes = new Uint8Array(512);
  #length = 0;
  readonly #counts = { answer: 0, authority: 0, additional: 0 };
  #additionalStart = -1;
  readonly #suffixPointers: number[] = [];
  readonly #bodyPointers: number[] = [];
  /** Offset in the body of each name suffix written, by its lower-case bytes as Latin-1 text. */
  readonly #written = new Map<string, number>();
  /** Offset in `#known` of each of its suffixes. */
  readonly #inQuestion = new Map<string, number>();

  /** `known` in lower case. */
  constructor(known: Uint8Array, exact: boolean) {
    this.#known = known;
    this.exact = exact;
    for (let at = 0; known[at] !== 0; at += known[at]! + 1) {
      this.#inQuestion.set(Buffer.from(known.subarray(at)).latin1Slice(), at);
    }
  }

  get records(): number {
    return this.#counts.answer + this.#counts.authority + this.#counts.additional;
  }

  /** The owner is the query name itself when `owner` is null. Data in wire form, names uncompressed. */
  record(section: Section, owner: Uint8Array | null, type: number, ttl: number, data: Uint8Array): void {
    if (this.#overflown !== "") return;
    if (section === "additional" && this.#additionalStart < 0) this.#additionalStart = this.#length;
    if (owner === null) this.#uint16(0xc000 | HEADER);
    else this.#name(owner, true);
    this.#uint16(type);
    this.#uint16(1);
    this.#uint16(ttl >>> 16);
    this.#uint16(ttl & 0xffff);
    const lengthAt = this.#length;
    this.#uint16(0);
    this.#data(type, data);
    const length = this.#length - lengthAt - 2;
    this.#bytes[lengthAt] = length >> 8;
    this.#bytes[lengthAt + 1] = length & 0xff;
    if (this.#length > MAX_BODY) {
      this.#overflow(section);
      return;
    }
    this.#counts[section]++;
  }

  /** RFC 2181 §9: an RRset is never given in part. */
  #overflow(section: Section): void {
    this.#overflown = section;
    const isExtra = section === "additional" && !this.needsAdditional;
    const end = isExtra ? this.#additionalStart : 0;
    this.#length = end;
    this.#counts.additional = 0;
    if (isExtra) return;
    this.#counts.answer = 0;
    this.#counts.authority = 0;
    this.#additionalStart = -1;
    this.#suffixPointers.length = 0;
    this.#bodyPointers.length = 0;
    this.responseCode = ResponseCode.SERVFAIL;
  }

  finish(): CompiledAnswer {
    return new CompiledAnswer({
      body: this.#bytes.slice(0, this.#length),
      responseCode: this.responseCode,
      authoritative: this.authoritative,
      answers: this.#counts.answer,
      authority: this.#counts.authority,
      additional: this.#counts.additional,
      additionalStart: this.#additionalStart < 0 ? this.#length : this.#additionalStart,
      needsAdditional: this.needsAdditional,
      suffixPointers: this.#within(this.#suffixPointers),
      bodyPointers: this.#within(this.#bodyPointers),
      chain: this.targets.length === 0 ? null : { targets: this.targets, settled: -1 },
    });
  }

  /** Those that are still there. */
  #within(pointers: readonly number[]): Uint16Array {
    return Uint16Array.from(pointers.filter((pointer) => pointer < this.#length));
  }

  #data(type: number, data: Uint8Array): void {
    const names = mayCompress(type) ? namesIn(type, data, 0, data.length) : null;
    if (names === null) {
      this.#copy(data, 0, data.length);
      return;
    }
    let at = 0;
    for (let index = 0; index < names.length; index += 2) {
      const start = names[index]!;
      const end = names[index + 1]!;
      this.#copy(data, at, start);
      this.#name(data.subarray(start, end), true);
      at = end;
    }
    this.#copy(data, at, data.length);
  }

  #name(name: Uint8Array, compress: boolean): void {
    const text = Buffer.from(name.map((byte) => LOWER[byte]!)).latin1Slice();
    let at = 0;
    for (; name[at] !== 0; at += name[at]! + 1) {
      const suffix = text.slice(at);
      if (compress && this.#pointTo(suffix, name, at)) return;
      const offset = this.#length + at;
      if (offset <= MAX_POINTER - 512) this.#written.set(suffix, offset);
    }
    this.#copy(name, 0, at + 1);
  }

  /** Writes the labels before `at` and a pointer for the rest, when that stands somewhere already. */
  #pointTo(suffix: string, name: Uint8Array, at: number): boolean {
    const question = this.#inQuestion.get(suffix);
    if (question !== undefined) {
      this.#copy(name, 0, at);
      if (this.exact) {
        this.#uint16(0xc000 | (HEADER + question));
      } else {
        this.#suffixPointers.push(this.#length);
        this.#uint16(this.#known.length - question);
      }
      return true;
    }
    const written = this.#written.get(suffix);
    if (written === undefined) return false;
    this.#copy(name, 0, at);
    if (this.exact) {
      this.#uint16(0xc000 | (HEADER + this.#known.length + QUESTION_TAIL + written));
    } else {
      this.#bodyPointers.push(this.#length);
      this.#uint16(written);
    }
    return true;
  }

  #uint16(value: number): void {
    this.#reserve(2);
    this.#bytes[this.#length++] = value >> 8;
    this.#bytes[this.#length++] = value & 0xff;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    for (let at = start; at < end; at++) this.#bytes[this.#length++] = bytes[at]!;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#length + count, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
