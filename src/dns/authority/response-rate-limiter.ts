/**
 * Response rate limiting over UDP, after what BIND and NSD do ("RRL"): answers of one kind about one name to one network
 * of clients are counted, and what goes beyond the rate is dropped or, every now and then, sent as an empty truncated
 * answer, so that a real client of that network asks again over TCP while a forged one brings its victim nothing.
 */
import type { AddressSet } from "../../contract/plan.ts";
import type { ClientAddress } from "./client-address.ts";

export const Verdict = { SEND: 0, DROP: 1, SLIP: 2 } as const;

/** What an answer is, of all that one name or one zone can be asked. */
export const AnswerKind = {
  POSITIVE: 1,
  NO_SUCH_NAME: 2,
  NO_SUCH_TYPE: 3,
  REFERRAL: 4,
  WILDCARD: 5,
  ERROR: 6,
} as const;

export interface RateLimitOptions {
  /** Answers a second. */
  readonly rate: number;
  /** Of the answers beyond it, every how manieth goes out truncated: 1 = all, 0 = none. */
  readonly slip: number;
  /** For how many seconds' worth of answers beyond the rate a client stays in debt after it has slowed down. */
  readonly window: number;
  /** Places in the table, rounded up to a power of two; 16 bytes each. */
  readonly size: number;
  /** Clients that are not limited. */
  readonly exempt: AddressSet | null;
  /** Makes places in the table unpredictable; by default a random number. */
  readonly seed?: number;
}

export const RATE_LIMIT: RateLimitOptions = { rate: 200, slip: 2, window: 15, size: 65_536, exempt: null };

/** Places that a key may stand in: of those that are taken by others the most quiet one is given up. */
const WAYS = 4;

export class ResponseRateLimiter {
  readonly #options: RateLimitOptions;
  readonly #keys: Int32Array;
  /** When all that was sent would have been sent at the rate, milliseconds (a leaky bucket's level as a time). */
  readonly #until: Float64Array;
  readonly #slips: Uint32Array;
  readonly #mask: number;
  readonly #interval: number;
  readonly #most: number;
  readonly #seed: number;

  constructor(options: RateLimitOptions = RATE_LIMIT) {
    let size = WAYS;
    while (size < options.size) size *= 2;
    this.#options = options;
    this.#keys = new Int32Array(size);
    this.#until = new Float64Array(size);
    this.#slips = new Uint32Array(size);
    this.#mask = size - WAYS;
    this.#interval = 1_000 / options.rate;
    this.#most = 1_000 * options.window;
    this.#seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  }

  /**
   * Counts an answer. `name`: hash of the name, or of the zone where any name would do. `now`: milliseconds, coarse:
   * at least ten steps a second.
   */
  judge(address: ClientAddress, text: string, kind: number, name: number, now: number): number {
    const { exempt, slip } = this.#options;
    if (exempt !== null && exempt.has(text)) return Verdict.SEND;
    const key = mix(mix(address.networkHash() ^ this.#seed) ^ Math.imul(kind, 0x9e3779b1) ^ name);
    const place = this.#place(key, now);
    const until = this.#until;
    const level = until[place]! - now;
    // Limited answers count as well: who goes on asking stays limited.
    until[place] = now + Math.min(level + this.#interval, this.#most);
    if (level < 1_000) return Verdict.SEND;
    if (slip === 0) return Verdict.DROP;
    const slips = this.#slips[place]! + 1;
    this.#slips[place] = slips;
    return slips % slip === 0 ? Verdict.SLIP : Verdict.DROP;
  }

  /** The key's place, taken from the one that was quiet for longest when it has none. */
  #place(key: number, now: number): number {
    const first = key & this.#mask & -WAYS;
    let quiet = first;
    for (let place = first; place < first + WAYS; place++) {
      if (this.#keys[place] === key) {
        if (this.#until[place]! < now) this.#until[place] = now;
        return place;
      }
      if (this.#until[place]! < this.#until[quiet]!) quiet = place;
    }
    this.#keys[quiet] = key;
    this.#until[quiet] = now;
    this.#slips[quiet] = 0;
    return quiet;
  }
}

/** Spreads every bit over the whole word (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
