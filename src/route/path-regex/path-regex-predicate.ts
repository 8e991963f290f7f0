import type { RequestHead } from "../../contract/head.ts";
import { MatchedPath } from "../matched-path.ts";
import type { Predicate } from "../predicate.ts";
import type { ByteAutomaton } from "./byte-automaton.ts";

/** Shared: read again for every request. */
const PATH = new MatchedPath();

/** The regular expression of a path, behind the literal segments that it begins with. */
export class PathRegexPredicate implements Predicate {
  readonly kind = "path";
  readonly key: string;
  readonly #automaton: ByteAutomaton;

  /** @param text of the pattern */
  constructor(text: string, automaton: ByteAutomaton) {
    this.key = `path ${text}`;
    this.#automaton = automaton;
  }

  accepts(head: RequestHead): boolean {
    return PATH.read(head) && this.#automaton.test(PATH.bytes, PATH.start, PATH.end);
  }

  refusal(head: RequestHead): string {
    const path = PATH.read(head) ? PATH.bytes.latin1Slice(PATH.start, PATH.end) : head.target();
    return `${this.key} does not match "${path}"`;
  }
}
