import type { RequestHead } from "../contract/head.ts";
import { editDistance } from "../schema/nearest.ts";
import type { CompiledRoute } from "./candidate.ts";
import type { HostPattern } from "./host-pattern.ts";
import type { PathPattern } from "./path-pattern.ts";

/** Words of a host or path that are compared, and characters of each: what a request sends must not cost more. */
const MAX_WORDS = 16;
const MAX_LETTERS = 48;
/** What a word costs that has none beside it on the other side. */
const MISSING = 0.5;
/** A parameter takes any word, which says half as much as a word that is the same. */
const PARAMETER = 0.5;
/** Words compared letter by letter for one request, some ten microseconds each; further ones are the same or not. */
const MAX_COMPARED = 4_000;
/** Share of the letters of a word that may be wrong; always one. */
const WRONG = 1 / 3;

interface Word {
  readonly text: string;
  readonly parameter: boolean;
}

/**
 * How near routes are to one request: by the words (labels of the host, segments of the path) that both have in the same
 * order, of which a few letters may be wrong. A word that many routes have is compared once.
 */
export class Nearness {
  /** From its end, since it is the front of a host that is open. */
  readonly #host: Words;
  readonly #path: Words;

  constructor(head: RequestHead) {
    const labels = head.host().toLowerCase().replace(/\.$/, "").split(".");
    this.#host = new Words(labels.toReversed().slice(0, MAX_WORDS));
    this.#path = new Words(head.path().slice(1).split("/", MAX_WORDS));
  }

  /** From 0, nothing is alike, to 1; host and path are half of it each. */
  of({ hosts, paths }: CompiledRoute): number {
    const host = Math.max(...hosts.map((pattern) => this.#hostLikeness(pattern)));
    const path = Math.max(...paths.map((pattern) => this.#pathLikeness(pattern)));
    return Math.round(500 * (host + path)) / 1000;
  }

  /** Of a regular expression only the segments that it begins with are known to be alike, and the rest is not. */
  #pathLikeness({ segments, prefix, regex }: PathPattern): number {
    if (regex === null) return this.#path.likeness(segments, prefix);
    return segments.length === 0 ? 0 : PARAMETER * this.#path.likeness(segments, prefix);
  }

  #hostLikeness({ kind, name }: HostPattern): number {
    if (kind === "any") return 1;
    const labels = name.split(".").toReversed();
    return this.#host.likeness(
      labels.map((text) => ({ text, parameter: false })),
      kind === "wildcard",
    );
  }
}

/** Words of the request, to hold patterns against. */
class Words {
  readonly #words: readonly string[];
  #left = MAX_COMPARED;
  /** What was compared before: by a word of a pattern, with each of these. */
  readonly #compared = new Map<string, readonly number[]>();

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /**
   * The best alignment of both: what words that stand beside each other have in common, less what stands alone, as a
   * share of all. Behind an open pattern further words cost nothing.
   */
  likeness(pattern: readonly Word[], open: boolean): number {
    if (open && pattern.length === 0) return 1;
    const count = this.#words.length;
    const compared = pattern.slice(0, MAX_WORDS);
    let row = Array.from({ length: count + 1 }, (_, index) => -MISSING * index);
    for (const word of compared) {
      const alike = this.#alike(word);
      const next = [row[0]! - MISSING];
      for (let index = 1; index <= count; index++) {
        const alone = Math.max(row[index]!, next[index - 1]!) - MISSING;
        next.push(Math.max(alone, row[index - 1]! + alike[index - 1]!));
      }
      row = next;
    }
    const score = open ? Math.max(...row) : row[count]! - MISSING * (pattern.length - compared.length);
    return Math.max(0, score) / (open ? pattern.length : Math.max(pattern.length, count));
  }

  #alike(word: Word): readonly number[] {
    if (word.parameter) return this.#words.map((other) => (other === "" ? -2 * MISSING : PARAMETER));
    let alike = this.#compared.get(word.text);
    if (alike === undefined) {
      const list: number[] = [];
      for (const [index, other] of this.#words.entries()) {
        const before = this.#words.indexOf(other);
        list.push(before < index ? list[before]! : this.#likeness(word.text, other));
      }
      alike = list;
      this.#compared.set(word.text, alike);
    }
    return alike;
  }

  /** 1: the same; less for each letter that is wrong; two words alone when too many are. */
  #likeness(a: string, b: string): number {
    if (a === b) return 1;
    const most = Math.max(a.length, b.length);
    const wrong = Math.max(1, Math.floor(most * WRONG));
    // One letter for another is another word.
    if (most < 2 || Math.min(a.length, b.length) === 0 || most > MAX_LETTERS || Math.abs(a.length - b.length) > wrong)
      return -2 * MISSING;
    // Few mistake both ends of a word; most words differ there, and need no closer look.
    const ends =
      a.at(0)!.toLowerCase() === b.at(0)!.toLowerCase() || a.at(-1)!.toLowerCase() === b.at(-1)!.toLowerCase();
    if (!ends || this.#left === 0) return -2 * MISSING;
    this.#left--;
    const distance = Math.max(1, editDistance(a, b));
    return distance <= wrong ? 1 - distance / most : -2 * MISSING;
  }
}
