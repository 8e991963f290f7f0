/**
 * Moves over TypeScript source token by token. It knows what hides brackets (strings, templates, regular expressions,
 * comments) and nothing else of the language: enough to find where values stand.
 */

const SPACE_OR_COMMENT = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const NUMBER = /\.?\d[\w.]*/y;
const QUOTED = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;

/** Behind these words a slash begins a regular expression. */
const OPERATOR_WORDS = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "delete",
  "void",
  "throw",
  "new",
  "await",
  "yield",
  "else",
  "do",
]);

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Bounds recursion over brackets, as a text may hold any number of them. */
const MAX_DEPTH = 200;

export class ModuleScanner {
  readonly text: string;
  at = 0;
  private depth = 0;
  /** A slash here would begin a regular expression, not divide. */
  private operand = true;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The next character that is not white space or comment, "" at the end. */
  peek(): string {
    this.take(SPACE_OR_COMMENT);
    return this.text[this.at] ?? "";
  }

  /** Whether this stands next; then moves behind it. */
  accept(punctuation: string): boolean {
    this.peek();
    if (!this.text.startsWith(punctuation, this.at)) return false;
    this.at += punctuation.length;
    this.operand = !")]}".includes(punctuation);
    return true;
  }

  /** The identifier or keyword that stands next, "" when there is none; then moves behind it. */
  word(): string {
    this.peek();
    const word = this.take(WORD);
    if (word !== "") this.operand = OPERATOR_WORDS.has(word);
    return word;
  }

  /** The content of the string literal that stands next, escapes left as they are; null when there is none. */
  quoted(): string | null {
    this.peek();
    const literal = this.take(QUOTED);
    if (literal === "") return null;
    this.operand = false;
    return literal.slice(1, -1);
  }

  /** Moves over one token; brackets and templates with all that they hold. */
  skip(): void {
    const character = this.peek();
    if (character === "" || this.word() !== "" || this.quoted() !== null) return;
    if (this.take(NUMBER) !== "") {
      this.operand = false;
    } else if (character === "`") {
      this.template();
    } else if (CLOSING[character] !== undefined) {
      this.brackets(CLOSING[character]);
    } else if (character === "/" && this.operand && this.take(REGEX) !== "") {
      this.operand = false;
    } else {
      this.at++;
      this.operand = !")]}".includes(character);
    }
  }

  /** Moves to the next "," ";" or closing bracket on this level. */
  skipRest(): void {
    while (!this.done && !",;)]}".includes(this.peek())) this.skip();
  }

  private brackets(closing: string): void {
    if (++this.depth > MAX_DEPTH) throw new RangeError(`brackets nested deeper than ${MAX_DEPTH}`);
    this.at++;
    this.operand = true;
    while (!this.done && this.peek() !== closing) this.skip();
    this.at++;
    this.operand = false;
    this.depth--;
  }

  private template(): void {
    this.at++;
    while (!this.done && this.text[this.at] !== "`") {
      if (this.text.startsWith("${", this.at)) {
        this.at++;
        this.brackets("}");
      } else {
        this.at += this.text[this.at] === "\\" ? 2 : 1;
      }
    }
    this.at++;
    this.operand = false;
  }

  /** What matches right here, "" when nothing does; moves behind it. */
  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }
}
