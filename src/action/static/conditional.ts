import { parseHttpDate } from "../../time/http-date.ts";
import type { Validators } from "./validators.ts";

/** What the preconditions of a request demand. */
export type Precondition =
  | "proceed"
  /** If-Range did not hold: send the whole representation, whatever Range says. */
  | "proceed-whole"
  /** 304. */
  | "not-modified"
  /** 412. */
  | "failed";

/** One entity tag (RFC 9110 §8.8.3) and what stands between two of a list. */
const TAG = /[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)/y;

/**
 * Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2.
 * @param get a field of the request by name; several of one name joined by ", "
 * @param now milliseconds since the epoch
 */
export function evaluatePreconditions(
  get: (name: string) => string | undefined,
  current: Validators,
  now: number,
): Precondition {
  const ifMatch = get("if-match");
  if (ifMatch !== undefined) {
    if (!listMatches(ifMatch, current.etag, strongMatch)) return "failed";
  } else {
    const since = dateOf(get("if-unmodified-since"), now);
    if (since !== null && current.lastModified > since) return "failed";
  }
  const ifNoneMatch = get("if-none-match");
  if (ifNoneMatch !== undefined) {
    if (listMatches(ifNoneMatch, current.etag, weakMatch)) return "not-modified";
  } else {
    const since = dateOf(get("if-modified-since"), now);
    if (since !== null && current.lastModified <= since) return "not-modified";
  }
  const ifRange = get("if-range");
  return ifRange === undefined || rangeHolds(ifRange.trim(), current, now) ? "proceed" : "proceed-whole";
}

/** §13.1.5: a strong tag that is the same, or a date that is exactly the same and strong. */
function rangeHolds(value: string, current: Validators, now: number): boolean {
  if (/^(?:W\/)?"/.test(value)) return strongMatch(value, current.etag);
  return current.strong && parseHttpDate(value, now) === current.lastModified;
}

function dateOf(value: string | undefined, now: number): number | null {
  return value === undefined ? null : parseHttpDate(value.trim(), now);
}

/** A list that is malformed matches as far as it could be read. */
function listMatches(list: string, etag: string, matches: (a: string, b: string) => boolean): boolean {
  if (list.trim() === "*") return true;
  TAG.lastIndex = 0;
  for (let tag = TAG.exec(list); tag !== null; tag = TAG.exec(list)) {
    if (matches(tag[1]!, etag)) return true;
  }
  return false;
}

/** §8.8.3.2. */
function strongMatch(a: string, b: string): boolean {
  return a === b && !a.startsWith("W/");
}

function weakMatch(a: string, b: string): boolean {
  return opaque(a) === opaque(b);
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
