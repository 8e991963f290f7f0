/** A certificate made for the occasion (RFC 5280): P-256, signed by itself, for whoever has none of an authority. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { parseNetwork } from "../bytes/address-set.ts";
import type { CertificatePair, CertificateSource } from "../contract/certificate-source.ts";
import {
  bitString,
  boolean,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from "./der.ts";

const DAY = 86_400_000;
/** Clocks of clients may be behind. */
const EARLIER = 3_600_000;

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
/** RFC 5280 appendix A: what a common name may have, characters. */
const MOST_IN_NAME = 64;
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/** Tags of GeneralName (RFC 5280 §4.2.1.6). */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

export interface SelfSignedOptions {
  /** Host names ("dns.shop.test", "*.shop.test") and IP addresses; at least one. */
  readonly names: readonly string[];
  /** Default 90. */
  readonly days?: number;
  /** Milliseconds since the epoch; default: the clock's. */
  readonly now?: number;
}

/** Makes a key and a certificate for it. @throws RangeError when there is no name. */
export function createSelfSigned({ names, days = 90, now = Date.now() }: SelfSignedOptions): CertificatePair {
  if (names.length === 0) throw new RangeError("a certificate needs a name");
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const name = sequence(set(sequence(objectIdentifier(COMMON_NAME), utf8String(names[0]!.slice(0, MOST_IN_NAME)))));
  const toBeSigned = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))),
    // RFC 5280 §4.1.2.2: positive, at most 20 bytes.
    integer(Uint8Array.of(1, ...randomBytes(15))),
    algorithm,
    name,
    sequence(time(new Date(now - EARLIER)), time(new Date(now + days * DAY))),
    name,
    spki,
    tagged(0xa3, sequence(...extensions(names, spki))),
  );
  const certificate = sequence(toBeSigned, algorithm, bitString(sign("sha256", toBeSigned, privateKey)));
  return {
    certificate: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

/** Such a certificate, made anew when a third of its time is left. */
export class SelfSignedSource implements CertificateSource {
  readonly #options: SelfSignedOptions;
  readonly #lifetime: number;
  readonly #listeners = new Set<() => void>();
  readonly #timer: Timer;
  #pair: CertificatePair;
  #made: number;

  /** @throws RangeError when there is no name. */
  constructor(options: SelfSignedOptions) {
    this.#options = options;
    this.#lifetime = (options.days ?? 90) * DAY;
    this.#made = options.now ?? Date.now();
    this.#pair = createSelfSigned({ ...options, now: this.#made });
    this.#timer = setInterval(() => this.renewWhenDue(Date.now()), DAY / 4);
    this.#timer.unref();
  }

  current(): CertificatePair {
    return this.#pair;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `now`: milliseconds since the epoch. */
  renewWhenDue(now: number): void {
    if (now - this.#made < (this.#lifetime * 2) / 3) return;
    this.#made = now;
    this.#pair = createSelfSigned({ ...this.#options, now });
    for (const listener of this.#listeners) listener();
  }

  /** It is renewed no more. */
  stop(): void {
    clearInterval(this.#timer);
  }
}

function extensions(names: readonly string[], spki: Uint8Array): Buffer[] {
  // RFC 5280 §4.2.1.2: of the key's bits, which are the last 65 bytes of a P-256 SPKI.
  const identifier = createHash("sha1").update(spki.subarray(-65)).digest();
  return [
    extension(SUBJECT_ALT_NAME, false, sequence(...names.map(generalName))),
    extension(BASIC_CONSTRAINTS, true, sequence()),
    // digitalSignature: the first bit.
    extension(KEY_USAGE, true, bitString(Uint8Array.of(0x80), 7)),
    extension(EXTENDED_KEY_USAGE, false, sequence(objectIdentifier(SERVER_AUTH))),
    extension(SUBJECT_KEY_IDENTIFIER, false, octetString(identifier)),
  ];
}

function extension(identifier: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octetString(value));
}

function generalName(name: string): Buffer {
  return isIP(name) === 0
    ? tagged(DNS_NAME, Buffer.from(name, "latin1"))
    : tagged(IP_ADDRESS, parseNetwork(name).bytes);
}

function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
