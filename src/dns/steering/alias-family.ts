import { hasNone, type ResolvedAddress, type ResolvedFamily } from "../../contract/resolver.ts";
import { ClientAddress } from "../authority/client-address.ts";
import type { CompiledAnswer } from "../authority/compiled-answer.ts";
import { RecordType } from "../wire/record-type.ts";
import { compileAddresses } from "./address-answers.ts";
import { IPV4 } from "./address-group.ts";

/** RFC 8767 §5: a stale answer's TTL, seconds, and the time for which there is one. */
export const STALE_TTL = 30;
export const MAX_STALE = 86_400_000;
/**
 * "No such name" for one type while the other has addresses contradicts itself (RFC 4074 §4.2), but the resolver may also
 * mean "no such record": it is believed when it is still said this long after the addresses were found last.
 */
export const MAX_DOUBT = 3_600_000;
/** Addresses taken of one answer: what fits into 1,232 bytes over UDP, and more than anyone publishes. */
const MAX_TAKEN = 40;

/** `new`: nothing is known yet. `lost`: what was known is older than a day. */
export type AliasState = "new" | "fresh" | "stale" | "lost";

/** The addresses of one family that a foreign name has. */
export class AliasFamily {
  /** Why they were not found the last time; "": they were, or there are none. */
  problem = "";
  /** Seconds, of the addresses held. */
  ttl = 0;
  addresses: readonly string[] = [];
  readonly #family: number;
  readonly #bytes: number;
  #fresh: CompiledAnswer | null = null;
  #stale: CompiledAnswer | null = null;
  /** Of the wall clock, milliseconds; 0: never. */
  #expires = 0;
  /** When they were found last. */
  #found = 0;

  /** `IPV4` or `IPV6`. */
  constructor(family: number) {
    this.#family = family;
    this.#bytes = family === IPV4 ? 4 : 16;
  }

  state(now: number): AliasState {
    if (this.#expires === 0) return "new";
    if (now < this.#expires) return "fresh";
    return now < this.#expires + MAX_STALE ? "stale" : "lost";
  }

  /** For a state of `fresh` or `stale`; null: no such address. */
  answer(state: AliasState): CompiledAnswer | null {
    return state === "fresh" ? this.#fresh : this.#stale;
  }

  /** `ttl`: seconds that it may be kept. `otherHas`: the other family has addresses. */
  take(outcome: ResolvedFamily, ttl: number, otherHas: boolean, now: number): void {
    const { code } = outcome;
    if (code !== "" && !hasNone(outcome)) {
      this.fail(`the lookup failed (${code})`);
    } else if (code === "ENOTFOUND" && otherHas && this.addresses.length > 0 && now < this.#found + MAX_DOUBT) {
      this.fail(`no such name, which has other addresses (${code})`);
    } else {
      // That there is nothing is an answer, which replaces a stale one (RFC 8767 §4).
      this.#hold(unique(outcome.addresses, this.#bytes), ttl, now);
    }
  }

  /** What is held stays. */
  fail(problem: string): void {
    this.problem = problem;
  }

  #hold(found: readonly Parsed[], ttl: number, now: number): void {
    const addresses = found.map(({ text }) => text);
    // The same once more: answers that are signed once per object stay the same objects.
    if (ttl !== this.ttl || addresses.join() !== this.addresses.join()) {
      const type = this.#family === IPV4 ? RecordType.A : RecordType.AAAA;
      const bytes = found.map((address) => address.bytes);
      this.#fresh = bytes.length === 0 ? null : compileAddresses(type, ttl, bytes);
      this.#stale = bytes.length === 0 ? null : compileAddresses(type, Math.min(ttl, STALE_TTL), bytes);
    }
    this.ttl = ttl;
    this.addresses = addresses;
    this.problem = "";
    this.#expires = now + ttl * 1_000;
    this.#found = now;
  }
}

interface Parsed {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** Each address of this length once, in order, so that what comes in another order is the same set. */
function unique(found: readonly ResolvedAddress[], length: number): readonly Parsed[] {
  const reader = new ClientAddress();
  const byText = new Map<string, Parsed>();
  for (const { address } of found) {
    reader.read(address);
    if (reader.length === length) byText.set(address, { text: address, bytes: reader.bytes.slice(0, length) });
  }
  return [...byText.values()].toSorted((a, b) => Buffer.compare(a.bytes, b.bytes)).slice(0, MAX_TAKEN);
}
