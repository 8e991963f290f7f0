import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { textOf } from "./rdata-reader.ts";
import { ZoneLexer } from "./zone-lexer.ts";

/** Each entry as its words, quoted ones in quotes; an indented entry begins with "_". */
function entries(text: string): string[][] {
  const lexer = new ZoneLexer(Buffer.from(text));
  const found: string[][] = [];
  while (lexer.next()) {
    const words = lexer.indented ? ["_"] : [];
    for (let token = 0; token < lexer.count; token++) {
      words.push(lexer.quoted[token] === 1 ? `"${textOf(lexer, token)}"` : textOf(lexer, token));
    }
    if (lexer.problem !== null) words.push(`! ${lexer.problem.message}`);
    found.push(words);
  }
  return found;
}

describe("entries", () => {
  test.each([
    ["blanks and tabs", "a \t b\n", [["a", "b"]]],
    ["no final newline", "a b\nc", [["a", "b"], ["c"]]],
    ["empty lines and comments", "\n  \n; x\n  ; y\na ; z\n", [["a"]]],
    [
      "an indented entry",
      "a b\n c d\n\te\n",
      [
        ["a", "b"],
        ["_", "c", "d"],
        ["_", "e"],
      ],
    ],
    ["CRLF", "a b\r\nc\r\n", [["a", "b"], ["c"]]],
    ["a byte order mark", "\uFEFFa b\n", [["a", "b"]]],
    ["parentheses join lines", "a ( b\n c ; d )\n\n e ) f\ng\n", [["a", "b", "c", "e", "f"], ["g"]]],
    ["parentheses need no blanks", "a(b\n)c\n", [["a", "b", "c"]]],
    ["parentheses in parentheses", "a ((b)\n c)\nd\n", [["a", "b", "c"], ["d"]]],
    ["quotes keep blanks, semicolons and parentheses", 'a "b ; ( c" d\n', [["a", '"b ; ( c"', "d"]]],
    ["an empty string", 'a ""\n', [["a", '""']]],
    ["escapes", 'a\\;b \\"c\\" \\( "d\\"e" f\\\\\n', [["a\\;b", '\\"c\\"', "\\(", '"d\\"e"', "f\\\\"]]],
    ["an escaped blank", "a\\ b c\n", [["a\\ b", "c"]]],
    ["a comment directly behind a word", "a b;c\n", [["a", "b"]]],
    ["a quote directly behind a word", 'key="a b"\n', [["key=", '"a b"']]],
    ["nothing", "", []],
    ["only a byte order mark", "\uFEFF", []],
  ])("%s", (_what, text, expected) => {
    expect(entries(text)).toEqual(expected);
  });

  test("a fault ends with its line, and reading goes on behind it", () => {
    expect(entries('a "b\nc\n')).toEqual([["a", "! this quote is not closed on its line"], ["c"]]);
    expect(entries("a )\nb\n")).toEqual([["a", '! ")" without "("'], ["b"]]);
    expect(entries("a ( b\nc\n")).toEqual([["a", "b", "c", '! this "(" is never closed']]);
    expect(entries("a \\")).toEqual([["a", "\\"]]);
  });

  test("an entry has an end, and a fault that comes of an open parenthesis is told where that stands", () => {
    const words = `( ${"a ".repeat(20_000)}\n`;
    expect(entries(words)[0]!.at(-1)).toBe('! this "(" is never closed');
    expect(entries(`x ${"a ".repeat(20_000)}\ny\n`).map((one) => one.at(-1))).toEqual([
      "! this entry has more than 16384 words",
      "y",
    ]);
  });

  test("lines are counted from 1, through parentheses and comments", () => {
    const lexer = new ZoneLexer(Buffer.from("; x\n\na (\n b ; c\n d )\ne\n"));
    lexer.next();
    expect([0, 1, 2].map((token) => lexer.lineAt(lexer.start[token]!))).toEqual([3, 4, 5]);
    lexer.next();
    expect(lexer.lineAt(lexer.start[0]!)).toBe(6);
  });

  test("no bytes keep it from coming to the end", () => {
    const piece = fc.oneof(
      fc.constantFrom("(", ")", '"', "\\", ";", "\n", "\r\n", " ", "\t", "$", "a", "\\0"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(""));
        const lexer = new ZoneLexer(bytes);
        let count = 0;
        while (lexer.next()) {
          expect(++count).toBeLessThanOrEqual(bytes.length + 1);
          for (let token = 0; token < lexer.count; token++) {
            expect(lexer.end[token]!).toBeLessThanOrEqual(bytes.length);
            expect(lexer.start[token]!).toBeLessThanOrEqual(lexer.end[token]!);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
