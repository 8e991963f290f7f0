/** RRSIG records (RFC 4034 §3). */
import { putUint16, putUint32, uint16At, uint32At } from "../wire/integers.ts";
import { labelOffsets } from "../wire/name.ts";
import { canonicalSet } from "./canonical.ts";
import { signBytes, type SigningKey } from "./signing-key.ts";

/** What is signed: names in lower case, a wildcard as the wildcard. */
export interface SignedSet {
  readonly owner: Uint8Array;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** Data of its records in any order and case. */
  readonly records: readonly Uint8Array[];
}

/** When signatures hold: seconds since 1970. */
export interface SignatureTimes {
  readonly inception: number;
  readonly expiration: number;
}

/** Bytes of RRSIG data before the signer's name (RFC 4034 §3.1). */
export const SIGNER_AT = 18;
const CLASS_IN = 1;

/** Bytes of a signature: all algorithms that we sign with have so many (RFC 6605 §4, RFC 8080 §4). */
const SIGNATURE = 64;

/** RRSIG data for an RRset of the zone `apex`. */
export function signSet(apex: Uint8Array, set: SignedSet, key: SigningKey, times: SignatureTimes): Uint8Array {
  const head = SIGNER_AT + apex.length;
  const data = new Uint8Array(head + SIGNATURE);
  putUint16(data, 0, set.type);
  data[2] = key.algorithm;
  data[3] = labelCount(set.owner);
  putUint32(data, 4, set.ttl);
  putUint32(data, 8, times.expiration);
  putUint32(data, 12, times.inception);
  putUint16(data, 16, key.tag);
  data.set(apex, SIGNER_AT);
  data.set(signBytes(key, bytesToSign(data, head, set.owner, set)), head);
  return data;
}

/** RFC 4034 §3.1.3: without the root and without the `*` that begins a wildcard. */
export function labelCount(name: Uint8Array): number {
  const labels = labelOffsets(name).length;
  return name[0] === 1 && name[1] === 0x2a ? labels - 1 : labels;
}

/** Where what is signed is put together, so that a signature leaves no more than itself to be collected. */
let scratch = new Uint8Array(4_096);

/** RFC 4034 §3.1.8.1: the RRSIG's data without the signature, then the records in canonical form. It holds until the next call. */
export function bytesToSign(
  rrsig: Uint8Array,
  head: number,
  owner: Uint8Array,
  { type, records }: SignedSet,
): Uint8Array {
  const canonical = canonicalSet(type, records);
  let length = head;
  for (const data of canonical) length += owner.length + 10 + data.length;
  if (length > scratch.length) scratch = new Uint8Array(length);
  const bytes = scratch;
  let at = append(bytes, 0, rrsig, head);
  const ttl = uint32At(rrsig, 4);
  for (const data of canonical) {
    at = append(bytes, at, owner, owner.length);
    putUint16(bytes, at, type);
    putUint16(bytes, at + 2, CLASS_IN);
    putUint32(bytes, at + 4, ttl);
    putUint16(bytes, at + 8, data.length);
    at = append(bytes, at + 10, data, data.length);
  }
  return bytes.subarray(0, length);
}

/** Answers where it ends. */
function append(bytes: Uint8Array, at: number, source: Uint8Array, length: number): number {
  for (let index = 0; index < length; index++) bytes[at + index] = source[index]!;
  return at + length;
}

/** Whether the RRSIG data at `at` covers this type and is by this key. */
export function isSignatureOf(bytes: Uint8Array, at: number, type: number, algorithm: number, tag: number): boolean {
  return uint16At(bytes, at) === type && bytes[at + 2] === algorithm && uint16At(bytes, at + 16) === tag;
}

/** When the RRSIG data at `at` ends to hold: 32 bits, read as the nearest such time (RFC 4034 §3.1.5). */
export function expirationOf(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at + 8);
}
