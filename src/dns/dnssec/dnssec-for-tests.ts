/** What validators, other name servers and their tools do, and we do not: for tests. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { ECDSA_P256_SHA256, ED25519 } from "../wire/algorithm.ts";
import { base32HexEncode } from "../wire/base32hex.ts";
import { formatName, labelOffsets, nameLength } from "../wire/name.ts";
import { uint16At, uint32At } from "../wire/integers.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { RecordType } from "../wire/record-type.ts";
import type { TimedKey } from "./key-times.ts";
import { nsec3Hash, type Nsec3Parameters } from "./nsec3-hash.ts";
import { bytesToSign, expirationOf, labelCount, SIGNER_AT, type SignatureTimes, type SignedSet } from "./signature.ts";
import type { SigningKey } from "./signing-key.ts";
import type { ZoneKeys } from "./zone-keys.ts";

/** All publish and sign. */
export function allKeys(keys: readonly SigningKey[]): ZoneKeys {
  return { publish: keys, sign: keys, parent: keys.filter(({ role }) => role !== "zsk") };
}

/** The label that a name's NSEC3 has (RFC 5155 §3). */
export function nsec3Label(name: Uint8Array, parameters: Nsec3Parameters): string {
  return base32HexEncode(nsec3Hash(name, parameters));
}

/** BIND's two files, for other tools: file name without its ending, and the text of each. */
export function formatBindKey(apex: Uint8Array, { key }: TimedKey): { base: string; key: string; private: string } {
  const zone = formatName(apex);
  const names = { 13: "ECDSAP256SHA256", 15: "ED25519" } as const;
  const number = String(key.algorithm).padStart(3, "0");
  return {
    base: `K${zone}+${number}+${String(key.tag).padStart(5, "0")}`,
    key: `${zone} IN DNSKEY ${formatRdata(RecordType.DNSKEY, key.dnskey)}\n`,
    private: [
      "Private-key-format: v1.3",
      `Algorithm: ${key.algorithm} (${names[key.algorithm]})`,
      `PrivateKey: ${Buffer.from(privateBytes(key)).toString("base64")}`,
      "",
    ].join("\n"),
  };
}

/** Whether RRSIG data was made by a key (DNSKEY data) for an RRset; its times are not looked at. Algorithms 13 and 15. */
export function isSignedBy(signature: Uint8Array, set: SignedSet, dnskey: Uint8Array): boolean {
  const { algorithm, labels, type, signer } = readSignature(signature);
  const key = dnskey[3] === algorithm && type === set.type ? publicKeyOf(dnskey) : null;
  const own = labelCount(set.owner);
  if (key === null || labels > own) return false;
  const head = SIGNER_AT + signer.length;
  const bytes = bytesToSign(signature, head, labels < own ? wildcardOf(set.owner, labels) : set.owner, set);
  const made = signature.subarray(head);
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
  return {
    type: uint16At(data, 0),
    algorithm: data[2]!,
    labels: data[3]!,
    ttl: uint32At(data, 4),
    expiration: expirationOf(data, 0),
    inception: uint32At(data, 12),
    tag: uint16At(data, 16),
    signer: data.slice(SIGNER_AT, SIGNER_AT + nameLength(data, SIGNER_AT)),
  };
}

/** The bare bytes of a private key. */
export function privateBytes(key: SigningKey): Uint8Array {
  return Buffer.from(key.privateKey.export({ format: "jwk" }).d ?? "", "base64url");
}
