/** A resolver in front of another: few lookups at once, and each has its deadline, whatever the one behind it does. */
import type { WheelMilliseconds } from "../../contract/time.ts";
import type { ResolvedAddresses, ResolvedService, Resolver } from "../../contract/resolver.ts";

/** Enough for a start with many names, and far below what makes a name server drop queries. */
const LOOKUPS_AT_ONCE = 16;
/** Beyond the system resolver's own 5 s. Milliseconds. */
const LOOKUP_TIMEOUT = 6000;

interface Lookup {
  /** Wheel milliseconds; counts from when it is sent, not from when it began to wait. */
  deadline: number;
  readonly send: () => void;
  readonly fail: (code: string) => void;
}

class LookupError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = "LookupError";
    this.code = code;
  }
}

export class LookupQueue implements Resolver {
  private readonly resolver: Resolver;
  private readonly limit: number;
  private readonly running = new Set<Lookup>();
  private readonly waiting: Lookup[] = [];
  private now = 0;

  constructor(resolver: Resolver, limit: number = LOOKUPS_AT_ONCE) {
    this.resolver = resolver;
    this.limit = limit;
  }

  resolveAddresses(name: string): Promise<ResolvedAddresses> {
    return this.enqueue(() => this.resolver.resolveAddresses(name));
  }

  resolveServices(name: string): Promise<readonly ResolvedService[]> {
    return this.enqueue(() => this.resolver.resolveServices(name));
  }

  /** Ends what is beyond its deadline. */
  tick(now: WheelMilliseconds): void {
    this.now = now;
    for (const lookup of this.running) {
      if (now >= lookup.deadline) this.end(lookup, "ETIMEOUT");
    }
  }

  /** Every promise still open is rejected with ECANCELLED. */
  stop(): void {
    for (const lookup of this.waiting.splice(0)) lookup.fail("ECANCELLED");
    for (const lookup of this.running) this.end(lookup, "ECANCELLED");
  }

  private enqueue<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const lookup: Lookup = {
      deadline: 0,
      send: () => {
        // A resolver that throws rather than rejects is no different.
        void Promise.try(ask)
          .then(resolve, reject)
          .finally(() => this.end(lookup, ""));
      },
      fail: (code) => reject(new LookupError(code)),
    };
    this.waiting.push(lookup);
    this.advance();
    return promise;
  }

  private advance(): void {
    while (this.running.size < this.limit) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      next.deadline = this.now + LOOKUP_TIMEOUT;
      this.running.add(next);
      next.send();
    }
  }

  /** Gives its place to the next; `code` "": it has settled itself. */
  private end(lookup: Lookup, code: string): void {
    if (!this.running.delete(lookup)) return;
    if (code !== "") lookup.fail(code);
    this.advance();
  }
}
