/**
 * Who may be picked, tier by tier, and which share of the requests each tier takes. One mechanism for all algorithms.
 *
 * A tier of which only a part is up takes `min(1, OVERPROVISIONING × part)` of the requests, so it bears up to 1.4
 * times the load per target before anything spills; the next tier takes what is left in the same way. When all tiers
 * together cannot take everything by this rule, their shares grow in proportion.
 */
import type { Target } from "../contract/target.ts";

/** Load that targets can bear, against what they bear when their whole tier is up. */
const OVERPROVISIONING = 1.4;
const MAX_TIERS = 16;

export interface Tier {
  /** Distinguishes it from the pool's others: the same after an update. */
  readonly id: number;
  /** As configured; its backups form tiers of their own. */
  readonly tier: number;
  readonly backup: boolean;
  /** Those that may be picked, never empty. */
  readonly targets: readonly Target[];
  /** A tier with targets goes before it. */
  readonly spill: boolean;
  /** Share of the requests that begin in this tier or one before it: rises to 1. */
  readonly until: number;
}

export interface Arrangement {
  /** In the order in which they are used. Empty: nothing may be picked. */
  readonly tiers: readonly Tier[];
  /** Targets that are down are among them. */
  readonly panic: boolean;
}

interface Group {
  readonly id: number;
  /** Weight of all that are meant to serve, and of those that can. */
  wanted: number;
  usable: number;
  readonly up: Target[];
  readonly open: Target[];
}

export function arrange(targets: readonly Target[], panic: boolean): Arrangement {
  const groups: Group[] = [];
  const down: Target[] = [];
  for (const target of targets) {
    if (target.removed || target.weight <= 0) continue;
    const group = groupOf(groups, target);
    group.wanted += target.weight;
    if (target.draining || target.effectiveWeight <= 0) continue;
    if (target.down) down.push(target);
    else group.up.push(target);
    if (target.down && !panic) continue;
    group.open.push(target);
    group.usable += target.weight;
  }
  groups.sort((a, b) => a.id - b.id);
  const isUp = ({ up }: Group): boolean => up.length > 0;
  const primaries = groups.filter(({ id }) => id < MAX_TIERS);
  const backups = groups.filter(({ id }) => id >= MAX_TIERS);
  if (primaries.some(isUp)) return { tiers: share(primaries, false), panic: panic && down.length > 0 };
  if (backups.some(isUp)) return { tiers: share(backups, primaries.length > 0), panic: panic && down.length > 0 };
  return { tiers: lastResort(down), panic: down.length > 0 };
}

/** Nothing is up: refusing every request would be no better than trying, whatever tier it is. */
function lastResort(down: readonly Target[]): Tier[] {
  if (down.length === 0) return [];
  return [{ id: 2 * MAX_TIERS, tier: 0, backup: false, targets: down, spill: false, until: 1 }];
}

function groupOf(groups: Group[], target: Target): Group {
  const id = target.tier + (target.backup ? MAX_TIERS : 0);
  let group = groups.find((one) => one.id === id);
  if (group === undefined) {
    group = { id, wanted: 0, usable: 0, up: [], open: [] };
    groups.push(group);
  }
  return group;
}

function share(groups: readonly Group[], spill: boolean): Tier[] {
  const shares: number[] = [];
  let left = 1;
  for (const { usable, wanted } of groups) {
    const taken = Math.min(left, (OVERPROVISIONING * usable) / wanted);
    left -= taken;
    shares.push(taken);
  }
  const total = 1 - left;
  const tiers: Tier[] = [];
  let until = 0;
  for (const [index, { id, open }] of groups.entries()) {
    until += shares[index]! / total;
    if (open.length === 0) continue;
    tiers.push({
      id,
      tier: id % MAX_TIERS,
      backup: id >= MAX_TIERS,
      targets: open,
      spill: spill || index > 0,
      // Rounding must leave no request without a tier.
      until: until > 1 - 1e-9 ? 1 : until,
    });
  }
  return tiers;
}
