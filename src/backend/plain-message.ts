/**
 * What may be told of an error to whoever asks for the health. Messages of database drivers quote connection strings,
 * so what looks like a secret is taken out. That cannot find every secret; `detail: false` shows no message at all.
 */

/** Longest message shown, characters. */
const LONGEST = 200;
/** Of a longer one only this much is looked at, so that the patterns have a bounded text. */
const LOOKED_AT = 2000;

const CREDENTIALS_IN_URL = /([a-z][a-z0-9+.-]{0,30}:\/\/)\S*@/gi;
const AUTH_SCHEME = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
const NAMED_SECRET =
  /((?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|credentials?|signature)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&]+)/gi;
// Control characters, line ends and runs of spaces become one space.
const SPACE = /[\s\u0000-\u001f\u007f-\u009f]+/g;

export function plainMessage(error: unknown): string {
  const plain = textOf(error)
    .slice(0, LOOKED_AT)
    .replace(CREDENTIALS_IN_URL, "$1")
    .replace(AUTH_SCHEME, "$1 ***")
    .replace(NAMED_SECRET, "$1***")
    .replace(SPACE, " ")
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === "string" && error !== "" ? error : "it failed";
  if (error.message !== "") return error.message;
  // An AggregateError of refused connects has a code and no message.
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
