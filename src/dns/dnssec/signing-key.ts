/** Keys that sign zones: made, taken apart, named. */
import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { ECDSA_P256_SHA256, ED25519 } from "../wire/algorithm.ts";

/** RFC 6605, RFC 8080: small, quick, and what RFC 8624 recommends. */
export type SigningAlgorithm = typeof ECDSA_P256_SHA256 | typeof ED25519;

/**
 * `ksk`: signs the DNSKEY set, and the parent's DS names it. `zsk`: signs the rest. `csk`: does both (RFC 6781 §3.1).
 */
export type KeyRole = "ksk" | "zsk" | "csk";

/** DNSKEY flags (RFC 4034 §2.1.1): zone key, secure entry point. */
export const ZONE_KEY = 0x0100;
export const ENTRY_POINT = 0x0001;
/** RFC 4034 §2.1.2. */
const PROTOCOL = 3;

export interface SigningKey {
  readonly algorithm: SigningAlgorithm;
  readonly role: KeyRole;
  /** DNSKEY data. */
  readonly dnskey: Uint8Array;
  /** RFC 4034 Appendix B. */
  readonly tag: number;
  readonly privateKey: KeyObject;
}

export function isSigningAlgorithm(algorithm: number): algorithm is SigningAlgorithm {
  return algorithm === ECDSA_P256_SHA256 || algorithm === ED25519;
}

export function generateKey(algorithm: SigningAlgorithm, role: KeyRole): SigningKey {
  const { privateKey } =
    algorithm === ED25519 ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return signingKey(privateKey, role);
}

/** @throws TypeError when the key is of another kind than P-256 or Ed25519. */
export function signingKey(privateKey: KeyObject, role: KeyRole): SigningKey {
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: "jwk" });
  const isEd25519 = kty === "OKP" && crv === "Ed25519";
  if (!isEd25519 && !(kty === "EC" && crv === "P-256")) {
    throw new TypeError(`a key of the kind ${crv ?? kty ?? "unknown"} cannot sign: P-256 and Ed25519 can`);
  }
  const algorithm = isEd25519 ? ED25519 : ECDSA_P256_SHA256;
  // RFC 6605 §4: x and y; RFC 8080 §3: the key as it is.
  const publicKey = Buffer.concat([Buffer.from(x ?? "", "base64url"), Buffer.from(y ?? "", "base64url")]);
  const flags = role === "zsk" ? ZONE_KEY : ZONE_KEY | ENTRY_POINT;
  const dnskey = Uint8Array.of(flags >> 8, flags & 0xff, PROTOCOL, algorithm, ...publicKey);
  return { algorithm, role, dnskey, tag: keyTag(dnskey), privateKey };
}

/** RFC 4034 Appendix B, of DNSKEY data. */
export function keyTag(dnskey: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < dnskey.length; at++) sum += (at & 1) === 0 ? dnskey[at]! << 8 : dnskey[at]!;
  return (sum + (sum >>> 16)) & 0xffff;
}

/** DS digests (RFC 4509, RFC 6605 §2). */
export const DS_SHA256 = 2;
export const DS_SHA384 = 4;

/** DS data that names a key of the zone `apex` (lower case). CDS has the same (RFC 7344 §3.1). */
export function dsOf(apex: Uint8Array, dnskey: Uint8Array, digest: typeof DS_SHA256 | typeof DS_SHA384): Uint8Array {
  const hash = createHash(digest === DS_SHA256 ? "sha256" : "sha384")
    .update(apex)
    .update(dnskey)
    .digest();
  const tag = keyTag(dnskey);
  return Uint8Array.of(tag >> 8, tag & 0xff, dnskey[3]!, digest, ...hash);
}

/** A signature as RRSIG has it: 64 bytes (RFC 6605 §4, RFC 8080 §4). */
export function signBytes(key: SigningKey, bytes: Uint8Array): Uint8Array {
  if (key.algorithm === ED25519) return sign(null, bytes, key.privateKey);
  return sign("sha256", bytes, { key: key.privateKey, dsaEncoding: "ieee-p1363" });
}

/** DER in front of the 32 bytes of an Ed25519 key (RFC 8410 §7). */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const PRIVATE_SIZE = 32;

/** A private key from its bare bytes, as BIND's files have them. @throws TypeError when there are not 32 of them. */
export function privateKeyOf(algorithm: SigningAlgorithm, bytes: Uint8Array): KeyObject {
  if (bytes.length !== PRIVATE_SIZE)
    throw new TypeError(`a private key has ${PRIVATE_SIZE} bytes, not ${bytes.length}`);
  if (algorithm === ED25519) {
    return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, bytes]), format: "der", type: "pkcs8" });
  }
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(bytes);
  const point = curve.getPublicKey();
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: Buffer.from(bytes).toString("base64url"),
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  };
  return createPrivateKey({ key: jwk, format: "jwk" });
}
