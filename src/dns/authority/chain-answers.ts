import type { DnsQuery } from "../wire/query.ts";
import type { AnsweringZone } from "./answering-zone.ts";
import type { AuthoritativeZone } from "./authoritative-zone.ts";
import { compileName } from "./compile-answer.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import { KeptAnswers } from "./kept-answers.ts";
import type { ZoneSet } from "./zone-set.ts";

/** Bytes of answers kept. */
const MOST_KEPT = 16 * 1024 * 1024;

/** Of zones that cannot be asked. */
const UNUSABLE = -1;

/** The zones that a kept answer came of, and for each the epoch of its signatures. */
interface Parts {
  readonly zones: readonly AuthoritativeZone[];
  readonly epochs: readonly number[];
}

/**
 * Chains of CNAMEs that go on in other zones of ours (RFC 1034 §4.3.2, step 3a: "go back to step 1"), which a zone alone
 * cannot know of. Each link is answered, and proved, by its own zone; the last one says what there is at the end.
 */
export class ChainAnswers {
  readonly #zones: ZoneSet;
  readonly #kept = new KeptAnswers(MOST_KEPT);
  readonly #parts = new WeakMap<CompiledAnswer, Parts>();
  /** `ZoneSet.version` of what is kept. */
  #version = -1;
  // Of the answer that is being compiled.
  #dnssecOk = false;
  #now = 0;
  readonly #used = new Set<AuthoritativeZone>();

  constructor(zones: ZoneSet) {
    this.#zones = zones;
  }

  /**
   * The whole of `answer`, which `zone` gave and whose chain is not settled: itself when that stays in the zone or leaves
   * ours, which it keeps in mind.
   */
  complete(answer: CompiledAnswer, zone: AuthoritativeZone, query: DnsQuery, now: number): CompiledAnswer {
    const { version } = this.#zones;
    const chain = answer.chain!;
    if (version !== this.#version) this.#kept.clear();
    this.#version = version;
    if (chain.targets.every((target) => this.#isSettled(target, zone, query.type))) {
      chain.settled = version;
      return answer;
    }
    const name = query.name.slice(0, query.nameLength);
    const flags = (query.type << 1) | (query.dnssecOk ? 1 : 0);
    const key = `${String.fromCharCode(flags & 0xffff, flags >> 16)}${Buffer.from(name).latin1Slice()}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#holds(kept, now)) return kept;
    return this.#kept.keep(key, this.#compile(name, zone, query, now));
  }

  #isSettled(target: Uint8Array, zone: AuthoritativeZone, type: number): boolean {
    const holder = this.#zones.holding(target, type);
    return holder === null || holder === zone;
  }

  #holds(answer: CompiledAnswer, now: number): boolean {
    const { zones, epochs } = this.#parts.get(answer)!;
    return zones.every((zone, index) => epochOf(zone, now) === epochs[index]);
  }

  #compile(name: Uint8Array, zone: AuthoritativeZone, query: DnsQuery, now: number): CompiledAnswer {
    this.#dnssecOk = query.dnssecOk;
    this.#now = now;
    this.#used.clear();
    const answer = compileName(this.#sourceOf(zone)!, name, query.type, this.#find);
    const zones = [...this.#used];
    this.#parts.set(answer, { zones, epochs: zones.map((used) => epochOf(used, now)) });
    return answer;
  }

  /** What answers for a name that a chain leads to; null: nobody here. */
  readonly #find = (name: Uint8Array, type: number): AnsweringZone | null => {
    const zone = this.#zones.holding(name, type);
    return zone === null ? null : this.#sourceOf(zone);
  };

  #sourceOf(zone: AuthoritativeZone): AnsweringZone | null {
    this.#used.add(zone);
    // Asked before it signs: signatures are made for the epoch that was asked for last.
    return epochOf(zone, this.#now) === UNUSABLE ? null : zone.source(this.#dnssecOk);
  }
}

function epochOf(zone: AuthoritativeZone, now: number): number {
  return zone.usable ? zone.epoch(now) : UNUSABLE;
}
