import type { BalanceKey } from "../contract/balancer.ts";
import type { RequestHead } from "../contract/head.ts";
import { CookieSource } from "../http/values/cookie-source.ts";
import { FieldSource } from "../http/values/field-source.ts";
import { QuerySource } from "../http/values/query-source.ts";
import type { ValueSource } from "../http/values/value-source.ts";
import { hashBytes, hashText } from "./hash.ts";

/** What the requests that belong together have in common. */
export type BalanceKeyOptions =
  | { readonly kind: "client" }
  | { readonly kind: "path" }
  | { readonly kind: "field" | "cookie" | "query"; readonly name: string };

export function createBalanceKey(options: BalanceKeyOptions): BalanceKey {
  switch (options.kind) {
    case "client":
      return new ClientKey();
    case "path":
      return new PathKey();
    case "field":
      return new ValueKey(new FieldSource(options.name));
    case "cookie":
      return new ValueKey(new CookieSource(options.name));
    case "query":
      return new ValueKey(new QuerySource(options.name));
  }
}

/** 0 means "no key", so it gives way to its neighbour. */
function keyOf(hash: number): number {
  return hash === 0 ? 1 : hash;
}

class ClientKey implements BalanceKey {
  hash(_head: RequestHead, clientAddress: string): number {
    return keyOf(hashText(clientAddress));
  }

  describe(): string {
    return "client address";
  }
}

const ROOT = hashText("/");

/** The path as routes are matched against it, without the query. */
class PathKey implements BalanceKey {
  hash(head: RequestHead): number {
    if (!head.plainPath && head.normalized !== null) {
      return keyOf(hashBytes(head.normalized, 0, head.normalized.length));
    }
    if (head.pathEnd === head.pathStart) return ROOT;
    return keyOf(hashBytes(head.bytes, head.pathStart, head.pathEnd));
  }

  describe(): string {
    return "path";
  }
}

/**
 * The first value of a field, a cookie or a query parameter. A request without it, or with nothing in it, goes by its
 * client's address: else all of those would meet at one target.
 */
class ValueKey implements BalanceKey {
  readonly #source: ValueSource;

  constructor(source: ValueSource) {
    this.#source = source;
  }

  hash(head: RequestHead, clientAddress: string): number {
    const source = this.#source;
    source.begin(head);
    if (!source.next() || source.start === source.end) return keyOf(hashText(clientAddress));
    return keyOf(hashBytes(source.bytes, source.start, source.end));
  }

  describe(): string {
    return `${this.#source.kind} ${this.#source.name}`;
  }
}
