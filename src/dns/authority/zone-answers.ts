import type { DnsQuery } from "../wire/query.ts";
import { NO_NODE } from "../zone/name-table.ts";
import { type AnswerSource, Found } from "./answer-source.ts";
import type { AuthoritativeZone } from "./authoritative-zone.ts";
import { ChainAnswers } from "./chain-answers.ts";
import { type CompiledAnswer, kindOfCompiled } from "./compiled-answer.ts";
import type { DnsClient } from "./dns-client.ts";
import { ExtendedError } from "./edns-options.ts";
import { AnswerKind } from "./response-rate-limiter.ts";
import type { ZoneSet } from "./zone-set.ts";

/** The zones that are served here: all that they contain is answered at once. */
export class ZoneAnswers implements AnswerSource {
  extendedError = 0;
  subnetScope = -1;
  answer: CompiledAnswer | null = null;
  zone: AuthoritativeZone | null = null;
  apexLabel = 0;
  readonly #zones: ZoneSet;
  readonly #chains: ChainAnswers;

  constructor(zones: ZoneSet) {
    this.#zones = zones;
    this.#chains = new ChainAnswers(zones);
  }

  find(query: DnsQuery, client: DnsClient, now: number): number {
    this.extendedError = 0;
    this.subnetScope = -1;
    const zone = this.#zones.find(query);
    if (zone === null) return Found.NOT_MINE;
    if (!zone.usable) {
      this.extendedError = ExtendedError.INVALID_DATA;
      return Found.FAILED;
    }
    this.zone = zone;
    this.apexLabel = this.#zones.apexLabel;
    const answer = zone.find(query, this.apexLabel, client, now);
    const chain = answer === null ? null : answer.chain;
    const goesOn = chain !== null && chain.settled !== this.#zones.version;
    this.answer = goesOn ? this.#chains.complete(answer!, zone, query, now) : answer;
    if (zone.dynamic.size > 0) {
      this.extendedError = zone.extendedError;
      this.subnetScope = zone.subnetScope;
    }
    return Found.ANSWER;
  }

  kind(query: DnsQuery): number {
    const answer = this.answer;
    const kind = answer === null ? AnswerKind.POSITIVE : kindOfCompiled(answer);
    if (answer === null || kind !== AnswerKind.POSITIVE) return kind;
    const { names } = this.zone!.data;
    // A name that is not in the zone and has an answer nevertheless has it from a wildcard or a DNAME.
    const known = names.find(query.name, 0, query.nameLength, query.suffixHash[0]!) !== NO_NODE;
    return known ? AnswerKind.POSITIVE : AnswerKind.WILDCARD;
  }
}
