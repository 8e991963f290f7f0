import { ZoneOrder } from "../zone/zone-order.ts";
import type { Slices } from "../../time/slices.ts";
import type { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";
import { NO_NODE } from "../zone/name-table.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import { nextCloserOf } from "./place.ts";
import { StoredProver } from "./stored-prover.ts";
import type { Prover, ZoneSecurity } from "./zone-security.ts";

const WILDCARD = Uint8Array.of(1, 0x2a);

/** A zone signed with NSEC (RFC 4035 §3.1.3): what does not exist lies between two names that do. */
export class NsecSecurity implements ZoneSecurity {
  readonly #zone: ZoneData;
  readonly #order: ZoneOrder;
  /** By place in the order: the node whose NSEC covers what follows. */
  readonly #denier: Int32Array;

  private constructor(zone: ZoneData, order: ZoneOrder, denier: Int32Array) {
    this.#zone = zone;
    this.#order = order;
    this.#denier = denier;
  }

  static *of(zone: ZoneData): Slices<NsecSecurity> {
    const order = yield* ZoneOrder.of(zone);
    return new NsecSecurity(zone, order, yield* order.nearestWith(zone, RecordType.NSEC));
  }

  prover(writer: AnswerWriter): Prover {
    return new NsecProver(this.#zone, writer, this);
  }

  witness(query: DnsQuery, encloser: number, nextCloser: number): number {
    return this.#denier[this.#order.before(encloser, query.name, nextCloser)]!;
  }

  epoch(): number {
    return 0;
  }

  signed(): null {
    return null;
  }

  /** The node whose NSEC covers a name that does not exist, whose label below `encloser` begins at `at`. */
  covering(encloser: number, name: Uint8Array, at: number): number {
    return this.#denier[this.#order.before(encloser, name, at)]!;
  }

  /** The node whose NSEC tells of a node: its own, or one before an empty non-terminal. */
  matching(node: number): number {
    return this.#denier[this.#order.position[node]!]!;
  }
}

class NsecProver extends StoredProver {
  readonly #security: NsecSecurity;

  constructor(zone: ZoneData, writer: AnswerWriter, security: NsecSecurity) {
    super(zone, writer);
    this.#security = security;
  }

  denyName(name: Uint8Array, encloser: number): void {
    this.proveExpansion(name, encloser);
    this.writeDenial(this.#security.covering(encloser, WILDCARD, 0), RecordType.NSEC);
  }

  denyType(name: Uint8Array, node: number, encloser: number): void {
    if (encloser !== NO_NODE) this.proveExpansion(name, encloser);
    this.writeDenial(this.#security.matching(node), RecordType.NSEC);
  }

  proveExpansion(name: Uint8Array, encloser: number): void {
    const at = nextCloserOf(this.zone, name, encloser);
    this.writeDenial(this.#security.covering(encloser, name, at), RecordType.NSEC);
  }

  denyDs(cut: number): void {
    this.writeDenial(cut, RecordType.NSEC);
  }
}
