/** Strict JSON (RFC 8259) with the places of its values. The values themselves are left to `JSON.parse`. */
import type { SourceEntry, SourceNode } from "./source.ts";

/** Where and why a text is not JSON. Duplicate names are refused too: RFC 8259 §4 leaves open which one holds. */
export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "JsonSyntaxError";
    this.offset = offset;
  }
}

/** Deeper than any config, and far from the stack's end. */
const MAX_DEPTH = 100;

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Throws `JsonSyntaxError`. */
export function readJsonTree(text: string): SourceNode {
  const reader = new JsonTreeReader(text);
  const tree = reader.value(0);
  reader.end();
  return tree;
}

class JsonTreeReader {
  private readonly text: string;
  /** Always at a character that is no white space. */
  private at = 0;

  constructor(text: string) {
    this.text = text;
    this.space();
  }

  end(): void {
    if (this.at < this.text.length) this.fail("nothing is expected behind the value");
  }

  value(depth: number): SourceNode {
    if (depth > MAX_DEPTH) this.fail(`is nested deeper than ${MAX_DEPTH}`);
    const at = this.at;
    const first = this.text[at];
    if (first === "{") return { kind: "object", at, entries: this.members(depth) };
    if (first === "[") return { kind: "array", at, items: this.items(depth) };
    if (first === '"') this.string();
    else this.literal();
    return { kind: "other", at };
  }

  private members(depth: number): SourceEntry[] {
    const entries: SourceEntry[] = [];
    const names = new Set<string>();
    this.at++;
    this.space();
    while (!this.take("}")) {
      if (entries.length > 0) this.need(",", 'a "," or "}" is expected');
      const keyAt = this.at;
      if (this.text[keyAt] !== '"') this.fail("a name in double quotes is expected");
      const key = this.string();
      if (names.has(key)) this.fail(`the name ${JSON.stringify(key)} appears twice`, keyAt);
      names.add(key);
      this.need(":", 'a ":" is expected');
      entries.push({ key, keyAt, value: this.value(depth + 1) });
    }
    return entries;
  }

  private items(depth: number): SourceNode[] {
    const items: SourceNode[] = [];
    this.at++;
    this.space();
    while (!this.take("]")) {
      if (items.length > 0) this.need(",", 'a "," or "]" is expected');
      items.push(this.value(depth + 1));
    }
    return items;
  }

  private string(): string {
    STRING.lastIndex = this.at;
    const found = STRING.exec(this.text)?.[0];
    if (found === undefined)
      return this.fail("this string is not closed or holds an invalid escape or control character");
    this.at += found.length;
    this.space();
    return String(JSON.parse(found));
  }

  private literal(): void {
    LITERAL.lastIndex = this.at;
    const found = LITERAL.exec(this.text)?.[0];
    if (found === undefined) return this.fail("a JSON value is expected");
    this.at += found.length;
    this.space();
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    this.space();
    return true;
  }

  private need(character: string, message: string): void {
    if (!this.take(character)) this.fail(message);
  }

  private space(): void {
    const { text } = this;
    while (isSpace(text.charCodeAt(this.at))) this.at++;
  }

  private fail(message: string, at: number = this.at): never {
    throw new JsonSyntaxError(at >= this.text.length ? `${message}, but the file ends` : message, at);
  }
}

/** Space, tab, and the ends of lines. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
