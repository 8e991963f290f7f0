import type { ResolvedAddress, ResolvedService, Resolver } from "../../contract/resolver.ts";

/** Answers from two tables; a name that stands in neither is ENOTFOUND, a text in them is the code of a failure. */
export class FakeResolver implements Resolver {
  readonly addresses = new Map<string, readonly ResolvedAddress[] | string>();
  readonly services = new Map<string, readonly ResolvedService[] | string>();
  /** Names that were asked for, in order. */
  readonly asked: string[] = [];
  /** While true, questions wait for `release`. */
  held = false;
  private readonly waiting: Array<() => void> = [];

  /** "10.0.0.1": addresses of the name, all with this TTL in seconds. */
  set(name: string, ttl: number, ...addresses: string[]): void {
    this.addresses.set(
      name,
      addresses.map((address) => ({ address, ttl })),
    );
  }

  resolveAddresses(name: string): Promise<readonly ResolvedAddress[]> {
    return this.answer(name, this.addresses);
  }

  resolveServices(name: string): Promise<readonly ResolvedService[]> {
    return this.answer(name, this.services);
  }

  release(): void {
    this.held = false;
    for (const go of this.waiting.splice(0)) go();
  }

  private async answer<Answer>(name: string, table: ReadonlyMap<string, Answer | string>): Promise<Answer> {
    this.asked.push(name);
    if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const answer = table.get(name) ?? "ENOTFOUND";
    if (typeof answer === "string") throw Object.assign(new Error(`query ${answer} ${name}`), { code: answer });
    return answer;
  }
}

/** Until everything that waits for nothing but promises is done. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
