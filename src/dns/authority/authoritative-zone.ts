import { atOnce, type Slices } from "../../time/slices.ts";
import { readNsec3Parameters } from "../dnssec/nsec3-hash.ts";
import type { DnsQuery } from "../wire/query.ts";
import { RecordType, ResponseCode } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { AnsweringZone } from "./answering-zone.ts";
import { readClientSubnet } from "./client-subnet.ts";
import { compileName, compileNoName, compileNoType, compileReferral, compileWildcard } from "./compile-answer.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import type { DnsClient } from "./dns-client.ts";
import type { DynamicAnswer } from "./dynamic-answer.ts";
import { NsecSecurity } from "./nsec-security.ts";
import { Nsec3Security } from "./nsec3-security.ts";
import { NodeAnswers } from "./node-answers.ts";
import { holdsOnlyDenial } from "./place.ts";
import { SecureAnswers } from "./secure-answers.ts";
import type { Asked, ZoneSecurity } from "./zone-security.ts";

/** Bytes of answers kept per zone. */
const MOST_KEPT = 32 * 1024 * 1024;
/** Kinds of answers are the types that they are for, and these: a referral, and the answer of a wildcard for type 0 and so on. */
const REFERRAL = 0x10000;
const WILDCARD = 0x20000;

/** Types whose data holds no name that could be compressed and that bring nothing along: answered from the zone's arrays. */
const PLAIN: Uint8Array = (() => {
  const plain = new Uint8Array(0x10000).fill(1);
  const others = [
    RecordType.NS,
    RecordType.CNAME,
    RecordType.SOA,
    RecordType.PTR,
    RecordType.MX,
    RecordType.SRV,
    RecordType.DNAME,
    RecordType.ANY,
    RecordType.DS,
    RecordType.RRSIG,
    RecordType.NSEC3,
    RecordType.SVCB,
    RecordType.HTTPS,
  ];
  for (const type of others) plain[type] = 0;
  return plain;
})();

/** Where a query is answered that nobody is known to have asked. */
const NOBODY: DnsClient = { address: "0.0.0.0", port: 0, transport: "udp" };

/** The time is not given. */
const NOW = -1;

/** A zone as it answers: its records, and the answers made of them so far. */
export class AuthoritativeZone {
  readonly data: ZoneData;
  /** Nodes whose answers depend on who asks. To be filled before the first query. */
  readonly dynamic = new Map<number, DynamicAnswer>();
  /** After `find`: the RRset to be sent as it lies, with the query name as its owner; `NO_SET`: the answer is what `find` gave. */
  set = NO_SET;
  /** After `find`: bits of the client's subnet that the answer depended on (RFC 7871 §7.2.1); -1: none of it. */
  subnetScope = -1;
  /** After `find`: the EDE code that goes with the answer (RFC 8914); 0: none. */
  extendedError = 0;
  /** False: a secondary zone that has expired or never came (RFC 1035 §3.3.13). It is not to be asked. */
  usable = true;
  readonly #source: AnsweringZone;
  readonly #secureSource: AnsweringZone;
  readonly #kept = new NodeAnswers(MOST_KEPT);
  readonly #noSuchName: CompiledAnswer;
  readonly #noSuchType: CompiledAnswer;
  readonly #security: ZoneSecurity | null;
  /** What answers those who ask for DNSSEC records; null when the zone is not signed. */
  readonly #secure: SecureAnswers | null;
  /** The zone has names that are hashes (RFC 5155). */
  readonly #hasHashes: boolean;
  /** Answers of `dynamic` with their signatures, which hold for one epoch. */
  #signed = new WeakMap<CompiledAnswer, CompiledAnswer>();
  #epoch = 0;

  /** `security`: how answers are signed, unless by what the zone itself contains. */
  constructor(data: ZoneData, security: ZoneSecurity | null = atOnce(storedSecurity(data))) {
    this.data = data;
    this.#security = security;
    this.#hasHashes = data.findSet(APEX, RecordType.NSEC3PARAM) !== NO_SET;
    this.#source = { zone: data, security: null, dynamic: this.dynamic };
    this.#secureSource = { ...this.#source, security };
    this.#secure = security === null ? null : new SecureAnswers(this.#secureSource, security);
    this.#noSuchName = compileNoName(this.#source, APEX, null);
    this.#noSuchType = compileNoType(this.#source);
  }

  /** The zone with what it contains of signatures, made in slices. */
  static *of(data: ZoneData): Slices<AuthoritativeZone> {
    return new AuthoritativeZone(data, yield* storedSecurity(data));
  }

  /** What answers are compiled from; `dnssecOk`: with signatures and proofs, if there are any. */
  source(dnssecOk: boolean): AnsweringZone {
    return dnssecOk ? this.#secureSource : this.#source;
  }

  /** Signatures made in another epoch are not given any more. `now`: milliseconds since the epoch. */
  epoch(now: number): number {
    return this.#security === null ? 0 : this.#security.epoch(now);
  }

  /**
   * The answer to a query whose name lies in the zone; null when it is the RRset `set`. `apexLabel`: which of the
   * query's labels the apex begins at. `now`: milliseconds since the epoch, read from the clock when it is not given.
   */
  find(query: DnsQuery, apexLabel: number, client: DnsClient = NOBODY, now = NOW): CompiledAnswer | null {
    if (this.dynamic.size > 0) {
      const answer = this.#steered(query, apexLabel, client, now < 0 ? Date.now() : now);
      if (answer !== null) return answer;
    }
    this.set = NO_SET;
    if (query.dnssecOk && this.#secure !== null) return this.#secure.find(query, apexLabel, now < 0 ? Date.now() : now);
    const { data } = this;
    const { names } = data;
    const { type } = query;
    let node = names.find(query.name, 0, query.nameLength, query.suffixHash[0]!);
    if (node !== NO_NODE) {
      if (data.outlying[node] === 0) {
        if (PLAIN[type] === 1) {
          const set = data.findSet(node, type);
          if (set !== NO_SET) {
            this.set = set;
            return null;
          }
        }
        return this.#kept.get(node, type) ?? this.#answer(node, query);
      }
      return this.#outlying(node, query);
    }
    for (let label = 1; label < apexLabel && node === NO_NODE; label++) {
      const start = query.labelStart[label]!;
      node = names.find(query.name, start, query.nameLength - start, query.suffixHash[label]!);
    }
    return this.#below(node === NO_NODE ? APEX : node, query);
  }

  /** The name exists. */
  #answer(node: number, query: DnsQuery): CompiledAnswer {
    const { data } = this;
    const { type } = query;
    if (this.#hasHashes && holdsOnlyDenial(data, node)) return this.#below(APEX, query);
    const has = type === RecordType.ANY ? data.hasSets(node) : data.findSet(node, type) !== NO_SET;
    if (!has && data.findSet(node, RecordType.CNAME) === NO_SET) return this.#noSuchType;
    return this.#kept.keep(node, type, compileName(this.#source, nameOf(query), type));
  }

  /** The name exists in the file, at or below a delegation, or below a DNAME. */
  #outlying(node: number, query: DnsQuery): CompiledAnswer {
    const cut = this.data.cut[node]!;
    if (cut === NO_NODE) return compileName(this.#source, nameOf(query), query.type);
    if (cut === node && query.type === RecordType.DS) return this.#answer(node, query);
    return this.#referral(cut);
  }

  /** The name does not exist; `encloser` is the nearest one above it that does. */
  #below(encloser: number, query: DnsQuery): CompiledAnswer {
    const { data } = this;
    const { type } = query;
    const cut = data.cut[encloser]!;
    if (cut !== NO_NODE) return this.#referral(cut);
    if (data.dname[encloser] !== NO_NODE || data.findSet(encloser, RecordType.DNAME) !== NO_SET) {
      return compileName(this.#source, nameOf(query), type);
    }
    const wildcard = data.names.wildcardOf(encloser);
    if (wildcard === NO_NODE) {
      if (this.#hasHashes && holdsOnlyDenial(data, encloser)) return this.#below(APEX, query);
      return this.#noSuchName;
    }
    // `*` asked for by its own name is an exact match, whose answer is another.
    const kept = this.#kept.get(wildcard, WILDCARD + type);
    if (kept !== undefined) return kept;
    const has = type === RecordType.ANY ? data.hasSets(wildcard) : data.findSet(wildcard, type) !== NO_SET;
    if (!has && data.findSet(wildcard, RecordType.CNAME) === NO_SET) return this.#noSuchType;
    return this.#kept.keep(wildcard, WILDCARD + type, compileWildcard(this.#source, wildcard, nameOf(query), type));
  }

  #referral(cut: number): CompiledAnswer {
    const kept = this.#kept.get(cut, REFERRAL);
    return kept ?? this.#kept.keep(cut, REFERRAL, compileReferral(this.#source, cut));
  }

  /** The answer of the node's `DynamicAnswer`, or of the wildcard's that stands for it; null: the zone's records answer. */
  #steered(query: DnsQuery, apexLabel: number, client: DnsClient, now: number): CompiledAnswer | null {
    this.subnetScope = -1;
    this.extendedError = 0;
    const { data } = this;
    const { names } = data;
    const exact = names.find(query.name, 0, query.nameLength, query.suffixHash[0]!);
    let node = exact;
    if (node === NO_NODE) {
      let encloser = NO_NODE;
      for (let label = 1; label < apexLabel && encloser === NO_NODE; label++) {
        const start = query.labelStart[label]!;
        encloser = names.find(query.name, start, query.nameLength - start, query.suffixHash[label]!);
      }
      node = names.wildcardOf(encloser === NO_NODE ? APEX : encloser);
      if (node === NO_NODE) return null;
    }
    const dynamic = this.dynamic.get(node);
    if (dynamic === undefined || data.cut[node] !== NO_NODE || data.dname[node] !== NO_NODE) return null;
    const answer = dynamic.answer(query, client, query.subnetLength < 0 ? null : readClientSubnet(query), now);
    // It may have asked this zone for something else meanwhile.
    this.set = NO_SET;
    this.subnetScope = answer === null ? -1 : dynamic.subnetScope;
    this.extendedError = answer === null ? 0 : dynamic.extendedError;
    if (answer === null || answer.responseCode === ResponseCode.SERVFAIL) return answer;
    if (!query.dnssecOk || this.#security === null) return answer;
    const asked = { name: nameOf(query), type: query.type, node };
    return this.#sign(this.#security, answer, asked, exact !== NO_NODE, now);
  }

  /** RFC 4035 §3.1.1: what is not in the zone is signed when it is given; a wildcard's answers for each name. */
  #sign(security: ZoneSecurity, answer: CompiledAnswer, asked: Asked, isExact: boolean, now: number): CompiledAnswer {
    const epoch = security.epoch(now);
    if (epoch !== this.#epoch) this.#signed = new WeakMap();
    this.#epoch = epoch;
    const known = isExact ? this.#signed.get(answer) : undefined;
    if (known !== undefined) return known;
    const signed = security.signed(answer, asked, this.dynamic) ?? answer;
    if (isExact) this.#signed.set(answer, signed);
    return signed;
  }
}

/** How the zone's own signatures and denials answer; null when it has none. */
function* storedSecurity(data: ZoneData): Slices<ZoneSecurity | null> {
  if (data.findSet(APEX, RecordType.RRSIG) === NO_SET) return null;
  if (data.findSet(APEX, RecordType.NSEC) !== NO_SET) return yield* NsecSecurity.of(data);
  const set = data.findSet(APEX, RecordType.NSEC3PARAM);
  const parameters = set === NO_SET ? null : readNsec3Parameters(data.recordData(data.recordStart[set]!));
  return parameters === null ? null : yield* Nsec3Security.of(data, parameters);
}

function nameOf(query: DnsQuery): Uint8Array {
  return query.name.slice(0, query.nameLength);
}
