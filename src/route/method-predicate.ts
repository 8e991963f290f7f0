import type { RequestHead } from "../contract/head.ts";
import { METHOD_NAMES, Method } from "../contract/method.ts";
import { isSame } from "../bytes/byte-compare.ts";
import type { Predicate } from "./predicate.ts";

/** One of these methods, compared case-sensitively (RFC 9110 §9.1). GET does not stand for HEAD. */
export class MethodPredicate implements Predicate {
  readonly kind = "method";
  readonly key: string;
  private readonly names: readonly string[];
  /** Bit n is set when the method with number n is accepted. */
  private readonly known: number;
  private readonly others: readonly Buffer[];

  constructor(methods: readonly string[]) {
    this.names = [...new Set(methods)];
    this.key = `method ${this.names.toSorted().join(" ")}`;
    let known = 0;
    const others: Buffer[] = [];
    for (const name of this.names) {
      const number = METHOD_NAMES.indexOf(name);
      if (number > Method.other) known |= 1 << number;
      else others.push(Buffer.from(name, "latin1"));
    }
    this.known = known;
    this.others = others;
  }

  accepts(head: RequestHead): boolean {
    if (head.method !== Method.other) return ((this.known >> head.method) & 1) === 1;
    for (const name of this.others) {
      if (isSame(head.bytes, head.methodStart, head.methodEnd, name)) return true;
    }
    return false;
  }

  refusal(head: RequestHead): string {
    return `method ${this.names.join(" or ")} does not match ${head.methodName()}`;
  }
}
