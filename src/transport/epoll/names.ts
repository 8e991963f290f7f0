import { lookup } from "node:dns";

/** A name's addresses are used this long, milliseconds: as long as Bun keeps them. */
const KEPT = 30_000;
/** Names that are kept. */
const MOST = 1_000;

/** Gets the addresses of a name, or none and the reason (ENOTFOUND …). */
export type Found = (addresses: readonly string[], reason: string) => void;

interface Answer {
  addresses: readonly string[];
  /** When it was asked for, milliseconds. */
  asked: number;
  /** Who waits for it; null when it has come. */
  waiting: Found[] | null;
}

/** What the system's resolver says of names (getaddrinfo: /etc/hosts, DNS), kept for a while and asked once at a time. */
export class Names {
  readonly #answers = new Map<string, Answer>();

  /** `found` is called later, or at once when the answer is known. */
  resolve(name: string, found: Found): void {
    const known = this.#answers.get(name);
    if (known?.waiting != null) {
      known.waiting.push(found);
    } else if (known !== undefined && performance.now() - known.asked < KEPT) {
      found(known.addresses, "");
    } else {
      this.#ask(name, found);
    }
  }

  /** None of its addresses could be connected to: it is asked for again. */
  forget(name: string): void {
    if (this.#answers.get(name)?.waiting === null) this.#answers.delete(name);
  }

  #ask(name: string, found: Found): void {
    if (this.#answers.size >= MOST) this.#forgetOldest();
    const answer: Answer = { addresses: [], asked: performance.now(), waiting: [found] };
    this.#answers.delete(name);
    this.#answers.set(name, answer);
    lookup(name, { all: true }, (error, results) => {
      const waiting = answer.waiting!;
      answer.waiting = null;
      answer.addresses = (results ?? []).map(({ address }) => address);
      if (answer.addresses.length === 0) this.#answers.delete(name);
      for (const one of waiting) one(answer.addresses, error?.code ?? "ENOTFOUND");
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
