import { FieldId } from "../../contract/field-id.ts";
import {
  FIELD_FORWARDED,
  FIELD_ID,
  FIELD_STRIDE,
  MAX_FIELDS,
  NAME_END,
  NAME_START,
  VALUE_END,
  VALUE_START,
  type Head,
} from "../../contract/head.ts";
import {
  FIELD_NAME_INVALID,
  FIELD_OF_CONNECTION,
  FIELD_TOO_LONG,
  FIELD_VALUE_INVALID,
  FIELDS_TOO_MANY,
  HEAD_TOO_LARGE,
} from "../fault-numbers.ts";
import type { HeadLimits } from "../head-limits.ts";
import { COLON, CR, FIELD_VALUE, HTAB, LF, NAME_CHARACTER, SEMICOLON, SP, UNDERSCORE } from "./characters.ts";
import { fieldId, isToken, token } from "./field-name.ts";
import { DROPPED, gatherRuns, growTables, isHiddenName } from "./field-table.ts";

const TRAILERS = token("trailers");

/** RFC 9113 §8.2.2, RFC 9114 §4.2: such a field makes a message malformed. TE may say `trailers`. */
const OF_CONNECTION = new Uint8Array(256);
for (const id of [
  FieldId.connection,
  FieldId.transferEncoding,
  FieldId.upgrade,
  FieldId.keepAlive,
  FieldId.proxyConnection,
]) {
  OF_CONNECTION[id] = 1;
}

/** Bytes at first; grows up to `limits.head`. */
const FIRST_SIZE = 1_024;

/**
 * Writes fields that came decoded (HPACK, QPACK, or made by the edge) as canonical lines `name: value` into a buffer of
 * its own, noting each in the head's table as the HTTP/1.1 parser does, with the same refusals.
 */
export abstract class DecodedFields<H extends Head> {
  readonly head: H;
  protected bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  protected length = 0;
  #limits: HeadLimits = { requestLine: 0, field: 0, fields: 0, head: 0 };
  #dropped: Uint8Array = new Uint8Array(256);
  /** HTTP/2 and 3: names in lower case, nothing of a connection, no white space around values. */
  #strict = true;
  /** Offset of the Cookie field, -1 when there is none. */
  #cookie = -1;

  constructor(head: H) {
    this.head = head;
  }

  protected get limits(): HeadLimits {
    return this.#limits;
  }

  protected reset(limits: HeadLimits, dropped: Uint8Array, strict: boolean): void {
    this.#limits = limits;
    this.#dropped = dropped;
    this.#strict = strict;
    this.#cookie = -1;
    this.length = 0;
    this.head.start = 0;
    this.head.fieldCount = 0;
  }

  /**
   * Adds a field; `value` is its bytes [start, end). The name is a regular one: pseudo-fields are the codec's.
   * @returns 0, or a negative fault; then the head is of no use.
   */
  field(name: Buffer, value: Buffer, start = 0, end: number = value.length): number {
    const underscored = nameKind(name, this.#strict);
    if (underscored < 0) return FIELD_NAME_INVALID;
    if (!isValue(value, start, end, this.#strict)) return FIELD_VALUE_INVALID;
    const id = fieldId(name, 0, name.length);
    if (this.#strict) {
      if (OF_CONNECTION[id] === 1) return FIELD_OF_CONNECTION;
      if (id === FieldId.te && !isToken(value, start, end, TRAILERS)) return FIELD_OF_CONNECTION;
      if (id === FieldId.cookie) {
        // RFC 9113 §8.2.3: crumbs of one field, which only HTTP/2 and 3 may cut.
        if (this.#cookie >= 0) return this.#joinCookie(value, start, end);
        this.#cookie = this.head.fieldCount * FIELD_STRIDE;
      }
    }
    return this.line(name, value, start, end, id, underscored === 1);
  }

  /** Writes a line that is known to be valid. @returns 0, or a negative fault: a limit. */
  protected line(name: Buffer, value: Buffer, start: number, end: number, id: FieldId, underscored: boolean): number {
    const { head } = this;
    const limits = this.#limits;
    const size = name.length + 2 + end - start;
    if (head.fieldCount >= limits.fields || head.fieldCount >= MAX_FIELDS) return FIELDS_TOO_MANY;
    if (size > limits.field) return FIELD_TOO_LONG;
    if (!this.reserve(size + 2)) return HEAD_TOO_LARGE;
    if (head.fieldCount * FIELD_STRIDE === head.offsets.length) growTables(head);
    const { bytes } = this;
    const { offsets } = head;
    const entry = head.fieldCount++ * FIELD_STRIDE;
    let at = this.length;
    offsets[entry + NAME_START] = at;
    at += name.copy(bytes, at);
    offsets[entry + NAME_END] = at;
    bytes[at++] = COLON;
    bytes[at++] = SP;
    offsets[entry + VALUE_START] = at;
    at += value.copy(bytes, at, start, end);
    offsets[entry + VALUE_END] = at;
    offsets[entry + FIELD_ID] = id;
    const drop = this.#dropped[id]!;
    const hidden = drop !== 0 && (drop === DROPPED || isHiddenName(name, 0, name.length, underscored, limits));
    offsets[entry + FIELD_FORWARDED] = hidden ? 0 : 1;
    this.length = endLine(bytes, at);
    return 0;
  }

  /** Ends the lines and fills in what the table tells. @returns false: the head is larger than it may be. */
  protected finish(): boolean {
    if (!this.reserve(0)) return false;
    const { head } = this;
    this.length = endLine(this.bytes, this.length);
    head.bytes = this.bytes;
    head.end = this.length;
    gatherRuns(head);
    return true;
  }

  /** Room for so many bytes and the empty line. False: the head would be larger than it may be. */
  protected reserve(size: number): boolean {
    const need = this.length + size + 2;
    if (need > this.#limits.head) return false;
    if (need > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(need * 2);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    return true;
  }

  /** Appends a crumb to the Cookie line, moving what stands behind it. */
  #joinCookie(value: Buffer, start: number, end: number): number {
    const { head } = this;
    const size = end - start + 2;
    const cookie = this.#cookie;
    if (head.offsets[cookie + VALUE_END]! + size - head.offsets[cookie + NAME_START]! > this.#limits.field)
      return FIELD_TOO_LONG;
    if (!this.reserve(size)) return HEAD_TOO_LARGE;
    const { bytes } = this;
    const { offsets } = head;
    let at = offsets[cookie + VALUE_END]!;
    bytes.copyWithin(at + size, at, this.length);
    this.length += size;
    bytes[at++] = SEMICOLON;
    bytes[at++] = SP;
    at += value.copy(bytes, at, start, end);
    offsets[cookie + VALUE_END] = at;
    for (let entry = cookie + FIELD_STRIDE; entry < head.fieldCount * FIELD_STRIDE; entry += FIELD_STRIDE) {
      for (let part = NAME_START; part <= VALUE_END; part++) offsets[entry + part]! += size;
    }
    return 0;
  }
}

/** 1: a field name with `_`, 0: one without, -1: no field name. RFC 9113 §8.2.1: `lower` has no capital letters. */
function nameKind(name: Buffer, lower: boolean): number {
  let kind = name.length === 0 ? -1 : 0;
  for (let i = 0; i < name.length; i++) {
    const byte = name[i]!;
    if (NAME_CHARACTER[byte] === 0 || (lower && byte >= 0x41 && byte <= 0x5a)) return -1;
    if (byte === UNDERSCORE) kind = 1;
  }
  return kind;
}

/** RFC 9110 §5.5: no control bytes. RFC 9113 §8.2.1: `bare` has no white space at either end. */
function isValue(bytes: Buffer, start: number, end: number, bare: boolean): boolean {
  for (let i = start; i < end; i++) if (FIELD_VALUE[bytes[i]!] === 0) return false;
  if (!bare || end === start) return true;
  const first = bytes[start];
  const last = bytes[end - 1];
  return first !== SP && first !== HTAB && last !== SP && last !== HTAB;
}

function endLine(bytes: Buffer, at: number): number {
  bytes[at] = CR;
  bytes[at + 1] = LF;
  return at + 2;
}
