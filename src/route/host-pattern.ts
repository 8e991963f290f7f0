/**
 * Host patterns: a name or address as it stands in Host ("shop.test", "[::1]"), or "*.name" for one or more labels in
 * front of it. They compare case-insensitively (RFC 9110 §4.2.3) and without the final dot of an absolute name.
 */

export interface HostPattern {
  /** Canonical text. */
  readonly text: string;
  readonly kind: "exact" | "wildcard" | "any";
  /** Lower case, without "*."; empty for any. */
  readonly name: string;
  /** Labels of `name`. */
  readonly labels: number;
}

/** Every host, also none: what a route without hosts has. */
export const ANY_HOST: HostPattern = { text: "*", kind: "any", name: "", labels: 0 };

/** RFC 3986 §3.2.2: reg-name less sub-delims and escapes, or an IP literal in brackets. */
const NAME = /^(?:[a-z0-9\-_~]+(?:\.[a-z0-9\-_~]+)*|\[[0-9a-f:.]+\])$/;

/** Throws a RangeError that names the pattern and what is wrong with it. */
export function parseHostPattern(pattern: string): HostPattern {
  const wildcard = pattern.startsWith("*.");
  const name = (wildcard ? pattern.slice(2) : pattern).toLowerCase().replace(/\.$/, "");
  if (!NAME.test(name) || (wildcard && name.startsWith("["))) {
    throw new RangeError(`host "${pattern}" is not a name such as "shop.test" or "*.shop.test" (without port)`);
  }
  const labels = name.split(".").length;
  return wildcard ? { text: `*.${name}`, kind: "wildcard", name, labels } : { text: name, kind: "exact", name, labels };
}

const KINDS = ["exact", "wildcard", "any"];

/** The order of precedence: exact names, then wildcards, the longer suffix first, then any host. */
export function compareHostPatterns(a: HostPattern, b: HostPattern): number {
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (a.labels !== b.labels) return b.labels - a.labels;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return 0;
}
