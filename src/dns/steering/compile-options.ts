/** From options that were checked to what answers. */
import { AddressGroup } from "./address-group.ts";
import { ClientClasses } from "./client-classes.ts";
import { ClientNetwork } from "./client-network.ts";
import { GroupStates } from "./group-states.ts";
import type { HealthView } from "./health-view.ts";
import { type Databases, type Locator, OneClass } from "./locator.ts";
import { NearestGroups } from "./nearest-groups.ts";
import type { AddressOptions, PopChoice, PopOptions } from "./options.ts";
import { appendTiers, Ranking, type Tier } from "./ranking.ts";
import {
  addressOf,
  DEFAULT_RETURN_BELOW,
  DEFAULT_SPILL_ABOVE,
  DEFAULT_TTL,
  readAddress,
  readSteeredTtl,
  tiersOfChoice,
} from "./read-options.ts";
import { DEFAULT_KEY } from "./rule-key.ts";
import { SteeredAnswer } from "./steered-answer.ts";
import type { TurnTaking } from "./turn-taking.ts";

export function compileAddressOptions(
  options: AddressOptions,
  databases: Databases,
  health: HealthView,
  turns: TurnTaking,
): SteeredAnswer {
  const ttl = readSteeredTtl(options.ttl ?? DEFAULT_TTL);
  const groups = Object.entries(options.pops).map(([name, pop]) => compilePop(name, pop, ttl, options.pick ?? "all"));
  const fallback = options.fallback === undefined ? -1 : indexOf(groups, options.fallback);
  const spillAbove = options.spillAbove ?? DEFAULT_SPILL_ABOVE;
  const returnBelow = options.returnBelow ?? Math.min(DEFAULT_RETURN_BELOW, spillAbove);
  return new SteeredAnswer({
    states: new GroupStates(groups, health, { spillAbove, returnBelow }),
    locator: compileLocator(options, groups, fallback, databases),
    network: new ClientNetwork(options.subnet ?? "all"),
    fallback,
    sticky: options.sticky ?? false,
    ttl,
    turns,
  });
}

function compilePop(name: string, pop: PopOptions, ttl: number, pick: "all" | "rotate" | "one"): AddressGroup {
  const addresses = pop.addresses.map((option) => {
    const { address, weight, health } = addressOf(option);
    return { text: address, bytes: readAddress(address)!, weight, health };
  });
  const { health = "", load = health, weight = 1, latitude = Number.NaN, longitude = Number.NaN } = pop;
  return new AddressGroup({ name, addresses, health, load, weight, latitude, longitude }, ttl, pick);
}

function compileLocator(
  { geography, nearest }: AddressOptions,
  groups: readonly AddressGroup[],
  fallback: number,
  databases: Databases,
): Locator {
  if (geography !== undefined) {
    const rows = mapValues(geography, (choice) => tiersOf(choice, groups));
    return new ClientClasses(rankingsOf(rows), databases);
  }
  if (nearest !== undefined && databases.place !== null) {
    return new NearestGroups(groups, databases.place, new Ranking(DEFAULT_KEY, tiersOf(nearest.default, groups)));
  }
  const all = groups.flatMap((_, index) => (index === fallback ? [] : [index]));
  const weights = all.map((index) => groups[index]!.plan.weight);
  return new OneClass(new Ranking(DEFAULT_KEY, [{ groups: all, weights }]));
}

/** Each rule's own tiers, then those of the default. */
function rankingsOf(rows: ReadonlyMap<string, readonly Tier[]>): Ranking[] {
  const rest = rows.get(DEFAULT_KEY) ?? [];
  return [...rows].map(([key, tiers]) => new Ranking(key, key === DEFAULT_KEY ? tiers : appendTiers(tiers, rest)));
}

function tiersOf(choice: PopChoice, groups: readonly AddressGroup[]): readonly Tier[] {
  return tiersOfChoice(choice).map((tier) => ({
    groups: tier.map(([name]) => indexOf(groups, name)),
    weights: tier.map(([, weight]) => weight),
  }));
}

function indexOf(groups: readonly AddressGroup[], name: string): number {
  return groups.findIndex((group) => group.name === name);
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): ReadonlyMap<string, To> {
  return new Map(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
