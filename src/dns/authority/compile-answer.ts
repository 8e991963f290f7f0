/**
 * The answers of a zone by kind, each made once and kept (`AuthoritativeZone`, `SecureAnswers`). With `security` they
 * carry what the DO bit asks for.
 */
import { AnswerCompiler } from "./answer-compiler.ts";
import type { AnsweringZone, FindZone } from "./answering-zone.ts";
import { AnswerWriter } from "./answer-writer.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";

/**
 * The answer to a name (lower case) that is wholly known, wherever it leads: within its zone, or with `findZone` in every
 * zone of ours.
 */
export function compileName(
  source: AnsweringZone,
  name: Uint8Array,
  type: number,
  findZone: FindZone | null = null,
): CompiledAnswer {
  const compiler = new AnswerCompiler(source, new AnswerWriter(name, true), type, findZone);
  compiler.follow(name);
  return compiler.finish();
}

/**
 * The answer of a wildcard: its owner is the query name, whatever that is; known is what all such names end with.
 * `name`: one of them, which proofs are made for.
 */
export function compileWildcard(
  source: AnsweringZone,
  wildcard: number,
  name: Uint8Array,
  type: number,
): CompiledAnswer {
  const { names } = source.zone;
  const encloser = names.parent[wildcard]!;
  const compiler = new AnswerCompiler(source, new AnswerWriter(names.name(encloser), false), type);
  compiler.answerNode(wildcard, null, name, encloser);
  return compiler.finish();
}

/** Names below a delegation, and that name itself: its NS and the addresses that lie in this zone. */
export function compileReferral(source: AnsweringZone, cut: number): CompiledAnswer {
  const writer = new AnswerWriter(source.zone.names.name(cut), false);
  writer.authoritative = false;
  const compiler = new AnswerCompiler(source, writer, 0);
  compiler.refer(cut);
  return compiler.finish();
}

/**
 * No such name below `encloser`, or no such type: the SOA, for as long as RFC 2308 §5 lets it be kept. `name`: one with
 * this answer, or null when nothing is to be proved.
 */
export function compileNoName(source: AnsweringZone, encloser: number, name: Uint8Array | null): CompiledAnswer {
  const compiler = new AnswerCompiler(source, new AnswerWriter(source.zone.names.name(encloser), false), 0);
  compiler.denyName(name, encloser);
  return compiler.finish();
}

/** The names of the answer are those that end with the apex, all of which have it: nothing is proved. */
export function compileNoType(source: AnsweringZone): CompiledAnswer {
  const compiler = new AnswerCompiler(source, new AnswerWriter(source.zone.apex, false), 0);
  compiler.denyType();
  return compiler.finish();
}
