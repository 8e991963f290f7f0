import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/**
 * Certificates for tests, written as DER by hand (X.509: RFC 5280): of any age, for any name, and no private key
 * lies about in the repository.
 */

export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** DNS names and IPv4 addresses. */
  readonly names: readonly string[];
  /** Days from now; may be negative. */
  readonly from?: number;
  readonly until?: number;
  /** Who signs; without it, it signs itself. */
  readonly issuer?: Authority;
}

export interface Authority extends TestCertificate {
  readonly name: string;
  readonly privateKey: KeyObject;
}

const DAY = 86_400_000;
const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const BASIC_CONSTRAINTS = "2.5.29.19";
const SUBJECT_ALT_NAME = "2.5.29.17";

export function makeAuthority(name: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const isAuthority = extension(BASIC_CONSTRAINTS, sequence(tlv(0x01, Buffer.from([0xff]))));
  const cert = certificate(name, publicKey, { name, privateKey }, [isAuthority], -1, 3650);
  return { name, privateKey, cert, key: pemOf(privateKey) };
}

export function makeCertificate(options: CertificateOptions): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = options.names[0] ?? "nobody";
  const issuer = options.issuer ?? { name, privateKey };
  const names = extension(SUBJECT_ALT_NAME, sequence(...options.names.map(generalName)));
  const cert = certificate(name, publicKey, issuer, [names], options.from ?? -1, options.until ?? 90);
  return { cert, key: pemOf(privateKey) };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" });
}

function certificate(
  subject: string,
  publicKey: KeyObject,
  issuer: { readonly name: string; readonly privateKey: KeyObject },
  extensions: readonly Buffer[],
  from: number,
  until: number,
): string {
  const algorithm = sequence(objectId(ECDSA_SHA256));
  const serial = Buffer.from([1, ...crypto.getRandomValues(new Uint8Array(8))]);
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(Date.now() + from * DAY), time(Date.now() + until * DAY + DAY / 2)),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", body, issuer.privateKey);
  const der = sequence(body, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function objectId(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split(".").map(Number) as [number, number, ...number[]];
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

function distinguishedName(name: string): Buffer {
  return sequence(tlv(0x31, sequence(objectId(COMMON_NAME), tlv(0x0c, Buffer.from(name)))));
}

/** GeneralizedTime. */
function time(at: number): Buffer {
  return tlv(0x18, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tlv(0x04, value));
}

/** RFC 5280 §4.2.1.6: dNSName or iPAddress. */
function generalName(name: string): Buffer {
  if (/^[\d.]+$/.test(name)) return tlv(0x87, Buffer.from(name.split(".").map(Number)));
  return tlv(0x82, Buffer.from(name));
}
