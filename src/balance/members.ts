import type { WheelMilliseconds } from "../contract/time.ts";
import { applyEndpoint, remove, restore } from "./administration.ts";
import { PoolTarget } from "./pool-target.ts";
import type { Named } from "./target-sources.ts";

/** The targets of a pool by address, in order; those that are removed and not yet gone are last. */
export class Members {
  /** Replaced as a whole when somebody joins or leaves; `PoolTarget.index` is the place in it. */
  list: readonly PoolTarget[] = [];
  readonly #byAddress = new Map<string, PoolTarget>();

  /**
   * Makes the members what the sources name. A target keeps its state as long as its address stays, and while it is
   * being removed. Answers whether something changed that a balancer goes by and `review` does not see.
   */
  adopt(named: ReadonlyMap<string, Named>, drain: number, maxConnections: number, now: WheelMilliseconds): boolean {
    let changed = false;
    let reordered = false;
    for (const [address, entry] of named) {
      let target = this.#byAddress.get(address);
      if (target === undefined) {
        target = new PoolTarget(entry.endpoint, entry.source, now);
        this.#byAddress.set(address, target);
        reordered = true;
      } else {
        if (applyEndpoint(target, entry, now, drain)) changed = true;
        if (target.removed) {
          restore(target, now);
          reordered = true;
        }
      }
      if (target.maxConnections !== maxConnections) {
        target.maxConnections = maxConnections;
        changed = true;
      }
    }
    for (const target of this.list) {
      if (target.removed || named.has(target.address)) continue;
      remove(target, now, drain);
      reordered = true;
    }
    // A source that only names the same targets in another order moves nobody: DNS answers rotate.
    if (reordered) {
      const present = Array.from(named.keys(), (address) => this.#byAddress.get(address)!);
      this.#number([...present, ...this.list.filter((target) => target.removed)]);
    }
    return changed || reordered;
  }

  /** These are gone: nothing is left of them, or its time is over. */
  drop(gone: readonly PoolTarget[]): void {
    for (const target of gone) {
      target.dropped = true;
      target.inUse = false;
      target.index = -1;
      this.#byAddress.delete(target.address);
    }
    this.#number(this.list.filter((target) => !target.dropped));
  }

  #number(list: readonly PoolTarget[]): void {
    for (const [index, target] of list.entries()) target.index = index;
    this.list = list;
  }
}
