/**
 * Addresses that depend on the client and on health. Always in this order: the client's ranking of the groups; the first
 * tier of it that is up and has room; one of its groups, by weight; those of its addresses that are up; their order, or
 * one of them. Everything but the last two steps' turn is decided ahead, until health changes.
 */
import type { ClientSubnet } from "../authority/client-subnet.ts";
import type { CompiledAnswer } from "../authority/compiled-answer.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import type { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { Variants } from "./address-answers.ts";
import { IPV4, IPV6 } from "./address-group.ts";
import { describeSteering, explainSteering } from "./explain-steering.ts";
import { compileNoAddress } from "./no-address.ts";
import type { Ranking } from "./ranking.ts";
import { ADDRESS_TYPES, isSteered } from "./steered-types.ts";
import type { Decision, SteeredAnswerParts } from "./steering-decision.ts";
import type { ExplainedAnswer, SteeringStep } from "./steering-step.ts";

export class SteeredAnswer implements ExplainedAnswer {
  readonly types: readonly number[] = ADDRESS_TYPES;
  readonly extendedError = 0;
  subnetScope = -1;
  readonly parts: SteeredAnswerParts;
  #noAddress: CompiledAnswer | null = null;
  // How the query at hand was decided.
  #ranking: Ranking | null = null;
  #group = 0;
  #variants: Variants | null = null;
  #variant = 0;
  #family = IPV4;
  #hashed = false;

  constructor(parts: SteeredAnswerParts) {
    this.parts = parts;
  }

  bind(zone: ZoneData): void {
    this.#noAddress = compileNoAddress(zone, this.parts.ttl);
  }

  answer(query: DnsQuery, client: DnsClient, subnet: ClientSubnet | null, now: number): CompiledAnswer | null {
    const { type } = query;
    if (!isSteered(type)) return null;
    this.#decide(type, client, subnet, now);
    return this.#variants === null ? this.#noAddress : this.#variants.answers[this.#variant]!;
  }

  describe(): string {
    this.parts.states.refresh(0);
    return describeSteering(this.parts);
  }

  explain(query: DnsQuery, client: DnsClient, subnet: ClientSubnet | null, now: number): SteeringStep[] {
    if (!isSteered(query.type)) return [];
    this.parts.turns.pause(() => this.#decide(query.type, client, subnet, now));
    return explainSteering(this.parts, this.#decision(), client, this.subnetScope);
  }

  #decision(): Decision {
    return {
      ranking: this.#ranking!,
      group: this.parts.states.groups[this.#group]!,
      variants: this.#variants,
      variant: this.#variant,
      family: this.#family,
      hashed: this.#hashed,
    };
  }

  #decide(type: number, client: DnsClient, subnet: ClientSubnet | null, now: number): void {
    const { states, locator, network } = this.parts;
    states.refresh(now);
    network.read(client, subnet);
    const ranking = locator.find(network);
    ranking.decide(states.groups, states.epoch, this.parts.fallback);
    this.#ranking = ranking;
    this.#hashed = false;
    this.#family = type === RecordType.AAAA ? IPV6 : IPV4;
    const { members } = ranking;
    this.#group = members.length === 1 ? members[0]! : members[this.#pick(ranking.turns[this.#family]!)]!;
    const { current } = states.groups[this.#group]!;
    // RFC 8482 §4.1: one RRset stands for ANY.
    if (type === RecordType.ANY && current[IPV4] === null) this.#family = IPV6;
    const variants = current[this.#family]!;
    this.#variants = variants;
    this.#variant = variants === null || variants.answers.length === 1 ? 0 : this.#pick(variants.turn);
    this.subnetScope = network.scope(this.#hashed ? Infinity : locator.depth);
  }

  #pick(turn: Variants["turn"]): number {
    if (this.parts.sticky) {
      this.#hashed = true;
      return turn.byHash(this.parts.network.hash());
    }
    return this.parts.turns.isPaused ? turn.peek() : turn.next();
  }
}
