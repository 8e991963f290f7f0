/** Reads the expressions that configs are made of: literals, names, calls and functions that only return something. */
import type { ModuleScanner } from "./module-scanner.ts";

/** `at`: offset of the first character. What is not understood is "other", and its inside is passed over. */
export type Expression =
  | { readonly kind: "object"; readonly at: number; readonly members: readonly Member[] }
  | { readonly kind: "array"; readonly at: number; readonly items: readonly Item[] }
  | { readonly kind: "call"; readonly at: number; readonly name: string; readonly items: readonly Item[] }
  | { readonly kind: "name"; readonly at: number; readonly name: string }
  | { readonly kind: "other"; readonly at: number };

/** `key` null: a spread. */
export interface Member {
  readonly key: string | null;
  readonly keyAt: number;
  readonly value: Expression;
}

export interface Item {
  readonly spread: boolean;
  readonly value: Expression;
}

/** Reads one expression and moves to the "," ";" or bracket behind it. */
export function readExpression(scanner: ModuleScanner): Expression {
  const primary = readPrimary(scanner);
  // "as const" and "satisfies Config" change nothing; any other operator makes another value of it.
  scanner.accept("!");
  const before = scanner.at;
  const word = scanner.word();
  const rest = word === "" ? scanner.peek() : word;
  scanner.at = before;
  const untouched =
    rest === "as" || rest === "satisfies" || ",;)]}".includes(rest) || startsStatement(scanner, before, word);
  scanner.skipRest();
  return untouched ? primary : { kind: "other", at: primary.at };
}

/** Without semicolons a statement's first word follows on a new line. */
function startsStatement(scanner: ModuleScanner, end: number, word: string): boolean {
  return (
    word !== "" &&
    scanner.text.slice(end).search(/\S/) > scanner.text.slice(end).search(/\n/) &&
    word !== "in" &&
    word !== "instanceof"
  );
}

function readPrimary(scanner: ModuleScanner): Expression {
  const first = scanner.peek();
  const at = scanner.at;
  if (first === "{") return { kind: "object", at, members: readMembers(scanner) };
  if (first === "[") return { kind: "array", at, items: readItems(scanner, "[", "]") };
  if (first === "(") return readParenthesis(scanner, at);
  const name = readName(scanner);
  if (name === "async" || name === "await") return readPrimary(scanner);
  if (name === "function") return readFunction(scanner, at);
  if (name === "") {
    scanner.skip();
    return { kind: "other", at };
  }
  if (scanner.accept("=>")) return readBody(scanner, at);
  skipTypeArguments(scanner);
  return scanner.peek() === "("
    ? { kind: "call", at, name, items: readItems(scanner, "(", ")") }
    : { kind: "name", at, name };
}

/** "a" or the last word of "a.b.c". */
function readName(scanner: ModuleScanner): string {
  let name = scanner.word();
  while (name !== "" && scanner.peek() === "." && !scanner.text.startsWith("...", scanner.at)) {
    scanner.accept(".");
    name = scanner.word();
  }
  return name;
}

/** `route<T>(…)`: only when a "(" follows, since "<" also compares. */
function skipTypeArguments(scanner: ModuleScanner): void {
  const found = /^<[^()<>{};]*>(?=\s*\()/.exec(scanner.text.slice(scanner.at, scanner.at + 200));
  if (found !== null) scanner.at += found[0].length;
}

/** "(…)" around an expression, or the parameters of an arrow function. */
function readParenthesis(scanner: ModuleScanner, at: number): Expression {
  scanner.skip();
  const behind = scanner.at;
  // A return type.
  if (scanner.accept(":")) {
    while (!",;)]}".includes(scanner.peek()) && !scanner.text.startsWith("=>", scanner.at)) scanner.skip();
  }
  if (scanner.accept("=>")) return readBody(scanner, at);
  scanner.at = at + 1;
  const inner = readExpression(scanner);
  scanner.at = behind;
  return inner;
}

/** Behind "=>": an expression, or a block whose last return on the first level counts. */
function readBody(scanner: ModuleScanner, at: number): Expression {
  return scanner.peek() === "{" ? readBlock(scanner, at) : readPrimary(scanner);
}

function readFunction(scanner: ModuleScanner, at: number): Expression {
  while (!scanner.done && scanner.peek() !== "{") scanner.skip();
  return readBlock(scanner, at);
}

function readBlock(scanner: ModuleScanner, at: number): Expression {
  scanner.accept("{");
  let result: Expression = { kind: "other", at };
  while (!scanner.done && scanner.peek() !== "}") {
    if (scanner.word() === "return") result = readExpression(scanner);
    else scanner.skip();
  }
  scanner.accept("}");
  return result;
}

function readMembers(scanner: ModuleScanner): Member[] {
  const members: Member[] = [];
  scanner.accept("{");
  while (!scanner.done && !scanner.accept("}")) {
    const before = scanner.at;
    if (!scanner.accept(",")) members.push(readMember(scanner));
    // A closing bracket of another kind: the text is broken, and the reader must not stay here.
    if (scanner.at === before) scanner.at++;
  }
  return members;
}

function readMember(scanner: ModuleScanner): Member {
  scanner.peek();
  const keyAt = scanner.at;
  if (scanner.accept("...")) return { key: null, keyAt, value: readExpression(scanner) };
  const key = scanner.quoted() ?? scanner.word();
  if (key === "") scanner.skip();
  if (key !== "" && ",}".includes(scanner.peek())) return { key, keyAt, value: { kind: "name", at: keyAt, name: key } };
  if (scanner.accept(":")) return { key, keyAt, value: readExpression(scanner) };
  // A method, a getter or something that is not understood.
  scanner.skipRest();
  return { key, keyAt, value: { kind: "other", at: keyAt } };
}

function readItems(scanner: ModuleScanner, opening: string, closing: string): Item[] {
  const items: Item[] = [];
  scanner.accept(opening);
  while (!scanner.done && !scanner.accept(closing)) {
    const before = scanner.at;
    if (!scanner.accept(",")) {
      const spread = scanner.accept("...");
      items.push({ spread, value: readExpression(scanner) });
    }
    if (scanner.at === before) scanner.at++;
  }
  return items;
}
