/**
 * Certificates of TLS servers (RFC 5280) with a key each: P-256, signed by themselves or by an authority. Import it
 * when a certificate is to be made and not before: its libraries take tens of milliseconds to load.
 */
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type Extension,
} from "@peculiar/x509";
import { isIP } from "node:net";
import type { CertificatePair } from "../contract/certificate-source.ts";

const KEY: EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };
/** RFC 5280 appendix A: what a common name may have, characters. */
const MOST_IN_NAME = 64;

/** Who signs for others. */
export interface Authority extends CertificatePair {
  readonly name: Name;
  readonly signingKey: CryptoKey;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface ServerCertificateOptions extends Validity {
  /** Host names ("dns.shop.test", "*.shop.test") and IP addresses; at least one. The first is the common name too. */
  readonly names: readonly string[];
  /** Without one, the certificate signs itself. */
  readonly issuer?: Authority;
}

/** @throws RangeError when there is no name. */
export async function issueServerCertificate(options: ServerCertificateOptions): Promise<CertificatePair> {
  const { names, issuer } = options;
  if (names.length === 0) throw new RangeError("a certificate needs a name");
  const keys = await makeKeys();
  const subject = commonName(names[0]!.slice(0, MOST_IN_NAME));
  const usage = [
    new SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
    ),
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
  ];
  const authority = issuer ?? { name: subject, signingKey: keys.privateKey };
  return sign(keys, subject, authority, options, usage);
}

export async function createAuthority(name: string, validity: Validity): Promise<Authority> {
  const keys = await makeKeys();
  const self = { name: commonName(name), signingKey: keys.privateKey };
  const usage = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ];
  return { ...self, ...(await sign(keys, self.name, self, validity, usage)) };
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
}

/** As UTF-8 whatever it holds: "*" and "_" are outside of PrintableString. */
function commonName(name: string): Name {
  return new Name([{ CN: [{ utf8String: name }] }]);
}

async function sign(
  { publicKey, privateKey }: CryptoKeyPair,
  subject: Name,
  authority: Pick<Authority, "name" | "signingKey">,
  { notBefore, notAfter }: Validity,
  usage: readonly Extension[],
): Promise<CertificatePair> {
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: authority.name,
    notBefore,
    notAfter,
    publicKey,
    signingKey: authority.signingKey,
    extensions: [...usage, await SubjectKeyIdentifierExtension.create(publicKey)],
  });
  const key = await crypto.subtle.exportKey("pkcs8", privateKey);
  return { certificate: `${certificate.toString("pem")}\n`, key: `${PemConverter.encode(key, "PRIVATE KEY")}\n` };
}
