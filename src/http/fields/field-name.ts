import { FIELD_NAMES, type FieldId } from "../../contract/field-id.ts";
import { LOWER_BIT } from "./characters.ts";

/**
 * A perfect hash over the known names, from the length and three characters. The factors were found by search; a
 * new name that collides stops the program at start, and `field-name.test.ts` before that.
 */
const SLOTS = 128;
const IDS = new Uint8Array(SLOTS);
const NAMES: readonly Uint8Array[] = FIELD_NAMES.map((name) => (name === "" ? new Uint8Array(0) : token(name)));

function slot(length: number, first: number, last: number, beforeLast: number): number {
  return ((length * 7) ^ (first * 5) ^ (last * 7) ^ (beforeLast << 2)) & (SLOTS - 1);
}

for (let id = 1; id < NAMES.length; id++) {
  const name = NAMES[id]!;
  const at = slot(name.length, name[0]!, name[name.length - 1]!, name[name.length - 2]!);
  if (IDS[at] !== 0) throw new Error(`field names collide: ${FIELD_NAMES[id]} and ${FIELD_NAMES[IDS[at]!]}`);
  IDS[at] = id;
}

/** The number of the field name at [start, end), 0 for one that the edge does not know. The name is a valid token. */
export function fieldId(bytes: Buffer, start: number, end: number): FieldId {
  const length = end - start;
  const last = bytes[end - 1]! | LOWER_BIT;
  const id = IDS[slot(length, bytes[start]! | LOWER_BIT, last, bytes[end - 2]! | LOWER_BIT)]!;
  if (id === 0) return 0;
  const name = NAMES[id]!;
  if (name.length !== length) return 0;
  for (let i = 0; i < length; i++) {
    if ((bytes[start + i]! | LOWER_BIT) !== name[i]) return 0;
  }
  return id as FieldId;
}

/** A token to compare with: lower-case letters, digits and `-` only. */
export function token(text: string): Uint8Array {
  if (!/^[a-z0-9-]+$/.test(text)) throw new RangeError(`not a lower-case token: ${text}`);
  return new Uint8Array(Buffer.from(text));
}

/**
 * Bytes [start, end) are this token, in any case.
 *
 * Setting the case bit maps exactly one other character to each letter (its capital), but a few control characters
 * to digits and `-`; so the bytes must have been checked to be valid field content before.
 */
export function isToken(bytes: Buffer, start: number, end: number, wanted: Uint8Array): boolean {
  const length = end - start;
  if (length !== wanted.length) return false;
  for (let i = 0; i < length; i++) {
    if ((bytes[start + i]! | LOWER_BIT) !== wanted[i]) return false;
  }
  return true;
}
