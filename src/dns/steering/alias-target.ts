/**
 * The addresses of a name that is not ours, looked up again before they run out, so that a query never waits for them.
 * When no resolver answers, those found last are given for a day more (RFC 8767).
 */
import type { ResolvedAddress, Resolver } from "../../contract/resolver.ts";
import { ClientAddress } from "../authority/client-address.ts";
import type { CompiledAnswer } from "../authority/compiled-answer.ts";
import { RecordType } from "../wire/record-type.ts";
import { compileAddresses } from "./address-answers.ts";
import { IPV4, IPV6 } from "./address-group.ts";

/** RFC 8767 §5: a stale answer's TTL, seconds, and the time for which there is one. */
export const STALE_TTL = 30;
export const MAX_STALE = 86_400_000;
/** Looked up again after this share of the TTL. */
const REFRESH_AT = 0.8;
/** Milliseconds between tries after a failure: at first, and at most (RFC 8767 §5: not more often than every 30 s). */
const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;
/** A lookup that takes longer has failed, milliseconds. */
const LOOKUP_TIMEOUT = 10_000;
/** Addresses taken of one answer: what fits into 1,232 bytes over UDP, and more than anyone publishes. */
const MAX_TAKEN = 40;

export interface TtlBounds {
  /** Seconds. */
  readonly minimum: number;
  readonly maximum: number;
}

/** `new`: nothing is known yet. `lost`: what was known is older than a day. */
export type AliasState = "new" | "fresh" | "stale" | "lost";

export class AliasTarget {
  /** Without the final dot. */
  readonly name: string;
  /** Why the last lookup failed; empty: it did not. */
  problem = "";
  /** Seconds, of the addresses held. */
  ttl = 0;
  /** Texts, IPv4 first. */
  addresses: readonly string[] = [];
  readonly #resolver: Resolver;
  readonly #bounds: TtlBounds;
  readonly #timeout: number;
  readonly #fresh: [CompiledAnswer | null, CompiledAnswer | null] = [null, null];
  readonly #stale: [CompiledAnswer | null, CompiledAnswer | null] = [null, null];
  /** Of the wall clock, milliseconds; 0: never. */
  #expires = 0;
  #nextLookup = 0;
  #failures = 0;
  #running = false;

  /** `timeout`: milliseconds. */
  constructor(name: string, resolver: Resolver, bounds: TtlBounds, timeout = LOOKUP_TIMEOUT) {
    this.name = name;
    this.#resolver = resolver;
    this.#bounds = bounds;
    this.#timeout = timeout;
  }

  /** Whether a lookup is due. */
  isDue(now: number): boolean {
    return !this.#running && now >= this.#nextLookup;
  }

  state(now: number): AliasState {
    if (this.#expires === 0) return "new";
    if (now < this.#expires) return "fresh";
    return now < this.#expires + MAX_STALE ? "stale" : "lost";
  }

  /** The answer for a state of `fresh` or `stale`; null: no such address. `family`: `IPV4` or `IPV6`. */
  answer(family: number, state: AliasState): CompiledAnswer | null {
    return (state === "fresh" ? this.#fresh : this.#stale)[family]!;
  }

  /** Never rejects. `clock` tells when it ends. */
  async lookUp(clock: () => number): Promise<void> {
    this.#running = true;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("no answer in time")), this.#timeout);
    try {
      this.#take(await Promise.race([this.#resolver.resolveAddresses(this.name), late.promise]), clock());
    } catch (error) {
      this.#fail(error, clock());
    } finally {
      clearTimeout(timer);
      this.#running = false;
    }
  }

  describe(now: number): string {
    switch (this.state(now)) {
      case "new":
        return `${this.name} is not resolved yet${this.problem === "" ? "" : `: ${this.problem}`}`;
      case "fresh":
        return `${this.name} has ${this.#words()}, TTL ${this.ttl}`;
      case "stale":
        return `${this.name} had ${this.#words()}, given with TTL ${STALE_TTL} although they ran out: ${this.problem}`;
      case "lost":
        return `${this.name} was not resolved for more than a day: ${this.problem}`;
    }
  }

  #words(): string {
    return this.addresses.length === 0 ? "no address" : this.addresses.join(", ");
  }

  #take(found: readonly ResolvedAddress[], now: number): void {
    const { minimum, maximum } = this.#bounds;
    const least = found.reduce((ttl, address) => Math.min(ttl, address.ttl), found.length === 0 ? 0 : Infinity);
    const ttl = Math.max(minimum, Math.min(maximum, Math.floor(least)));
    const byFamily = [unique(found, 4), unique(found, 16)] as const;
    const addresses = byFamily.flatMap((list) => list.map(({ text }) => text));
    // The same once more: answers that are signed once per object stay the same objects.
    if (ttl !== this.ttl || addresses.join() !== this.addresses.join() || this.#expires === 0) {
      for (const family of [IPV4, IPV6]) {
        const type = family === IPV4 ? RecordType.A : RecordType.AAAA;
        const bytes = byFamily[family]!.map((address) => address.bytes);
        this.#fresh[family] = bytes.length === 0 ? null : compileAddresses(type, ttl, bytes);
        this.#stale[family] = bytes.length === 0 ? null : compileAddresses(type, Math.min(ttl, STALE_TTL), bytes);
      }
    }
    this.ttl = ttl;
    this.addresses = addresses;
    this.problem = "";
    this.#failures = 0;
    this.#expires = now + ttl * 1_000;
    this.#nextLookup = now + Math.max(1_000, ttl * 1_000 * REFRESH_AT);
  }

  #fail(error: unknown, now: number): void {
    const code = codeOf(error);
    if (code === "ENODATA" || code === "ENOTFOUND") {
      // That there is nothing is an answer, which replaces a stale one (RFC 8767 §4).
      this.#take([], now);
      this.problem = `no such name or no address for it (${code})`;
      return;
    }
    this.problem = code === "" && error instanceof Error ? error.message : `the lookup failed (${code || "unknown"})`;
    this.#nextLookup = now + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
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

/** "" when it has none. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
