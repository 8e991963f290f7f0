import { lookup } from "node:dns";

import { preferAddress } from "./address-order.ts";

/** A name's addresses are used this long, milliseconds: as long as Bun keeps them. */
const KEPT = 30_000;
/** Names that are kept, and names whose answering address is. */
const MOST = 1_000;
/** So long the address that answered last is asked first, milliseconds: RFC 6555 §4.2 wants some ten minutes. */
const REMEMBERED = 600_000;

/** Gets the addresses of a name, or none and the reason (ENOTFOUND …). */
export type Found = (addresses: readonly string[], reason: string) => void;

/** Asks for the addresses of a name, in the order of RFC 6724; `found` is called later. */
export type Lookup = (name: string, found: Found) => void;

interface Answer {
  addresses: readonly string[];
  /** When it was asked for, milliseconds. */
  asked: number;
  /** Who waits for it; null when it has come. */
  waiting: Found[] | null;
}

interface Answering {
  readonly address: string;
  /** Milliseconds. */
  readonly until: number;
}

/**
 * What the system's resolver says of names (getaddrinfo: /etc/hosts, DNS), kept for a while and asked once at a time; and
 * which of a name's addresses answered a connect last.
 */
export class Names {
  readonly #answers = new Map<string, Answer>();
  readonly #answering = new Map<string, Answering>();
  readonly #lookup: Lookup;
  readonly #now: () => number;

  constructor(ask: Lookup = systemLookup, now: () => number = () => performance.now()) {
    this.#lookup = ask;
    this.#now = now;
  }

  /** `found` is called later, or at once when the answer is known; with the address that answered last in front. */
  resolve(name: string, found: Found): void {
    const known = this.#answers.get(name);
    if (known?.waiting != null) {
      known.waiting.push(found);
    } else if (known !== undefined && this.#now() - known.asked < KEPT) {
      found(this.#ordered(name, known.addresses), "");
    } else {
      this.#ask(name, found);
    }
  }

  /** A connect to this address of the name went through: it is tried first from now on (RFC 8305 §4). */
  answered(name: string, address: string): void {
    this.#answering.delete(name);
    if (this.#answering.size >= MOST) this.#answering.delete(this.#answering.keys().next().value!);
    this.#answering.set(name, { address, until: this.#now() + REMEMBERED });
  }

  /** None of its addresses could be connected to: it is asked for again, and none is preferred. */
  forget(name: string): void {
    this.#answering.delete(name);
    if (this.#answers.get(name)?.waiting === null) this.#answers.delete(name);
  }

  #ordered(name: string, addresses: readonly string[]): readonly string[] {
    const known = this.#answering.get(name);
    if (known === undefined) return addresses;
    if (this.#now() < known.until) return preferAddress(addresses, known.address);
    this.#answering.delete(name);
    return addresses;
  }

  #ask(name: string, found: Found): void {
    if (this.#answers.size >= MOST) this.#forgetOldest();
    const answer: Answer = { addresses: [], asked: this.#now(), waiting: [found] };
    this.#answers.delete(name);
    this.#answers.set(name, answer);
    this.#lookup(name, (addresses, reason) => {
      const waiting = answer.waiting!;
      answer.waiting = null;
      answer.addresses = addresses;
      if (addresses.length === 0) this.#answers.delete(name);
      for (const one of waiting) one(this.#ordered(name, addresses), reason);
    });
  }

  #forgetOldest(): void {
    for (const [name, { waiting }] of this.#answers) {
      if (waiting !== null) continue;
      this.#answers.delete(name);
      return;
    }
  }
}

function systemLookup(name: string, found: Found): void {
  lookup(name, { all: true }, (error, results) => {
    found(
      (results ?? []).map(({ address }) => address),
      error?.code ?? "ENOTFOUND",
    );
  });
}

/** Those of this process: checks and traffic find the same addresses, and what one learns of them the other knows. */
export const systemNames: Names = new Names();
