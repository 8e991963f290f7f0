/**
 * Regular expressions of paths, as JavaScript writes them, less what only backtracking can match: backreferences,
 * look-around and word boundaries. What is left can be matched in a time that grows with the path alone, whatever the
 * pattern is and whoever sends the path (`byte-automaton.ts`).
 *
 * Bytes are what is matched. A path in its normal form is ASCII: what may not stand in it plainly is percent-encoded,
 * and so it is here.
 */

export type RegexNode =
  /** One byte, of those that are 1 in the table of 256. */
  | { readonly kind: "byte"; readonly table: Uint8Array }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly parts: readonly RegexNode[] }
  /** `most`: Infinity when there is no limit. */
  | { readonly kind: "repeat"; readonly part: RegexNode; readonly least: number; readonly most: number }
  | { readonly kind: "start" }
  | { readonly kind: "end" };

/** Times that a part may be counted (`{n,m}`). */
const MOST_COUNTED = 255;
const QUANTIFIERS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  "*": [0, Infinity],
  "+": [1, Infinity],
  "?": [0, 1],
};
/** What a backslash makes plain. */
const PUNCTUATION = /[$()*+./?[\\\]^{|}-]/;
/** RFC 3986 §3.3: what stands in a path as it is; "%" begins an escape. */
const PLAIN = /[!$%&'()*+,\-./0-9:;=@A-Z_a-z~]/;

const DIGIT = tableOf((byte) => byte >= 0x30 && byte <= 0x39);
const WORD = tableOf(
  (byte) => DIGIT[byte] === 1 || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f,
);
const SPACE = tableOf((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
const ANY = tableOf(() => true);
const CLASSES: Readonly<Record<string, Uint8Array>> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  D: tableOf((byte) => DIGIT[byte] === 0),
  W: tableOf((byte) => WORD[byte] === 0),
  S: tableOf((byte) => SPACE[byte] === 0),
};

/** @throws RangeError that says what of the pattern cannot be used */
export function parseRegex(source: string, ignoreCase = false): RegexNode {
  return new RegexParser(source, ignoreCase).whole();
}

/** What every match begins with, when it must begin where the path does; else "". */
export function literalStart(node: RegexNode): string {
  const [first, ...rest] = node.kind === "sequence" ? node.parts : [node];
  if (first?.kind !== "start") return "";
  let text = "";
  for (const part of flat(rest)) {
    if (part.kind !== "byte") break;
    const byte = part.table.indexOf(1);
    if (part.table.indexOf(1, byte + 1) !== -1) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

function flat(parts: readonly RegexNode[]): RegexNode[] {
  return parts.flatMap((part) => (part.kind === "sequence" ? flat(part.parts) : [part]));
}

class RegexParser {
  readonly #source: string;
  #at = 0;
  #ignoreCase: boolean;

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source;
    this.#ignoreCase = ignoreCase;
  }

  whole(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#bad('has a ")" without "("');
    return node;
  }

  #choice(): RegexNode {
    const parts = [this.#sequence()];
    while (this.#takes("|")) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#source.length && this.#peek() !== "|" && this.#peek() !== ")") parts.push(this.#repeated());
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  #repeated(): RegexNode {
    const isAnchor = this.#peek() === "^" || this.#peek() === "$";
    const part = this.#atom();
    const bounds = this.#quantifier();
    if (bounds === null) return part;
    if (isAnchor) throw this.#bad("repeats an anchor");
    // Whether it takes as much or as little as it can: it matches the same paths.
    this.#takes("?");
    if (this.#quantifier() !== null) throw this.#bad("has two quantifiers in a row");
    const [least, most] = bounds;
    return { kind: "repeat", part, least, most };
  }

  #quantifier(): readonly [least: number, most: number] | null {
    const simple = QUANTIFIERS[this.#peek()];
    if (simple !== undefined) {
      this.#at++;
      return simple;
    }
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.slice(this.#at));
    if (counted === null) return null;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    const most = counted[2] === undefined ? least : counted[3] === "" ? Infinity : Number(counted[3]);
    if (least > MOST_COUNTED || (most !== Infinity && most > MOST_COUNTED))
      throw this.#bad(`counts beyond ${MOST_COUNTED}`);
    if (most < least) throw this.#bad(`has ${counted[0]}, whose numbers are the wrong way round`);
    return [least, most];
  }

  #atom(): RegexNode {
    const character = this.#next();
    switch (character) {
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "byte", table: ANY };
      case "(":
        return this.#group();
      case "[":
        return { kind: "byte", table: this.#class() };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw this.#bad(`has "${character}" with nothing before it to repeat`);
      case "{":
        throw this.#bad('has a "{" that is not a count; write "\\{" for the character');
      default:
        return this.#literal(character);
    }
  }

  #group(): RegexNode {
    const before = this.#ignoreCase;
    const kind = /^\?(?:<[A-Za-z_]\w*>|i?:)/.exec(this.#source.slice(this.#at))?.[0];
    if (kind !== undefined) {
      this.#at += kind.length;
      if (kind === "?i:") this.#ignoreCase = true;
    } else if (this.#peek() === "?") {
      throw this.#bad("looks ahead or behind, which has no limit on its time");
    }
    const node = this.#choice();
    if (!this.#takes(")")) throw this.#bad('has a "(" without ")"');
    this.#ignoreCase = before;
    return node;
  }

  #escape(): RegexNode {
    const character = this.#next();
    const table = CLASSES[character];
    if (table !== undefined) return { kind: "byte", table };
    if (PUNCTUATION.test(character)) return this.#literal(character);
    if (/[1-9k]/.test(character)) throw this.#bad("refers back to a group, which has no limit on its time");
    throw this.#bad(`has "\\${character}", which is not known here`);
  }

  /** A character that the normal form of a path escapes is meant in its escaped form. */
  #literal(character: string): RegexNode {
    if (PLAIN.test(character)) return this.#byte(character);
    const parts = encodeURIComponent(character)
      .split("")
      .map((each): RegexNode => this.#byte(each));
    return { kind: "sequence", parts };
  }

  #byte(character: string): RegexNode {
    const table = new Uint8Array(256);
    for (const each of this.#cases(character)) table[each.charCodeAt(0)] = 1;
    return { kind: "byte", table };
  }

  #class(): Uint8Array {
    const table = new Uint8Array(256);
    const negated = this.#takes("^");
    while (!this.#takes("]")) {
      const first = this.#member();
      if (typeof first !== "string") {
        for (let byte = 0; byte < 256; byte++) table[byte]! |= first[byte]!;
        continue;
      }
      const range = this.#peek() === "-" && this.#source[this.#at + 1] !== "]";
      if (range) this.#at++;
      const last = range ? this.#member() : first;
      if (typeof last !== "string" || last < first) throw this.#bad("has a range in [] that goes backwards");
      for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) {
        for (const each of this.#cases(String.fromCharCode(code))) table[each.charCodeAt(0)] = 1;
      }
    }
    return negated ? table.map((bit) => 1 - bit) : table;
  }

  #member(): string | Uint8Array {
    const character = this.#next();
    if (character !== "\\") {
      if (character > "\x7e" || character < " ") throw this.#bad("has a character in [] that no path holds plainly");
      return character;
    }
    const escaped = this.#next();
    const table = CLASSES[escaped];
    if (table !== undefined) return table;
    if (!PUNCTUATION.test(escaped)) throw this.#bad(`has "\\${escaped}", which is not known here`);
    return escaped;
  }

  #cases(character: string): string[] {
    return this.#ignoreCase ? [character.toLowerCase(), character.toUpperCase()] : [character];
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw this.#bad("ends in the middle");
    const character = String.fromCodePoint(code);
    if (!character.isWellFormed()) throw this.#bad("is not well-formed Unicode");
    this.#at += character.length;
    return character;
  }

  #bad(why: string): RangeError {
    return new RangeError(`the regular expression "${this.#source}" ${why}`);
  }
}

function tableOf(accepts: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(accepts(byte)));
}
