/**
 * Negotiation by quality values (RFC 9110 §12.4.2), for the few representations that the edge itself makes.
 */

/** One member of an Accept or Accept-Encoding field. */
export interface QualityItem {
  /** Lower case, without parameters. */
  readonly name: string;
  /** 0…1; 0 means "not acceptable". */
  readonly quality: number;
}

/** Members read at most: no client lists more, and a longer field is an attempt to cost time. */
const MAX_ITEMS = 64;
const QVALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** The members in the order sent. A member with a malformed weight is left out. */
export function parseQualityList(value: string): QualityItem[] {
  const items: QualityItem[] = [];
  for (const member of value.split(",", MAX_ITEMS)) {
    const parameters = member.split(";");
    const name = parameters[0]!.trim().toLowerCase();
    if (name === "") continue;
    const weight = parameters.find((parameter, index) => index > 0 && /^\s*q\s*=/i.test(parameter));
    const quality = weight === undefined ? "1" : weight.slice(weight.indexOf("=") + 1).trim();
    if (QVALUE.test(quality)) items.push({ name, quality: Number(quality) });
  }
  return items;
}

/** The forms in which an error can be told. */
export type ErrorFormat = "html" | "json" | "text";

/** Media types that stand for each form; the order decides when a client's wildcard covers all: text reads best in a terminal. */
const FORMATS: ReadonlyArray<readonly [ErrorFormat, readonly string[]]> = [
  ["text", ["text/plain"]],
  ["json", ["application/json", "application/problem+json"]],
  ["html", ["text/html", "application/xhtml+xml"]],
];

/**
 * The form that the client prefers: by quality, then by how specific the range is that asked for it, then by what
 * stands first (so `application/json, text/plain` means JSON). Plain text when nothing fits, since an error in an
 * unwanted form is better than none (RFC 9110 §12.5.1 allows it).
 */
export function errorFormat(accept: string | undefined): ErrorFormat {
  if (accept === undefined) return "text";
  const items = parseQualityList(accept);
  let best: ErrorFormat = "text";
  let bestRank = 0;
  for (const [format, types] of FORMATS) {
    for (const type of types) {
      const rank = rankOf(type, items);
      if (rank > bestRank) {
        best = format;
        bestRank = rank;
      }
    }
  }
  return best;
}

/** How much the client likes a media type, to be compared with another's; 0: it does not accept it. */
export function acceptRank(type: string, accept: string): number {
  return rankOf(type, parseQualityList(accept));
}

/** Quality, specificity and place as one number; 0 when the type is not acceptable. */
function rankOf(type: string, items: readonly QualityItem[]): number {
  const group = `${type.slice(0, type.indexOf("/"))}/*`;
  let specificity = -1;
  let rank = 0;
  for (const [place, item] of items.entries()) {
    const matches = item.name === type ? 2 : item.name === group ? 1 : item.name === "*/*" ? 0 : -1;
    // RFC 9110 §12.5.1: the most specific range that matches decides, even when its weight is lower.
    if (matches <= specificity) continue;
    specificity = matches;
    rank = item.quality === 0 ? 0 : item.quality * 1000 + matches / 4 + (MAX_ITEMS - place) / (MAX_ITEMS * 8);
  }
  return rank;
}
