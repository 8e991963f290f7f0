import type { Variants } from "./address-answers.ts";
import type { AddressGroup } from "./address-group.ts";
import type { ClientNetwork } from "./client-network.ts";
import type { GroupStates } from "./group-states.ts";
import type { Locator } from "./locator.ts";
import type { Ranking } from "./ranking.ts";
import type { TurnTaking } from "./turn-taking.ts";

/** What a steered name is made of. */
export interface SteeredAnswerParts {
  readonly states: GroupStates;
  readonly locator: Locator;
  readonly network: ClientNetwork;
  /** Index of the group that stands in when all others are down; -1: none. */
  readonly fallback: number;
  /** A client's network always gets the same group and address, as long as they are up. */
  readonly sticky: boolean;
  /** Seconds. */
  readonly ttl: number;
  readonly turns: TurnTaking;
}

/** How a query was decided. */
export interface Decision {
  readonly ranking: Ranking;
  readonly group: AddressGroup;
  /** Null: the group has no address of the type. */
  readonly variants: Variants | null;
  /** Of the variants. */
  readonly variant: number;
  /** `IPV4` or `IPV6`. */
  readonly family: number;
  /** The client's network decided by its hash. */
  readonly hashed: boolean;
}
