import { byFamily } from "../../contract/resolver.ts";
import type { ResolvedAddress, ResolvedAddresses, ResolvedService, Resolver } from "../../contract/resolver.ts";

/** Answers from two tables; a name that stands in neither is ENOTFOUND, a text in them is the code of a failure. */
export class FakeResolver implements Resolver {
  readonly addresses = new Map<string, ResolvedAddresses | string>();
  readonly services = new Map<string, readonly ResolvedService[] | string>();
  /** Names that were asked for, in order. */
  readonly asked: string[] = [];
  /** While true, questions wait for `release`. */
  held = false;
  private readonly waiting: Array<() => void> = [];

  /** "10.0.0.1": addresses of the name, all with this TTL in seconds. */
  set(name: string, ttl: number, ...addresses: string[]): void {
    this.give(
      name,
      addresses.map((address) => ({ address, ttl })),
    );
  }

  give(name: string, addresses: readonly ResolvedAddress[]): void {
    this.addresses.set(name, byFamily(addresses));
  }

  /** The query for one family fails with this code from now on. */
  fail(name: string, family: "ipv4" | "ipv6", code: string): void {
    const known = this.addresses.get(name);
    const before = typeof known === "object" ? known : byFamily([]);
    this.addresses.set(name, { ...before, [family]: { addresses: [], code } });
  }

  resolveAddresses(name: string): Promise<ResolvedAddresses> {
    return this.answer(name, this.addresses, (code) => {
      const failed = { addresses: [], code };
      return { ipv4: failed, ipv6: failed };
    });
  }

  resolveServices(name: string): Promise<readonly ResolvedService[]> {
    return this.answer(name, this.services, (code) => {
      throw Object.assign(new Error(`query ${code} ${name}`), { code });
    });
  }

  release(): void {
    this.held = false;
    for (const go of this.waiting.splice(0)) go();
  }

  private async answer<Answer>(
    name: string,
    table: ReadonlyMap<string, Answer | string>,
    fail: (code: string) => Answer,
  ): Promise<Answer> {
    this.asked.push(name);
    if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const answer = table.get(name) ?? "ENOTFOUND";
    return typeof answer === "string" ? fail(answer) : answer;
  }
}

/** Until everything that waits for nothing but promises is done. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
