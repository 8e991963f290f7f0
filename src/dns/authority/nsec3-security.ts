import { unset } from "../../time/large-arrays.ts";
import { type Slices, STRIDE } from "../../time/slices.ts";
import { sortInSlices } from "../../time/sort-in-slices.ts";
import { base32HexDecode } from "../wire/base32hex.ts";
import { nsec3Hash, type Nsec3Parameters, readNsec3Parameters } from "../dnssec/nsec3-hash.ts";
import type { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX, NO_NODE } from "../zone/name-table.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import { nextCloserOf } from "./place.ts";
import { StoredProver } from "./stored-prover.ts";
import type { Prover, ZoneSecurity } from "./zone-security.ts";

/** Names between two pauses while their hashes are read. */
const FEW = 128;

/** A zone signed with NSEC3 (RFC 5155 §7.2): as NSEC, but the names in order are hashes. */
export class Nsec3Security implements ZoneSecurity {
  readonly zone: ZoneData;
  readonly #parameters: Nsec3Parameters;
  /** The owners of NSEC3 records and their hashes, in order. */
  readonly #nodes: Int32Array;
  readonly #hashes: readonly Uint8Array[];
  /** By node: what `matchingNode` found. */
  readonly #matches = new Map<number, number>();

  private constructor(zone: ZoneData, parameters: Nsec3Parameters, nodes: Int32Array, hashes: readonly Uint8Array[]) {
    this.zone = zone;
    this.#parameters = parameters;
    this.#nodes = nodes;
    this.#hashes = hashes;
  }

  static *of(zone: ZoneData, parameters: Nsec3Parameters): Slices<Nsec3Security> {
    const owners: number[] = [];
    const hashes: Uint8Array[] = [];
    for (let node = APEX + 1; node < zone.nodeCount; node++) {
      if (node % FEW === 0) yield;
      const hash = zone.names.parent[node] === APEX ? hashOfOwner(zone, node, parameters) : null;
      if (hash === null) continue;
      owners.push(node);
      hashes.push(hash);
    }
    const order = unset(Int32Array, owners.length);
    for (let index = 0; index < order.length; index++) {
      order[index] = index;
      if (index % STRIDE === 0) yield;
    }
    yield* sortInSlices(order, 0, order.length, (a, b) => Buffer.compare(hashes[a]!, hashes[b]!));
    const nodes = unset(Int32Array, order.length);
    const sorted: Uint8Array[] = [];
    for (let place = 0; place < order.length; place++) {
      nodes[place] = owners[order[place]!]!;
      sorted.push(hashes[order[place]!]!);
      if (place % STRIDE === 0) yield;
    }
    return new Nsec3Security(zone, parameters, nodes, sorted);
  }

  prover(writer: AnswerWriter): Prover {
    return new Nsec3Prover(this, writer);
  }

  witness(query: DnsQuery, encloser: number, nextCloser: number): number {
    // RFC 5155 §6: below an insecure delegation's ancestors with opt-out an encloser may have no NSEC3 of its own, and
    // the proof begins further up. It then depends on more than the encloser: such names get one each.
    if (this.matchingNode(encloser) === NO_NODE) return -1;
    return this.covering(query.name.subarray(nextCloser, query.nameLength));
  }

  epoch(): number {
    return 0;
  }

  signed(): null {
    return null;
  }

  /** The node whose NSEC3 has the hash of a name, or `NO_NODE`. */
  matching(name: Uint8Array): number {
    const hash = nsec3Hash(name, this.#parameters);
    const index = this.#lastUpTo(hash);
    return index >= 0 && Buffer.compare(this.#hashes[index]!, hash) === 0 ? this.#nodes[index]! : NO_NODE;
  }

  /** The same for a node of the zone; remembered, since hashes cost (RFC 5155 §12.3). */
  matchingNode(node: number): number {
    const known = this.#matches.get(node);
    if (known !== undefined) return known;
    const match = this.matching(this.zone.names.name(node));
    this.#matches.set(node, match);
    return match;
  }

  /** The node whose NSEC3 covers the hash of a name; the last one also covers what is before the first. */
  covering(name: Uint8Array): number {
    const index = this.#lastUpTo(nsec3Hash(name, this.#parameters));
    return this.#nodes.at(index) ?? NO_NODE;
  }

  /** Index of the last hash that is not greater, -1: all are. */
  #lastUpTo(hash: Uint8Array): number {
    let low = 0;
    let high = this.#hashes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.#hashes[middle]!, hash) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** The hash that the owner of an NSEC3 with these parameters stands for; null for any other node. */
function hashOfOwner(zone: ZoneData, node: number, parameters: Nsec3Parameters): Uint8Array | null {
  const set = zone.findSet(node, RecordType.NSEC3);
  if (set === NO_SET) return null;
  const own = readNsec3Parameters(zone.recordData(zone.recordStart[set]!));
  // While a zone changes its parameters it has two chains (RFC 5155 §10.4); NSEC3PARAM names the whole one.
  if (own === null || own.iterations !== parameters.iterations) return null;
  if (Buffer.compare(own.salt, parameters.salt) !== 0) return null;
  const name = zone.names.name(node);
  return base32HexDecode(Buffer.from(name.subarray(1, 1 + name[0]!)).latin1Slice());
}

class Nsec3Prover extends StoredProver {
  readonly #security: Nsec3Security;

  constructor(security: Nsec3Security, writer: AnswerWriter) {
    super(security.zone, writer);
    this.#security = security;
  }

  denyName(name: Uint8Array, encloser: number): void {
    const proved = this.#proveEncloser(name, encloser);
    this.#write(this.#security.covering(wildcardBelow(this.zone.names.name(proved))));
  }

  denyType(name: Uint8Array, node: number, encloser: number): void {
    if (encloser !== NO_NODE) {
      this.#proveEncloser(name, encloser);
      this.#write(this.#security.matchingNode(node));
      return;
    }
    const match = this.#security.matching(name);
    if (match !== NO_NODE) this.#write(match);
    // RFC 5155 §7.2.4: with opt-out a name may have no NSEC3.
    else this.#proveEncloser(name, this.zone.names.parent[node]!);
  }

  /** RFC 5155 §7.2.6. */
  proveExpansion(name: Uint8Array, encloser: number): void {
    this.#write(this.#security.covering(name.subarray(nextCloserOf(this.zone, name, encloser))));
  }

  denyDs(cut: number): void {
    this.denyType(this.zone.names.name(cut), cut, NO_NODE);
  }

  /** The closest encloser proof (RFC 5155 §7.2.1), from the nearest ancestor that can be proved. Answers that node. */
  #proveEncloser(name: Uint8Array, nearest: number): number {
    const { names } = this.zone;
    let encloser = nearest;
    let match = this.#security.matchingNode(encloser);
    while (match === NO_NODE && encloser !== APEX) {
      encloser = names.parent[encloser]!;
      match = this.#security.matchingNode(encloser);
    }
    this.#write(match);
    this.#write(this.#security.covering(name.subarray(nextCloserOf(this.zone, name, encloser))));
    return encloser;
  }

  #write(node: number): void {
    if (node !== NO_NODE) this.writeDenial(node, RecordType.NSEC3);
  }
}

function wildcardBelow(name: Uint8Array): Uint8Array {
  return Uint8Array.of(1, 0x2a, ...name);
}
