/** RRSIG records (RFC 4034 §3): made, and checked. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { ECDSA_P256_SHA256, ED25519 } from "../wire/algorithm.ts";
import { labelOffsets, nameLength } from "../wire/name.ts";
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
const FIXED = 18;
const CLASS_IN = 1;

/** RRSIG data for an RRset of the zone `apex`. */
export function signSet(apex: Uint8Array, set: SignedSet, key: SigningKey, times: SignatureTimes): Uint8Array {
  const head = new Uint8Array(FIXED + apex.length);
  const view = new DataView(head.buffer);
  view.setUint16(0, set.type);
  view.setUint8(2, key.algorithm);
  view.setUint8(3, labelCount(set.owner));
  view.setUint32(4, set.ttl);
  view.setUint32(8, times.expiration);
  view.setUint32(12, times.inception);
  view.setUint16(16, key.tag);
  head.set(apex, FIXED);
  const signature = signBytes(key, bytesToSign(head, set.owner, set));
  const data = new Uint8Array(head.length + signature.length);
  data.set(head);
  data.set(signature, head.length);
  return data;
}

/** RFC 4034 §3.1.3: without the root and without the `*` that begins a wildcard. */
export function labelCount(name: Uint8Array): number {
  const labels = labelOffsets(name).length;
  return name[0] === 1 && name[1] === 0x2a ? labels - 1 : labels;
}

/** RFC 4034 §3.1.8.1: the RRSIG's data without the signature, then the records in canonical form. */
function bytesToSign(head: Uint8Array, owner: Uint8Array, { type, records }: SignedSet): Uint8Array {
  const canonical = canonicalSet(type, records);
  let length = head.length;
  for (const data of canonical) length += owner.length + 10 + data.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(head);
  let at = head.length;
  const ttl = new DataView(head.buffer, head.byteOffset).getUint32(4);
  for (const data of canonical) {
    bytes.set(owner, at);
    at += owner.length;
    view.setUint16(at, type);
    view.setUint16(at + 2, CLASS_IN);
    view.setUint32(at + 4, ttl);
    view.setUint16(at + 8, data.length);
    bytes.set(data, at + 10);
    at += 10 + data.length;
  }
  return bytes;
}

/** Fields of RRSIG data. */
export interface SignatureFields extends SignatureTimes {
  readonly type: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly ttl: number;
  readonly tag: number;
  readonly signer: Uint8Array;
}

export function readSignature(data: Uint8Array): SignatureFields {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return {
    type: view.getUint16(0),
    algorithm: view.getUint8(2),
    labels: view.getUint8(3),
    ttl: view.getUint32(4),
    expiration: view.getUint32(8),
    inception: view.getUint32(12),
    tag: view.getUint16(16),
    signer: data.slice(FIXED, FIXED + nameLength(data, FIXED)),
  };
}

/** Whether RRSIG data was made by a key (DNSKEY data) for an RRset; its times are not looked at. Algorithms 13 and 15. */
export function isSignedBy(signature: Uint8Array, set: SignedSet, dnskey: Uint8Array): boolean {
  const { algorithm, labels, type, signer } = readSignature(signature);
  const key = dnskey[3] === algorithm && type === set.type ? publicKeyOf(dnskey) : null;
  const own = labelCount(set.owner);
  if (key === null || labels > own) return false;
  const head = signature.subarray(0, FIXED + signer.length);
  const bytes = bytesToSign(head.slice(), labels < own ? wildcardOf(set.owner, labels) : set.owner, set);
  const made = signature.subarray(head.length);
  if (algorithm === ED25519) return verify(null, bytes, key, made);
  return verify("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }, made);
}

/** RFC 4035 §5.3.2: the wildcard that a name was made of, when its signature has fewer labels. */
function wildcardOf(name: Uint8Array, labels: number): Uint8Array {
  const offsets = labelOffsets(name);
  const at = offsets[offsets.length - labels] ?? name.length - 1;
  return Uint8Array.of(1, 0x2a, ...name.subarray(at));
}

function publicKeyOf(dnskey: Uint8Array): KeyObject | null {
  const text = (start: number, end?: number): string => Buffer.from(dnskey.subarray(start, end)).toString("base64url");
  try {
    if (dnskey[3] === ED25519) {
      return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text(4) }, format: "jwk" });
    }
    if (dnskey[3] !== ECDSA_P256_SHA256) return null;
    return createPublicKey({ key: { kty: "EC", crv: "P-256", x: text(4, 36), y: text(36) }, format: "jwk" });
  } catch {
    // Bytes that are no point of the curve are no key.
    return null;
  }
}
