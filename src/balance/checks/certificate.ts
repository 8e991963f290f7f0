import type { EpochMilliseconds } from "../../contract/time.ts";
import type { PeerCertificate } from "node:tls";
import { dayWords } from "./words.ts";

/** What a target's certificate is worth, in words. Times are wall-clock milliseconds. */

const DAY = 86_400_000;

/** Until when the certificate is good: "certificate good for 87 days", "certificate not verified, expired on 2026-01-31". */
export function certificateWords(certificate: PeerCertificate, verified: boolean, now: EpochMilliseconds): string {
  const until = Date.parse(certificate.valid_to);
  const standing = verified ? "certificate" : "certificate not verified,";
  if (Number.isNaN(until)) return `${standing} without a date`;
  if (until < now) return `${standing} expired on ${dayWords(until)}`;
  const days = Math.floor((until - now) / DAY);
  return `${standing} good for ${days} ${days === 1 ? "day" : "days"}`;
}

/** @param reason OpenSSL's name of what the verification of the chain found. */
export function certificateProblem(reason: string, certificate: PeerCertificate, now: EpochMilliseconds): string {
  switch (reason) {
    case "CERT_HAS_EXPIRED": {
      const until = Date.parse(certificate.valid_to);
      return until < now ? `certificate expired on ${dayWords(until)}` : "a certificate of the chain has expired";
    }
    case "CERT_NOT_YET_VALID": {
      const from = Date.parse(certificate.valid_from);
      return from > now
        ? `certificate is not valid before ${dayWords(from)}`
        : "a certificate of the chain is not valid yet";
    }
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "certificate is self-signed";
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return "the root of the certificate's chain is not trusted";
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      // OpenSSL takes one whose key usage allows no signing of certificates for signed by somebody else.
      if (Bun.deepEquals(certificate.subject, certificate.issuer)) return "certificate is self-signed";
      return "the certificate's issuer is not trusted";
    case "CERT_REVOKED":
      return "certificate is revoked";
    default:
      return `certificate is not trusted (${reason === "" ? "no reason given" : reason})`;
  }
}
