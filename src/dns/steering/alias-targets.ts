import type { Resolver } from "../../contract/resolver.ts";
import { AliasTarget, type TtlBounds } from "./alias-target.ts";

/** Lookups at one time. */
const MAX_RUNNING = 16;

/** The foreign names that aliases lead to, each looked up once for all of them. */
export class AliasTargets {
  readonly #resolver: Resolver;
  readonly #targets = new Map<string, AliasTarget>();
  readonly #clock: () => number;
  /** What was known before a reload. */
  readonly #known: ReadonlyMap<string, AliasTarget>;
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  /** `clock`: milliseconds since the epoch. Names that `before` knows keep their addresses. */
  constructor(resolver: Resolver, clock: () => number, before: AliasTargets | null = null) {
    this.#resolver = resolver;
    this.#clock = clock;
    this.#known = before === null ? new Map() : before.#targets;
  }

  get size(): number {
    return this.#targets.size;
  }

  [Symbol.iterator](): IterableIterator<AliasTarget> {
    return this.#targets.values();
  }

  /** The one for this name, without its final dot, and these bounds; looked up from the next tick on. */
  get(name: string, bounds: TtlBounds): AliasTarget {
    const key = `${name} ${bounds.minimum} ${bounds.maximum}`;
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const target = this.#known.get(key) ?? new AliasTarget(name, this.#resolver, bounds);
    this.#targets.set(key, target);
    return target;
  }

  /** Begins what is due. */
  tick(now: number): void {
    if (this.#stopped) return;
    for (const target of this.#targets.values()) {
      if (this.#running.size >= MAX_RUNNING) return;
      if (target.isDue(now)) this.#begin(target);
    }
  }

  /** Looks up once whatever is due, a few at a time; resolves when that is done, well or not. */
  async lookUpAll(): Promise<void> {
    for (let left = this.#targets.size; left > 0; left -= MAX_RUNNING) {
      this.tick(this.#clock());
      await Promise.all(this.#running);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #begin(target: AliasTarget): void {
    const running: Promise<void> = target.lookUp(this.#clock).then(() => {
      this.#running.delete(running);
    });
    this.#running.add(running);
  }
}
