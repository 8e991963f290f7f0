import type { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { AnsweringZone } from "./answering-zone.ts";
import { compileName, compileNoName, compileReferral, compileWildcard } from "./compile-answer.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import { KeptAnswers, KeptProofs } from "./kept-answers.ts";
import { NodeAnswers } from "./node-answers.ts";
import { holdsOnlyDenial } from "./place.ts";
import type { ZoneSecurity } from "./zone-security.ts";

/** Bytes of answers kept per zone: of names that exist, and of each other kind. */
const MOST_KEPT = 32 * 1024 * 1024;
/** Keys are node × this + type. */
const TYPES = 0x20000;
/** Types that no query has: stand for a referral, for "no such type", and for a name below that does not exist. */
const REFERRAL = 0x10000;
const NO_TYPE = 0x10001;
const NO_NAME = 0x10002;

/** Answers of a signed zone to queries with the DO bit: the same as without, and the proofs of it (RFC 4035 §3.1). */
export class SecureAnswers {
  readonly #source: AnsweringZone;
  readonly #security: ZoneSecurity;
  /** Of names that exist, and referrals. */
  readonly #kept = new NodeAnswers(MOST_KEPT);
  /** Of names that do not, by kind (encloser, or wildcard and type) and what proves it. */
  readonly #proved = new KeptProofs(MOST_KEPT);
  /** The same where every name has its own proof. */
  readonly #perName = new KeptAnswers(MOST_KEPT);
  #epoch = 0;

  constructor(source: AnsweringZone, security: ZoneSecurity) {
    this.#source = source;
    this.#security = security;
  }

  /** The answer to a query whose name lies in the zone. `now`: milliseconds since the epoch. */
  find(query: DnsQuery, apexLabel: number, now: number): CompiledAnswer {
    const epoch = this.#security.epoch(now);
    if (epoch !== this.#epoch) this.#forget();
    this.#epoch = epoch;
    const { zone } = this.#source;
    const { names } = zone;
    const node = names.find(query.name, 0, query.nameLength, query.suffixHash[0]!);
    if (node !== NO_NODE && !holdsOnlyDenial(zone, node)) return this.#existing(node, query);
    let encloser = NO_NODE;
    let label = 0;
    while (encloser === NO_NODE && ++label < apexLabel) {
      const start = query.labelStart[label]!;
      encloser = names.find(query.name, start, query.nameLength - start, query.suffixHash[label]!);
      if (encloser !== NO_NODE && holdsOnlyDenial(zone, encloser)) encloser = NO_NODE;
    }
    if (encloser === NO_NODE) encloser = APEX;
    return this.#below(encloser, query, query.labelStart[label - 1]!);
  }

  #existing(node: number, query: DnsQuery): CompiledAnswer {
    const { zone } = this.#source;
    const cut = zone.cut[node]!;
    if (cut !== NO_NODE && !(cut === node && query.type === RecordType.DS)) return this.#referral(cut);
    if (cut === NO_NODE && zone.dname[node] !== NO_NODE) {
      return compileName(this.#source, nameOf(query), query.type);
    }
    const kind = this.#has(zone, node, query.type) ? query.type : NO_TYPE;
    const kept = this.#kept.get(node, kind);
    return kept ?? this.#kept.keep(node, kind, compileName(this.#source, nameOf(query), query.type));
  }

  /** The name does not exist; `nextCloser`: where the label below `encloser` begins. */
  #below(encloser: number, query: DnsQuery, nextCloser: number): CompiledAnswer {
    const source = this.#source;
    const { zone } = source;
    const { type } = query;
    const cut = zone.cut[encloser]!;
    if (cut !== NO_NODE) return this.#referral(cut);
    if (zone.dname[encloser] !== NO_NODE || zone.findSet(encloser, RecordType.DNAME) !== NO_SET) {
      return compileName(source, nameOf(query), type);
    }
    const wildcard = zone.names.wildcardOf(encloser);
    const witness = this.#security.witness(query, encloser, nextCloser);
    if (witness === NO_NODE) {
      return this.#byName(nameOf(query), wildcard === NO_NODE && type !== RecordType.NSEC ? NO_NAME : type);
    }
    if (wildcard === NO_NODE) {
      const kind = encloser * TYPES + NO_NAME;
      const kept = this.#proved.get(kind, witness);
      return kept ?? this.#proved.keep(kind, witness, compileNoName(source, encloser, nameOf(query)));
    }
    const kind = wildcard * TYPES + (this.#has(zone, wildcard, type) ? type : NO_TYPE);
    const kept = this.#proved.get(kind, witness);
    return kept ?? this.#proved.keep(kind, witness, compileWildcard(source, wildcard, nameOf(query), type));
  }

  #byName(name: Uint8Array, type: number): CompiledAnswer {
    const key = `${String.fromCharCode(type & 0xffff, type >> 16)}${Buffer.from(name).latin1Slice()}`;
    const kept = this.#perName.get(key);
    return kept ?? this.#perName.keep(key, compileName(this.#source, name, type === NO_NAME ? 0 : type));
  }

  /** A type for which the answer is not the same as for any other that the node has not. */
  #has(zone: ZoneData, node: number, type: number): boolean {
    if (zone.findSet(node, type) !== NO_SET || zone.findSet(node, RecordType.CNAME) !== NO_SET) return true;
    if (type === RecordType.ANY) return zone.hasSets(node);
    return type === RecordType.NSEC || type === RecordType.RRSIG;
  }

  #referral(cut: number): CompiledAnswer {
    const kept = this.#kept.get(cut, REFERRAL);
    return kept ?? this.#kept.keep(cut, REFERRAL, compileReferral(this.#source, cut));
  }

  #forget(): void {
    this.#kept.clear();
    this.#perName.clear();
    this.#proved.clear();
  }
}

function nameOf(query: DnsQuery): Uint8Array {
  return query.name.slice(0, query.nameLength);
}
