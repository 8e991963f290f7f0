/** Certificates for tests, of any age and for any name: no private key lies about in the repository. */
import { type Authority, createAuthority, issueServerCertificate } from "./issue-certificate.ts";
import type { CertificatePair } from "../contract/certificate-source.ts";

export interface CertificateOptions {
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  /** Days from now; may be negative. Default: from -1 to 90. */
  readonly from?: number;
  readonly until?: number;
  /** Who signs; without it, it signs itself. */
  readonly issuer?: Authority;
}

const DAY = 86_400_000;

export function makeAuthority(name: string): Promise<Authority> {
  return createAuthority(name, validity(-1, 3650));
}

export function makeCertificate({ from = -1, until = 90, ...options }: CertificateOptions): Promise<CertificatePair> {
  return issueServerCertificate({ ...options, ...validity(from, until) });
}

/** The half day keeps whole days whole while a test runs. */
function validity(from: number, until: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now + from * DAY), notAfter: new Date(now + until * DAY + DAY / 2) };
}
