/** The algorithms of TSIG (RFC 8945 §6). HMAC-MD5 is not among them: it must not be used (§6, §10). */
import { parseName } from "../wire/name.ts";

export interface TsigAlgorithm {
  /** As it is written in configs: `hmac-sha256`. */
  readonly text: string;
  /** Domain name in wire form, lower case. */
  readonly name: Uint8Array;
  /** Of the hash, for `node:crypto`. */
  readonly digest: string;
  /** Bytes of a whole MAC. */
  readonly size: number;
  /** Good enough for messages that are made here; SHA-1 is only there for peers that can do no better. */
  readonly signs: boolean;
}

function algorithm(digest: string, size: number, signs: boolean): TsigAlgorithm {
  const text = `hmac-${digest}`;
  return { text, name: parseName(text) as Uint8Array, digest, size, signs };
}

export const HMAC_SHA256: TsigAlgorithm = algorithm("sha256", 32, true);

const ALGORITHMS: readonly TsigAlgorithm[] = [
  algorithm("sha1", 20, false),
  HMAC_SHA256,
  algorithm("sha384", 48, true),
  algorithm("sha512", 64, true),
];

export const TSIG_ALGORITHM_NAMES: readonly string[] = ALGORITHMS.map(({ text }) => text);

/** By its name as text, in either case. */
export function tsigAlgorithm(text: string): TsigAlgorithm | null {
  const lower = text.toLowerCase();
  return ALGORITHMS.find((known) => known.text === lower) ?? null;
}
