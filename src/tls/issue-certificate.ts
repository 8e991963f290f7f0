/** Certificates of TLS servers (RFC 5280) with a key each: P-256, signed by themselves or by an authority. */
import type * as X509 from "@peculiar/x509";
import { isIP } from "node:net";
import type { CertificatePair } from "../contract/certificate-source.ts";

const KEY: EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };
/** RFC 5280 appendix A: what a common name may have, characters. */
const MOST_IN_NAME = 64;

/** Who signs for others. */
export interface Authority extends CertificatePair {
  readonly name: X509.Name;
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
  const x509 = await library();
  const keys = await makeKeys();
  const subject = commonName(x509, names[0]!.slice(0, MOST_IN_NAME));
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
  const usage = [
    new x509.SubjectAlternativeNameExtension(alternatives),
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
  ];
  const authority = issuer ?? { name: subject, signingKey: keys.privateKey };
  return sign(x509, keys, subject, authority, options, usage);
}

export async function createAuthority(name: string, validity: Validity): Promise<Authority> {
  const x509 = await library();
  const keys = await makeKeys();
  const self = { name: commonName(x509, name), signingKey: keys.privateKey };
  const usage = [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
  return { ...self, ...(await sign(x509, keys, self.name, self, validity, usage)) };
}

/**
 * Loaded when the first certificate is made, as that takes tens of milliseconds. One after the other: in the single
 * executable `import` statements for both would run the library before what it needs.
 */
async function library(): Promise<typeof X509> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
}

/** As UTF-8 whatever it holds: "*" and "_" are outside of PrintableString. */
function commonName(x509: typeof X509, name: string): X509.Name {
  return new x509.Name([{ CN: [{ utf8String: name }] }]);
}

async function sign(
  x509: typeof X509,
  { publicKey, privateKey }: CryptoKeyPair,
  subject: X509.Name,
  authority: Pick<Authority, "name" | "signingKey">,
  { notBefore, notAfter }: Validity,
  usage: readonly X509.Extension[],
): Promise<CertificatePair> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: authority.name,
    notBefore,
    notAfter,
    publicKey,
    signingKey: authority.signingKey,
    extensions: [...usage, await x509.SubjectKeyIdentifierExtension.create(publicKey)],
  });
  const key = await crypto.subtle.exportKey("pkcs8", privateKey);
  return { certificate: `${certificate.toString("pem")}\n`, key: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n` };
}
