import type { RequestHead } from "../contract/head.ts";
import type { Predicate } from "./predicate.ts";

/** A connection that came to one of these listeners. */
export class ListenerPredicate implements Predicate {
  readonly kind = "listener";
  readonly key: string;
  private readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.key = `listener ${[...new Set(names)].toSorted().join(" ")}`;
  }

  accepts(_head: RequestHead, _clientAddress: string, listener: string): boolean {
    return this.names.includes(listener);
  }

  refusal(_head: RequestHead, _clientAddress: string, listener: string): string {
    return `listener ${this.names.join(" or ")} is asked for, and the request came to ${listener}`;
  }
}
