import { parseQualityList } from "../../fault/accept.ts";

/** Content codings of files that lie ready, by their registered names (RFC 9110 §8.4.1, RFC 7932, RFC 8878). */
export type Coding = "zstd" | "br" | "gzip";

export const CODING_EXTENSIONS: Readonly<Record<Coding, string>> = { zstd: ".zst", br: ".br", gzip: ".gz" };
const CODINGS: readonly Coding[] = ["zstd", "br", "gzip"];

export interface AcceptedCoding {
  readonly coding: Coding;
  /** Above 0, up to 1. */
  readonly quality: number;
}

/**
 * The codings that the client takes at least as gladly as the plain file (RFC 9110 §12.5.3). Identity counts as least
 * wanted unless it has a weight of its own: whoever lists a coding would rather have it.
 */
export function acceptedCodings(acceptEncoding: string | undefined): readonly AcceptedCoding[] {
  if (acceptEncoding === undefined) return [];
  const items = parseQualityList(acceptEncoding);
  const qualityOf = (name: string): number | undefined => items.find((item) => item.name === name)?.quality;
  const identity = qualityOf("identity") ?? 0;
  const others = qualityOf("*") ?? 0;
  const accepted: AcceptedCoding[] = [];
  for (const coding of CODINGS) {
    const alias = coding === "gzip" ? qualityOf("x-gzip") : undefined;
    const quality = qualityOf(coding) ?? alias ?? others;
    if (quality > 0 && quality >= identity) accepted.push({ coding, quality });
  }
  return accepted;
}
