/**
 * Panic: too few targets are up, so those that are down are used like the others. Refusing everything would be no
 * better, and checks and ejections may be wrong about many at once: then it is rather the edge that is cut off.
 *
 * The share is taken level by level (the tiers, then the tiers of the backups), over targets that may take requests:
 * while one level has enough that are up, the pool is not in panic, since that level can carry the traffic. So backups
 * are used before targets that are down.
 */
import type { PoolTarget } from "./pool-target.ts";

const TIERS = 16;
const LEVELS = 2 * TIERS;
const may = new Int32Array(LEVELS);
const up = new Int32Array(LEVELS);

/** `threshold`: share (0…1) of a level that must be up; with 0 one is enough. */
export function isPanic(targets: readonly PoolTarget[], threshold: number): boolean {
  may.fill(0);
  up.fill(0);
  for (const target of targets) {
    if (target.draining || target.weight === 0) continue;
    const level = (target.backup ? TIERS : 0) + target.tier;
    may[level]!++;
    if (!target.down) up[level]!++;
  }
  let some = false;
  for (let level = 0; level < LEVELS; level++) {
    if (may[level] === 0) continue;
    some = true;
    if (up[level]! > 0 && up[level]! >= threshold * may[level]!) return false;
  }
  return some;
}
