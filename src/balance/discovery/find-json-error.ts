/** Finds where a text stops being JSON (RFC 8259): `JSON.parse` says that it does, not where. */

/** A token, and the white space behind it. */
const TOKEN =
  /(?:"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{},:])[ \t\r\n]*/y;
const SPACE = /[ \t\r\n]*/y;

export interface JsonError {
  readonly offset: number;
  readonly message: string;
}

/** What may come next. */
type Expected = "value" | "value or ]" | "name" | "name or }" | "colon" | "comma or end";

/** The first thing that no JSON text could have there; null when the text is JSON. */
export function findJsonError(text: string): JsonError | null {
  /** The lists and objects that are open, outermost first. */
  const open: string[] = [];
  let expected: Expected = "value";
  SPACE.lastIndex = 0;
  let at = SPACE.exec(text)![0].length;
  while (at < text.length) {
    if (expected === "comma or end" && open.length === 0)
      return { offset: at, message: "nothing is expected behind the value" };
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return { offset: at, message: wordsOf(text[at]!, expected) };
    const next = after(token[0]!, expected, open);
    if (next === null) return { offset: at, message: `${WORDS[expected]} is expected` };
    expected = next;
    at += token.length;
  }
  if (open.length === 0 && expected === "comma or end") return null;
  return { offset: at, message: `${open.length === 0 ? WORDS.value : WORDS[expected]} is expected, but the file ends` };
}

const WORDS: Readonly<Record<Expected, string>> = {
  value: "a value",
  "value or ]": 'a value or "]"',
  name: "a name in double quotes",
  "name or }": 'a name in double quotes or "}"',
  colon: 'a ":"',
  "comma or end": 'a "," or the end of the list or object',
};

function wordsOf(character: string, expected: Expected): string {
  if (character === '"') return "this string is not closed or holds an invalid escape or control character";
  return `${WORDS[expected]} is expected`;
}

/** What is expected behind a token of this first character, null when the token may not stand here. */
function after(first: string, expected: Expected, open: string[]): Expected | null {
  if (first === ":") return expected === "colon" ? "value" : null;
  if (first === ",") {
    if (expected !== "comma or end") return null;
    return open.at(-1) === "{" ? "name" : "value";
  }
  if (first === "]" || first === "}") {
    const opening = first === "]" ? "[" : "{";
    const empty: Expected = first === "]" ? "value or ]" : "name or }";
    if (open.at(-1) !== opening || (expected !== "comma or end" && expected !== empty)) return null;
    open.pop();
    return "comma or end";
  }
  if (expected === "name" || expected === "name or }") return first === '"' ? "colon" : null;
  if (expected !== "value" && expected !== "value or ]") return null;
  if (first !== "[" && first !== "{") return "comma or end";
  open.push(first);
  return first === "[" ? "value or ]" : "name or }";
}
