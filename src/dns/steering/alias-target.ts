/**
 * The addresses of a name that is not ours, looked up again before they run out, so that a query never waits for them.
 * Each family stands for itself: when no resolver answers for it, those found last are given for a day more (RFC 8767),
 * and then none.
 */
import { hasNone, type ResolvedAddresses, type ResolvedFamily, type Resolver } from "../../contract/resolver.ts";
import { IPV4, IPV6 } from "./address-group.ts";
import { AliasFamily, STALE_TTL } from "./alias-family.ts";

/** Looked up again after this share of the TTL. */
const REFRESH_AT = 0.8;
/** Milliseconds between tries after a failure: at first, and at most (RFC 8767 §5: not more often than every 30 s). */
const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;
/** A lookup that takes longer has failed, milliseconds. */
const LOOKUP_TIMEOUT = 10_000;

export interface TtlBounds {
  /** Seconds. */
  readonly minimum: number;
  readonly maximum: number;
}

export class AliasTarget {
  /** Without the final dot. */
  readonly name: string;
  readonly #families: readonly [AliasFamily, AliasFamily] = [new AliasFamily(IPV4), new AliasFamily(IPV6)];
  readonly #resolver: Resolver;
  readonly #bounds: TtlBounds;
  readonly #timeout: number;
  /** Of the wall clock, milliseconds. */
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

  /** `IPV4` or `IPV6`. */
  family(family: number): AliasFamily {
    return this.#families[family]!;
  }

  /** Never rejects. `clock` tells when it ends. */
  async lookUp(clock: () => number): Promise<void> {
    this.#running = true;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("no answer in time")), this.#timeout);
    try {
      this.#take(await Promise.race([this.#resolver.resolveAddresses(this.name), late.promise]), clock());
    } catch (error) {
      const code = codeOf(error);
      const problem =
        code === "" && error instanceof Error ? error.message : `the lookup failed (${code || "unknown"})`;
      for (const family of this.#families) family.fail(problem);
      this.#retry(clock(), Infinity);
    } finally {
      clearTimeout(timer);
      this.#running = false;
    }
  }

  describe(now: number): string {
    const [ipv4, ipv6] = this.#families;
    if (ipv4.state(now) === ipv6.state(now)) return `${this.name} ${describeFamilies([ipv4, ipv6], now, "")}`;
    return `${this.name} ${describeFamilies([ipv4], now, "IPv4 ")}; ${describeFamilies([ipv6], now, "IPv6 ")}`;
  }

  #take({ ipv4, ipv6 }: ResolvedAddresses, now: number): void {
    const [first, second] = this.#families;
    const least = Math.min(leastTtl(ipv4, Infinity), leastTtl(ipv6, Infinity));
    // That one family has nothing holds as long as what the other has.
    const shared = least === Infinity ? 0 : least;
    first.take(ipv4, this.#within(leastTtl(ipv4, shared)), ipv6.addresses.length > 0, now);
    second.take(ipv6, this.#within(leastTtl(ipv6, shared)), ipv4.addresses.length > 0, now);
    const refresh = Math.max(1_000, this.#within(shared) * 1_000 * REFRESH_AT);
    if (isFailed(ipv4) || isFailed(ipv6)) {
      this.#retry(now, least === Infinity ? least : refresh);
    } else {
      this.#failures = 0;
      this.#nextLookup = now + refresh;
    }
  }

  /** `most`: milliseconds. */
  #retry(now: number, most: number): void {
    this.#nextLookup = now + Math.min(most, LAST_RETRY, FIRST_RETRY * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
  }

  #within(ttl: number): number {
    return Math.max(this.#bounds.minimum, Math.min(this.#bounds.maximum, Math.floor(ttl)));
  }
}

/** `none`: for when there are none. */
function leastTtl({ addresses }: ResolvedFamily, none: number): number {
  if (addresses.length === 0) return none;
  return addresses.reduce((least, { ttl }) => Math.min(least, ttl), Infinity);
}

/** It is not known whether there are addresses. */
function isFailed(family: ResolvedFamily): boolean {
  return family.code !== "" && !hasNone(family);
}

/** "" when it has none. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** Of families that are in the same state. `which`: "IPv4 " or "IPv6 " when it is one. */
function describeFamilies(families: readonly AliasFamily[], now: number, which: string): string {
  const addresses = families.flatMap((family) => family.addresses);
  const words = addresses.length === 0 ? `no ${which}address` : addresses.join(", ");
  const ttl = families.reduce((least, family) => Math.min(least, family.ttl), Infinity);
  const problem = families.find((family) => family.problem !== "")?.problem ?? "";
  const because = problem === "" ? "" : `: ${problem}`;
  switch (families[0]!.state(now)) {
    case "new":
      return `is not resolved yet${which === "" ? "" : ` for ${which.trimEnd()}`}${because}`;
    case "fresh":
      return `has ${words}, TTL ${ttl}${because}`;
    case "stale":
      return `had ${words}, given with TTL ${STALE_TTL} although they ran out${because}`;
    case "lost":
      return `had ${words}, and was not resolved for more than a day${because}`;
  }
}
