import { createHash, timingSafeEqual } from "node:crypto";

/** How fast wrong tokens can be tried: one answer per so many milliseconds, for all who try together. */
const FAILURE_INTERVAL = 100;
/** Wrong tokens that wait for their answer at once; a further one is turned away. */
const MAX_WAITING = 32;

export type TokenVerdict = "right" | "wrong" | "too-many";

/** Checks the bearer token of a request (RFC 6750 §2.1), in constant time, and slows down who guesses. */
export class TokenCheck {
  readonly #digest: Buffer;
  readonly #interval: number;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(token: string, interval = FAILURE_INTERVAL) {
    this.#digest = digest(token);
    this.#interval = interval;
  }

  async check(authorization: string | null): Promise<TokenVerdict> {
    // Nobody guesses who gives none.
    if (authorization === null) return "wrong";
    const given = /^Bearer +([^ ]+) *$/i.exec(authorization ?? "")?.[1] ?? "";
    // Digests are equally long, so that the comparison tells nothing about the length either.
    if (timingSafeEqual(digest(given), this.#digest)) return "right";
    // Behind the comparison: a flood of wrong ones must not lock out the right one, and a token is too long to be found
    // at whatever speed.
    if (this.#waiting >= MAX_WAITING) return "too-many";
    this.#waiting++;
    this.#last = this.#last.then(() => Bun.sleep(this.#interval));
    await this.#last;
    this.#waiting--;
    return "wrong";
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
