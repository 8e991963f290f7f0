import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ByteAutomaton, MAX_NODES } from "./byte-automaton.ts";
import { parseRegex } from "./parse-regex.ts";

function matches(source: string, text: string): boolean {
  const bytes = Buffer.from(`<${text}>`, "latin1");
  return new ByteAutomaton(parseRegex(source)).test(bytes, 1, bytes.length - 1);
}

describe("what it accepts", () => {
  test.each([
    ["^/users/\\d+$", "/users/42", true],
    ["^/users/\\d+$", "/users/42/", false],
    ["^/users/\\d+$", "/users/", false],
    ["\\.(?:png|jpe?g)$", "/a/b.jpeg", true],
    ["\\.(?:png|jpe?g)$", "/a/b.jpegs", false],
    ["(?i:\\.png)$", "/A.PnG", true],
    ["(?i:\\.png)x$", "/A.PnGX", false],
    ["b", "/abc", true],
    ["", "/abc", true],
    ["^$", "", true],
    ["^$", "/", false],
    ["^/[^/]{2,3}/$", "/ab/", true],
    ["^/[^/]{2,3}/$", "/abcd/", false],
    ["^/a{2}$", "/aa", true],
    ["^/a{2,}$", "/aaaaa", true],
    ["^/a{2,}$", "/a", false],
    ["^/(?<name>x|y)*?$", "/xyx", true],
    ["^/[\\w-]+$", "/a-b_c9", true],
    ["^/[a\\]]+$", "/]a", true],
    ["^/[-a]+$", "/-a", true],
    ["^/[a-]+$", "/-a", true],
    ["^/é$", "/%C3%A9", true],
    ["^/a b$", "/a%20b", true],
    ["a|^/b$|c$", "/b", true],
    ["a|^/b$|c$", "/bb", false],
    ["(^/a|b)c", "/ac", true],
    ["(^/a|b)c", "/xac", false],
  ])("%p on %p: %p", (source, text, expected) => {
    expect(matches(source, text)).toBe(expected);
  });
});

describe("what it refuses", () => {
  test.each([
    ["(a", '"(" without ")"'],
    ["a)", '")" without "("'],
    ["*a", "nothing before it"],
    ["a**", "two quantifiers"],
    ["^*", "repeats an anchor"],
    ["a{", "that is not a count"],
    ["a{3,2}", "the wrong way round"],
    ["a{256}", "counts beyond 255"],
    ["(?=a)", "looks ahead or behind"],
    ["(?<!a)b", "looks ahead or behind"],
    ["(a)\\1", "refers back"],
    ["\\bx", "not known here"],
    ["[z-a]", "backwards"],
    ["[a", "ends in the middle"],
    ["[é]", "no path holds plainly"],
    ["\\", "ends in the middle"],
  ])("%p: %s", (source, why) => {
    expect(() => parseRegex(source)).toThrow(why);
  });

  test("patterns that are too large", () => {
    expect(() => new ByteAutomaton(parseRegex("((a{99}){99}){99}"))).toThrow(`more than ${MAX_NODES} places`);
  });
});

/** Patterns of few letters, so that they match now and then. */
const pattern = fc.letrec<{ whole: string; part: string }>((tie) => ({
  whole: fc.array(tie("part"), { maxLength: 4 }).map((parts) => parts.join("")),
  part: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("a", "b", "/", ".", "[ab]", "[^a]", "\\w", "\\W", "^", "$", "[/-b]"),
    tie("whole").map((inner) => `(${inner})`),
    fc.tuple(tie("whole"), tie("whole")).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(tie("whole"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{0,1}", "{2,}", "*?", "+?"))
      .map(([inner, quantifier]) => `(?:${inner})${quantifier}`),
  ),
})).whole;

test("it agrees with JavaScript's matcher", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "c"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 8 }), (source, texts) => {
      const automaton = new ByteAutomaton(parseRegex(source));
      for (const each of texts) {
        const bytes = Buffer.from(each);
        expect(automaton.test(bytes, 0, bytes.length)).toBe(new RegExp(source).test(each));
      }
    }),
    { numRuns: 3000 },
  );
});

test("patterns that make a backtracking matcher think for ages take no time", () => {
  const path = Buffer.from(`/${"a".repeat(8000)}!`);
  for (const source of ["^/(a+)+$", "^/(a|a)*$", "^/(a|aa)+$", "a*a*a*a*a*b", "^/(.*a){12}$x", "(a?){50}b"]) {
    const automaton = new ByteAutomaton(parseRegex(source));
    const begun = process.cpuUsage().user;
    for (let round = 0; round < 5; round++) expect(automaton.test(path, 0, path.length)).toBeFalse();
    // Milliseconds: a fraction of one each, with room for a machine that is busy.
    expect((process.cpuUsage().user - begun) / 1000).toBeLessThan(500);
  }
});

test("a pattern with more states than are kept is matched all the same", () => {
  // 2^12 sets: whether each of the last twelve letters was an "a".
  const source = "a.{12}$";
  const automaton = new ByteAutomaton(parseRegex(source));
  const regex = new RegExp(source);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 60, maxLength: 200 }), (text) => {
      expect(automaton.test(Buffer.from(text), 0, text.length)).toBe(regex.test(text));
    }),
    { numRuns: 300 },
  );
});
