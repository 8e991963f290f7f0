import { expect, test } from "bun:test";
import { wire } from "./ask-for-tests.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { KeptAnswers, KeptProofs } from "./kept-answers.ts";

const ANSWER = new AnswerWriter(wire("example."), true).finish();

test("answers are kept within their bytes, and then made again", () => {
  const kept = new KeptAnswers(10 * 256);
  for (let key = 0; key < 10; key++) expect(kept.keep(`${key}`, ANSWER)).toBe(ANSWER);
  expect(kept.size).toBe(10);
  expect(kept.get("0")).toBe(ANSWER);
  kept.keep("10", ANSWER);
  expect(kept.size).toBe(1);
  expect(kept.get("0")).toBeUndefined();
  expect(kept.get("10")).toBe(ANSWER);
});

test("proofs are kept by both of their keys", () => {
  const kept = new KeptProofs(3 * 256);
  kept.keep(1, 1, ANSWER);
  kept.keep(1, 2, ANSWER);
  kept.keep(2, 1, ANSWER);
  expect([kept.get(1, 1), kept.get(1, 2), kept.get(2, 1), kept.get(2, 2)]).toEqual([ANSWER, ANSWER, ANSWER, undefined]);
  kept.keep(2, 2, ANSWER);
  expect(kept.get(1, 1)).toBeUndefined();
  expect(kept.get(2, 2)).toBe(ANSWER);
});
