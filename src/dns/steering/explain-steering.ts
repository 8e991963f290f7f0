/** The words for how a query was steered. Nothing is decided here. */
import type { DnsClient } from "../authority/dns-client.ts";
import type { AddressGroup } from "./address-group.ts";
import { IPV6 } from "./address-group.ts";
import type { Ranking, Tier } from "./ranking.ts";
import type { Decision, SteeredAnswerParts } from "./steering-decision.ts";
import type { SteeringStep } from "./steering-step.ts";

export function describeSteering({ states: { groups }, sticky, ttl }: SteeredAnswerParts): string {
  const health = groups.map((group) => group.describeHealth()).join(", ");
  return `addresses of ${groups.length === 1 ? "1 group" : `${groups.length} groups`}, TTL ${ttl}${sticky ? ", the same for each network" : ""}: ${health}`;
}

export function explainSteering(
  parts: SteeredAnswerParts,
  decision: Decision,
  client: DnsClient,
  scope: number,
): SteeringStep[] {
  const { states, network, locator } = parts;
  const { ranking, group } = decision;
  const steps: SteeringStep[] = [
    {
      stage: "client",
      text: network.describe() + (network.fromSubnet ? `, as resolver ${client.address} tells` : ""),
    },
  ];
  const place = locator.describe();
  if (place !== "") steps.push({ stage: "place", text: place });
  if (states.groups.length > 1) steps.push({ stage: "preference", text: describeRanking(ranking, states.groups) });
  steps.push({ stage: "health", text: describeHealth(ranking, states.groups, group) });
  steps.push({ stage: "choice", text: describeChoice(decision, parts.sticky) });
  steps.push({ stage: "answer", text: describeAnswer(decision, scope) });
  return steps;
}

/** "fra, then iad", "blue 9 : green 1, then spare". */
function describeRanking(ranking: Ranking, groups: readonly AddressGroup[]): string {
  return ranking.tiers.map((tier) => describeTier(tier, groups)).join(", then ");
}

function describeTier({ groups: indices, weights }: Tier, groups: readonly AddressGroup[]): string {
  const names = indices.map((index) => groups[index]!.name);
  if (names.length > 1) return names.map((name, index) => `${name} ${weights[index]}`).join(" : ");
  return names[0]!;
}

/** What stands against those before the chosen one, and for that one. */
function describeHealth(ranking: Ranking, groups: readonly AddressGroup[], chosen: AddressGroup): string {
  switch (ranking.reason) {
    case "all down":
      return `all are down, so ${chosen.name} is given as if it were up`;
    case "fallback":
      return `all are down, so ${chosen.name} stands in`;
    case "overload":
      return `all that are up are full; ${chosen.describeHealth()}`;
    case "best":
      return chosen.describeHealth();
    case "down":
    case "full": {
      const passed = ranking.tiers.slice(0, ranking.tier).flatMap((tier) => tier.groups);
      const words = passed.map((index) => {
        const group = groups[index]!;
        return group.up ? `${group.name} is full at ${Math.round(group.load * 100)} %` : `${group.name} is down`;
      });
      return [...words, chosen.describeHealth()].join("; ");
    }
  }
}

function describeChoice({ ranking, group, variants, hashed }: Decision, sticky: boolean): string {
  const amongGroups = ranking.members.length > 1;
  const amongVariants = variants !== null && variants.answers.length > 1;
  if (!amongGroups && !amongVariants) return `${group.name}, with nothing left to choose`;
  const how = sticky && hashed ? "by the hash of the client's network" : "in turn, by weight";
  const among = [
    amongGroups ? `${ranking.members.length} groups` : "",
    amongVariants ? `${variants.answers.length} answers` : "",
  ];
  return `${group.name}, one of ${among.filter((word) => word !== "").join(" and of its ")} ${how}`;
}

function describeAnswer({ group, variants, variant, family }: Decision, scope: number): string {
  const { addresses, ttl } = group.byType[family]!;
  const type = family === IPV6 ? "AAAA" : "A";
  const holds = scope < 0 ? "" : `, for the client's first ${scope} bits`;
  if (variants === null)
    return `no ${type}: ${group.name} has none${addresses.length > 0 ? " that is up" : ""}${holds}`;
  const texts = variants.given[variant]!.map((index) => addresses[index]!.text);
  return `${type} ${texts.join(", ")}, TTL ${ttl}${holds}`;
}
