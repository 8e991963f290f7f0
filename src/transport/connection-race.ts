import { interleaveFamilies } from "./address-order.ts";
import { isShortage } from "./shortage.ts";

/** Connection Attempt Delay (RFC 8305 §5: 250 ms are recommended, less than 100 ms or more than 2 s are not), milliseconds. */
export const ATTEMPT_DELAY = 250;
/** Addresses of one name that are tried: each is a socket. */
const MOST = 16;

/** Calls back once after so many milliseconds; what it answers takes that back. */
export type After = (milliseconds: number, callback: () => void) => () => void;

const after: After = (milliseconds, callback) => {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
};

/** Who connects for a race. */
export interface Racer<Attempt> {
  /** Begins to connect. How it ends is told by `won` or `failed`, and not before this returns. */
  begin(address: string): Attempt;
  /** Another one has won, or nobody wants the connection any more. Nothing is told of the attempt from here on. */
  giveUp(attempt: Attempt): void;
  /** Every address has failed. */
  onLost(reason: string): void;
}

interface Entrant<Attempt> {
  readonly address: string;
  readonly attempt: Attempt;
  /** "" while it is under way. */
  reason: string;
}

/**
 * Happy Eyeballs (RFC 8305 §5): connects to the addresses of a name one after the other, without waiting for the one before
 * longer than `ATTEMPT_DELAY`, nor at all when it has failed. The first that succeeds wins, the others are given up.
 */
export class ConnectionRace<Attempt> {
  readonly #addresses: readonly string[];
  readonly #racer: Racer<Attempt>;
  readonly #after: After;
  readonly #entrants: Array<Entrant<Attempt>> = [];
  #underWay = 0;
  #over = false;
  #stopTimer: (() => void) | null = null;
  /** What the last failure was, or the edge's own shortage, which says nothing of the other side. */
  #reason = "";

  /** `addresses`: at least one, the preferred one first. The first attempt begins now. */
  constructor(addresses: readonly string[], racer: Racer<Attempt>, timer: After = after) {
    this.#addresses = interleaveFamilies(addresses).slice(0, MOST);
    this.#racer = racer;
    this.#after = timer;
    this.#next();
  }

  /** What became of the addresses that were tried, for a person: "192.0.2.1 (no answer), ::1 (ECONNREFUSED)". */
  tried(): string {
    return this.#entrants.map(({ address, reason }) => `${address} (${reason || "no answer"})`).join(", ");
  }

  /** Answers which address it was, and what became of those before it. */
  won(attempt: Attempt): { readonly address: string; readonly others: string } {
    const winner = this.#entrants.findIndex((entrant) => entrant.attempt === attempt);
    const [{ address }] = this.#entrants.splice(winner, 1) as [Entrant<Attempt>];
    this.#giveUp();
    return { address, others: this.tried() };
  }

  failed(attempt: Attempt, reason: string): void {
    if (this.#over) return;
    this.#entrants.find((entrant) => entrant.attempt === attempt)!.reason = reason;
    this.#underWay--;
    if (!isShortage(this.#reason)) this.#reason = reason;
    this.#stopTimer?.();
    this.#stopTimer = null;
    if (this.#entrants.length < this.#addresses.length) {
      this.#next();
    } else if (this.#underWay === 0) {
      this.#over = true;
      this.#racer.onLost(this.#reason);
    }
  }

  /** Nobody wants the connection any more. */
  cancel(): void {
    this.#giveUp();
  }

  #giveUp(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer?.();
    this.#stopTimer = null;
    for (const { attempt, reason } of this.#entrants) if (reason === "") this.#racer.giveUp(attempt);
  }

  #next(): void {
    const address = this.#addresses[this.#entrants.length]!;
    this.#underWay++;
    this.#entrants.push({ address, attempt: this.#racer.begin(address), reason: "" });
    if (this.#entrants.length === this.#addresses.length) return;
    this.#stopTimer = this.#after(ATTEMPT_DELAY, () => {
      this.#stopTimer = null;
      this.#next();
    });
  }
}
