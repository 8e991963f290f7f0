import type { AddressGroup } from "./address-group.ts";
import { WeightedTurn } from "./weighted-turn.ts";

/** Groups that are equally good, by index, with their weights. */
export interface Tier {
  readonly groups: readonly number[];
  readonly weights: readonly number[];
}

/** Why a tier was chosen. */
export type TierReason =
  /** It is the best. */
  | "best"
  /** Those before it are down. */
  | "down"
  /** Those before it are full or down. */
  | "full"
  /** All that are up are full. */
  | "overload"
  /** All are down: the group that stands in. */
  | "fallback"
  /** All are down, and no group stands in: the best, as if it were up. */
  | "all down";

/** The order in which a class of clients is given the groups, and the choice made of it for now. */
export class Ranking {
  /** The rule that it comes from: "country:DE", "10.0.0.0/8", "*". */
  readonly key: string;
  readonly tiers: readonly Tier[];
  reason: TierReason = "best";
  /** Index of the chosen tier; -1: none was chosen so far, or the fallback. */
  tier = -1;
  /** Indices of the groups to choose from, by weight. */
  members: readonly number[] = [];
  /** Takes turns among `members`, for each address type of its own: A and AAAA come in pairs. */
  turns: readonly [WeightedTurn, WeightedTurn] = [new WeightedTurn([1], [0]), new WeightedTurn([1], [0])];
  #epoch = 0;

  constructor(key: string, tiers: readonly Tier[]) {
    this.key = key;
    this.tiers = tiers;
  }

  /** Chooses again when something has changed. `fallback`: a group's index, -1: none. */
  decide(groups: readonly AddressGroup[], epoch: number, fallback: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    let best = this.#first(groups, true);
    if (best >= 0) {
      this.reason = this.#reasonFor(best, groups);
      this.#choose(best, groups, (group) => group.up && !group.full);
      return;
    }
    best = this.#first(groups, false);
    if (best >= 0) {
      this.reason = "overload";
      this.#choose(best, groups, (group) => group.up);
    } else if (fallback >= 0) {
      this.reason = "fallback";
      this.tier = -1;
      this.#take([fallback], [1], groups);
    } else {
      this.reason = "all down";
      this.#choose(0, groups, () => true);
    }
  }

  #first(groups: readonly AddressGroup[], withRoom: boolean): number {
    return this.tiers.findIndex((tier) =>
      tier.groups.some((index) => groups[index]!.up && !(withRoom && groups[index]!.full)),
    );
  }

  #reasonFor(tier: number, groups: readonly AddressGroup[]): TierReason {
    if (tier === 0) return "best";
    const passed = this.tiers.slice(0, tier).flatMap((passedTier) => passedTier.groups);
    return passed.some((index) => groups[index]!.up) ? "full" : "down";
  }

  #choose(tier: number, groups: readonly AddressGroup[], serves: (group: AddressGroup) => boolean): void {
    this.tier = tier;
    const { groups: indices, weights } = this.tiers[tier]!;
    const members = indices.filter((index) => serves(groups[index]!));
    this.#take(
      members,
      members.map((index) => weights[indices.indexOf(index)]!),
      groups,
    );
  }

  /** Whose turn it is stays known as long as the members are the same. */
  #take(members: readonly number[], weights: readonly number[], groups: readonly AddressGroup[]): void {
    if (members.length === this.members.length && members.every((member, at) => member === this.members[at])) return;
    this.members = members;
    const seeds = members.map((member) => groups[member]!.seed);
    this.turns = [new WeightedTurn(weights, seeds), new WeightedTurn(weights, seeds)];
  }
}

/** Tiers of `first`, then those groups of `then` that are not among them. */
export function appendTiers(first: readonly Tier[], then: readonly Tier[]): readonly Tier[] {
  const known = new Set(first.flatMap(({ groups }) => groups));
  const tiers = [...first];
  for (const { groups, weights } of then) {
    const others = groups.filter((group) => !known.has(group));
    if (others.length === 0) continue;
    tiers.push({ groups: others, weights: others.map((group) => weights[groups.indexOf(group)]!) });
  }
  return tiers;
}
