import type { Random } from "../../../fuzz/support/random.ts";

/** What servers disagree about, to be put anywhere into a path. */
const PIECES: readonly string[] = [
  ..."/|//|///|%2f|%2F|\\|%5c|%5C|.|..|./|../|/./|/../|%2e|%2E|%2e%2e|.%2e|;|;x|;x=/|%3b|%3B".split("|"),
  ..."%00|%25|%252f|%252e|%20|%09|%0d|%0a|?|%3f|#|%23|:|@|*|~|%7e|x|x/|/x|/x/..|/x/../|%c0%af|%e0%80%af|+|%2b".split(
    "|",
  ),
];
const SEEDS: readonly string[] = ["/admin/s", "/admin", "/x/admin/s", "/admin/s/t", "/adm/in", "/ADMIN/s"];

/** Spellings near a path under /admin, each once. */
export function pathSpellings(random: Random, count: number): string[] {
  const found = new Set<string>();
  while (found.size < count) {
    let path = random.pick(SEEDS);
    for (let changes = 1 + random.below(4); changes > 0; changes--) path = changed(path, random);
    // One request line each, whatever is in it.
    found.add(path);
  }
  return [...found];
}

function changed(path: string, random: Random): string {
  const at = random.below(path.length + 1);
  switch (random.below(4)) {
    case 0:
    case 1:
      return path.slice(0, at) + random.pick(PIECES) + path.slice(at);
    case 2:
      return path.slice(0, at) + random.pick(PIECES) + path.slice(at + 1);
    default: {
      const code = path
        .charCodeAt(Math.min(at, path.length - 1))
        .toString(16)
        .padStart(2, "0");
      return `${path.slice(0, at)}%${random.below(2) === 0 ? code : code.toUpperCase()}${path.slice(at + 1)}`;
    }
  }
}
