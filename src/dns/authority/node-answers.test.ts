import { expect, test } from "bun:test";
import fc from "fast-check";
import { wire } from "./ask-for-tests.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { NodeAnswers } from "./node-answers.ts";

const answer = () => new AnswerWriter(wire("example."), true).finish();

test("answers are kept within their bytes, and then made again", () => {
  const kept = new NodeAnswers(10 * 256);
  const [first, last] = [answer(), answer()];
  for (let node = 0; node < 10; node++) expect(kept.keep(node, 1, first)).toBe(first);
  expect([kept.size, kept.get(0, 1), kept.get(0, 2)]).toEqual([10, first, undefined]);
  kept.keep(10, 1, last);
  expect([kept.size, kept.get(0, 1), kept.get(10, 1)]).toEqual([1, undefined, last]);
});

test("any nodes and kinds find what was kept under both, and nothing else", () => {
  const key = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 31 - 2 })),
    fc.oneof(fc.constantFrom(1, 28, 0x10000, 0x20001), fc.integer({ min: 0, max: 0x2ffff })),
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), key, (keys, other) => {
      const kept = new NodeAnswers(Infinity);
      const expected = new Map<string, unknown>();
      for (const [node, kind] of keys) {
        const known = kept.get(node, kind);
        expect(known).toBe(expected.get(`${node} ${kind}`) as typeof known);
        if (known === undefined) expected.set(`${node} ${kind}`, kept.keep(node, kind, answer()));
      }
      expect(kept.size).toBe(expected.size);
      for (const [node, kind] of [...keys, other]) {
        expect(kept.get(node, kind)).toBe(expected.get(`${node} ${kind}`) as ReturnType<typeof kept.get>);
      }
    }),
    { numRuns: 50 },
  );
});
