/** Text for the URI references that the edge writes: Location and rewritten paths. Nothing comes out that could end a line. */

/** RFC 3986 §3.3: what a path cannot hold as it is; valid escapes stay. */
const NOT_PATH = /%(?![0-9A-Fa-f]{2})|[^!$%&'()*+,;=:@/A-Za-z0-9\-._~]/gu;
/** §3.4: a query may hold "?" as well. */
const NOT_QUERY = /%(?![0-9A-Fa-f]{2})|[^!$%&'()*+,;=:@/?A-Za-z0-9\-._~]/gu;
/** §3.3: pchar. Here "%" is a character like any other. */
const NOT_SEGMENT = /[^!$&'()*+,;=:@A-Za-z0-9\-._~]/gu;

/** A path as it came or as the config has it: its escapes stay, what cannot stand in a path is escaped. */
export function uriPath(path: string): string {
  return path.replace(NOT_PATH, encodeURIComponent);
}

export function uriQuery(query: string): string {
  return query.replace(NOT_QUERY, encodeURIComponent);
}

/** A decoded value as one segment: "/", "?" and "%" are escaped. A lone surrogate is the byte that it stands for. */
export function uriSegment(value: string): string {
  return value.replace(NOT_SEGMENT, (character) => {
    const code = character.charCodeAt(0);
    const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    return isByte ? `%${(code - 0xdc00).toString(16).toUpperCase()}` : encodeURIComponent(character);
  });
}

/**
 * A path that stays on its host: it begins with exactly one "/". `//host` would be a network-path reference
 * (RFC 3986 §4.2), and browsers read `/\host` alike.
 */
export function localPath(path: string): string {
  return `/${path.replace(/^[/\\]+/, "")}`;
}
