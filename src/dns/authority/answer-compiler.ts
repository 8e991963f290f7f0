/**
 * The algorithm of an authoritative server (RFC 1034 §4.3.2, as changed by RFC 2308, 4592 and 6672, with the proofs of
 * RFC 4035 §3.1): from a name and a type to the records of each section.
 */
import { recordTtl } from "../zone/record-ttl.ts";
import { isAtOrBelow, LOWER, MAX_NAME } from "../wire/name.ts";
import { namesIn } from "../wire/rdata-walk.ts";
import { RecordType, ResponseCode } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { AnswerWriter, Section } from "./answer-writer.ts";
import type { AnsweringZone, FindZone } from "./answering-zone.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import { locate, redirectionAt } from "./place.ts";
import type { Prover } from "./zone-security.ts";

/** CNAMEs and DNAMEs followed in one answer. */
const MAX_CHAIN = 16;

/** What the asker needs next of a host that a record names (RFC 1035 §3.3, RFC 2782; RFC 9460 §4.1). */
const ADDRESSES: readonly number[] = [RecordType.A, RecordType.AAAA];
const LEADS_ON: ReadonlyMap<number, readonly number[]> = new Map([
  [RecordType.NS, ADDRESSES],
  [RecordType.MX, ADDRESSES],
  [RecordType.SRV, ADDRESSES],
  [RecordType.SVCB, [...ADDRESSES, RecordType.SVCB]],
  [RecordType.HTTPS, [...ADDRESSES, RecordType.HTTPS]],
]);

/** What an answer has of one zone. */
interface Part {
  readonly source: AnsweringZone;
  readonly prover: Prover | null;
  /** Nodes whose CNAME has been followed: each leads to one name, so that a loop ends where it closes. */
  readonly followed: Set<number>;
  /** DNAMEs that stand in the answer. */
  readonly written: Set<number>;
}

/** Compiles one answer. */
export class AnswerCompiler {
  readonly #writer: AnswerWriter;
  readonly #type: number;
  readonly #findZone: FindZone | null;
  // The zone that the chain has come to.
  #part: Part;
  #source: AnsweringZone;
  #zone: ZoneData;
  #prover: Prover | null;
  /** Zones that the chain has been in. */
  readonly #parts: Part[] = [];
  /** Names that a DNAME has redirected: one may redirect several in one chain. */
  readonly #redirected = new Set<string>();
  /** CNAMEs written so far, also those that were made of a DNAME. */
  #hops = 0;
  /** Names answered by a wildcard, each with its encloser: proved when the answer section is done. */
  readonly #expanded: Array<{ readonly prover: Prover; readonly name: Uint8Array; readonly encloser: number }> = [];

  /** `findZone`: chains are followed into other zones; null: as long as they stay in this one. */
  constructor(source: AnsweringZone, writer: AnswerWriter, type: number, findZone: FindZone | null = null) {
    this.#writer = writer;
    this.#type = type;
    this.#findZone = findZone;
    this.#part = this.#partOf(source);
    this.#source = source;
    this.#zone = source.zone;
    this.#prover = this.#part.prover;
  }

  finish(): CompiledAnswer {
    this.#proveExpansions();
    return this.#writer.finish();
  }

  #partOf(source: AnsweringZone): Part {
    const known = this.#parts.find((part) => part.source === source);
    if (known !== undefined) return known;
    const prover = source.security === null ? null : source.security.prover(this.#writer, source.dynamic);
    const part: Part = { source, prover, followed: new Set(), written: new Set() };
    this.#parts.push(part);
    return part;
  }

  /** Answers for a name in lower case that lies in the zone, through CNAMEs and DNAMEs. */
  follow(name: Uint8Array): void {
    const zone = this.#zone;
    const place = locate(zone, name);
    const cut = zone.cut[place.encloser]!;
    const isFirst = this.#hops === 0;
    // RFC 4035 §3.1.4.1: the DS of a delegation is the parent's.
    if (cut !== NO_NODE && !(cut === place.node && this.#type === RecordType.DS)) {
      if (isFirst) this.#writer.authoritative = false;
      this.refer(cut);
      return;
    }
    const owner = isFirst ? null : name;
    const redirection = redirectionAt(zone, place);
    if (redirection !== NO_NODE) {
      this.#redirect(name, redirection, owner);
      return;
    }
    const node = place.node === NO_NODE ? zone.names.wildcardOf(place.encloser) : place.node;
    if (node === NO_NODE) {
      if (this.#prover === null || !this.#prover.made(name, NO_NODE, this.#type)) this.denyName(name, place.encloser);
      return;
    }
    if (this.#part.followed.has(node) || (!isFirst && this.#source.dynamic.has(node))) return;
    this.answerNode(node, owner, name, place.node === NO_NODE ? place.encloser : NO_NODE);
  }

  /** The records of a node, given for `name` (written as `owner`); `encloser`: by the wildcard below it, else `NO_NODE`. */
  answerNode(node: number, owner: Uint8Array | null, name: Uint8Array, encloser: number): void {
    const type = this.#type;
    const zone = this.#zone;
    const wanted = type === RecordType.ANY ? anySet(zone, node) : zone.findSet(node, type);
    const isExpanded = encloser !== NO_NODE && (wanted !== NO_SET || zone.findSet(node, RecordType.CNAME) !== NO_SET);
    if (isExpanded && this.#prover !== null) this.#expanded.push({ prover: this.#prover, name, encloser });
    if (wanted !== NO_SET) {
      this.#writeSet("answer", wanted, owner, name, node);
      this.#proveExpansions();
      this.#addAddresses(wanted, owner, name, node);
      return;
    }
    const alias = zone.findSet(node, RecordType.CNAME);
    if (alias === NO_SET) {
      if (this.#prover !== null && this.#prover.made(name, node, type)) return;
      this.#proveExpansions();
      this.#writeSoa();
      this.#prover?.denyType(name, node, encloser);
      return;
    }
    this.#writeSet("answer", alias, owner, name, node);
    this.#part.followed.add(node);
    this.#goOn(lower(zone.recordData(zone.recordStart[alias]!)));
  }

  /** `name` null: nothing is proved. */
  denyName(name: Uint8Array | null, encloser: number): void {
    this.#writer.responseCode = ResponseCode.NXDOMAIN;
    this.#proveExpansions();
    this.#writeSoa();
    if (name !== null) this.#prover?.denyName(name, encloser);
  }

  /** No such type, without a proof. */
  denyType(): void {
    this.#writeSoa();
  }

  refer(cut: number): void {
    const zone = this.#zone;
    const name = zone.names.name(cut);
    const set = zone.findSet(cut, RecordType.NS);
    this.#writer.needsAdditional = true;
    this.#proveExpansions();
    this.#writeSet("authority", set, name, name, cut);
    if (this.#prover !== null) {
      const signer = zone.findSet(cut, RecordType.DS);
      if (signer !== NO_SET) this.#writeSet("authority", signer, name, name, cut);
      else this.#prover.denyDs(cut);
    }
    this.#addAddresses(set, name, name, cut);
  }

  /** The CNAME to `target` has just been written. */
  #goOn(target: Uint8Array): void {
    if (this.#type === RecordType.CNAME || ++this.#hops > MAX_CHAIN) return;
    this.#writer.targets.push(target);
    if (this.#findZone === null) {
      if (isAtOrBelow(target, this.#zone.apex)) this.follow(target);
      return;
    }
    const source = this.#findZone(target, this.#type);
    if (source === null) return;
    this.#part = this.#partOf(source);
    this.#source = source;
    this.#zone = source.zone;
    this.#prover = this.#part.prover;
    this.follow(target);
  }

  /** RFC 6672 §3: the DNAME, and a CNAME made of it for those that do not know DNAME (§5.3.1: never signed). */
  #redirect(name: Uint8Array, redirection: number, owner: Uint8Array | null): void {
    const key = Buffer.from(name).latin1Slice();
    if (this.#redirected.has(key)) return;
    this.#redirected.add(key);
    const zone = this.#zone;
    const set = zone.findSet(redirection, RecordType.DNAME);
    const from = zone.names.name(redirection);
    if (!this.#part.written.has(redirection)) this.#writeSet("answer", set, from, from, redirection);
    this.#part.written.add(redirection);
    const target = zone.recordData(zone.recordStart[set]!);
    const kept = name.length - from.length;
    if (kept + target.length > MAX_NAME) {
      this.#writer.responseCode = ResponseCode.YXDOMAIN;
      return;
    }
    const synthesised = new Uint8Array(kept + target.length);
    synthesised.set(name.subarray(0, kept));
    synthesised.set(target, kept);
    this.#writer.record("answer", owner, RecordType.CNAME, zone.setTtl[set]!, synthesised);
    this.#goOn(lower(synthesised));
  }

  #proveExpansions(): void {
    for (const { prover, name, encloser } of this.#expanded.splice(0)) prover.proveExpansion(name, encloser);
  }

  #writeSoa(): void {
    const zone = this.#zone;
    const { apex, negativeTtl } = zone;
    const set = zone.findSet(APEX, RecordType.SOA);
    this.#writer.record("authority", apex, RecordType.SOA, negativeTtl, zone.recordData(zone.recordStart[set]!));
    this.#prover?.sign("authority", apex, apex, APEX, set, negativeTtl);
  }

  #writeSet(section: Section, set: number, owner: Uint8Array | null, name: Uint8Array, node: number): void {
    const zone = this.#zone;
    const type = zone.setType[set]!;
    const ttl = zone.setTtl[set]!;
    for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
      const own = type === RecordType.RRSIG ? recordTtl(zone, node, set, record) : ttl;
      this.#writer.record(section, owner, type, own, zone.recordData(record));
    }
    // RFC 4035 §2.2: what belongs to the zone below a cut is not signed here, but for the DS.
    if (this.#prover === null || type === RecordType.RRSIG) return;
    if (zone.cut[node] !== NO_NODE && type !== RecordType.DS && type !== RecordType.NSEC) return;
    this.#prover.sign(section, owner, name, node, set, ttl);
  }

  /** What the hosts that a set names have, as far as this zone has them. */
  #addAddresses(set: number, owner: Uint8Array | null, name: Uint8Array, node: number): void {
    const zone = this.#zone;
    const type = zone.setType[set]!;
    const types = LEADS_ON.get(type);
    if (types === undefined) return;
    const seen = new Set<number>();
    for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
      const data = zone.recordData(record);
      const names = namesIn(type, data, 0, data.length);
      if (names === null) continue;
      const host = lower(data.slice(names[0], names[1]));
      if (host.length === 1 && types !== ADDRESSES) {
        // RFC 9460 §2.5.2: `.` is the owner, but in an alias (§2.5.1: priority 0) nothing.
        if ((data[0]! | data[1]!) !== 0) this.#addOf(node, types, set, owner, name, seen);
        continue;
      }
      const at = isAtOrBelow(host, zone.apex) ? locate(zone, host).node : NO_NODE;
      if (at !== NO_NODE) this.#addOf(at, types, set, host, host, seen);
    }
  }

  /** RRsets of these types at a node, but for one that stands in the answer. */
  #addOf(
    node: number,
    types: readonly number[],
    answer: number,
    owner: Uint8Array | null,
    name: Uint8Array,
    seen: Set<number>,
  ): void {
    const zone = this.#zone;
    if (zone.dname[node] !== NO_NODE || seen.has(node) || this.#source.dynamic.has(node)) return;
    seen.add(node);
    for (const type of types) {
      const found = zone.findSet(node, type);
      if (found !== NO_SET && found !== answer) this.#writeSet("additional", found, owner, name, node);
    }
  }
}

/** RFC 8482 §4.1: one RRset of the node stands for ANY, so that nobody is flooded with the rest. */
function anySet(zone: ZoneData, node: number): number {
  const { setStart, setType } = zone;
  for (let set = setStart[node]!; set < setStart[node + 1]!; set++) {
    if (setType[set] !== RecordType.RRSIG && setType[set] !== RecordType.NSEC) return set;
  }
  return zone.hasSets(node) ? setStart[node]! : NO_SET;
}

function lower(name: Uint8Array): Uint8Array {
  return name.map((byte) => LOWER[byte]!);
}
