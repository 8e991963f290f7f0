/** From a request's path to the names of directories and file below the root: the one place where traversal is stopped. */

export interface FilePath {
  /** Decoded; none is empty, a dot segment, or holds a separator or NUL. */
  readonly segments: readonly string[];
  /** The path ends with a slash, so it means a directory. */
  readonly directory: boolean;
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes the path, once, and segment by segment, so that an encoded slash cannot make a segment.
 *
 * @param path begins with "/"; one code unit per byte
 * @param strip segments that are taken from the front when they are there
 * @returns null when no file may be looked for: the path holds NUL, a backslash, an encoded slash, a dot segment, an
 * empty segment or no UTF-8, or names a file or directory that begins with a dot (save `/.well-known/`, RFC 8615)
 */
export function filePath(path: string, strip: readonly string[]): FilePath | null {
  if (!path.startsWith("/")) return null;
  const words = path.slice(1).split("/");
  const directory = words.at(-1) === "";
  if (directory) words.pop();
  const segments: string[] = [];
  for (const word of words) {
    const segment = decodeSegment(word);
    if (segment === null) return null;
    segments.push(segment);
  }
  const stripped = strip.every((segment, index) => segment === segments[index]);
  const below = stripped ? segments.slice(strip.length) : segments;
  const hidden = below.some((segment, index) => segment.startsWith(".") && !(index === 0 && segment === ".well-known"));
  return hidden ? null : { segments: below, directory: directory || below.length === 0 };
}

/** The segment percent-decoded as UTF-8, or null when it cannot be a file's name. */
function decodeSegment(word: string): string | null {
  const segment = word.includes("%") || /[^\x20-\x7e]/.test(word) ? decode(word) : word;
  if (segment === null || segment === "" || segment === "." || segment === "..") return null;
  return /[/\\\0]/.test(segment) ? null : segment;
}

function decode(word: string): string | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(word)) return null;
  const bytes = word.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  try {
    return UTF_8.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return null;
  }
}
