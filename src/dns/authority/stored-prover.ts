import { RecordType } from "../wire/record-type.ts";
import { NO_SET, type ZoneData } from "../zone/zone-data.ts";
import type { AnswerWriter, Section } from "./answer-writer.ts";
import type { Prover } from "./zone-security.ts";

/** What provers of zones with stored signatures share: the signatures, and that each denial stands in an answer once. */
export abstract class StoredProver implements Prover {
  protected readonly zone: ZoneData;
  protected readonly writer: AnswerWriter;
  readonly #written = new Set<number>();

  constructor(zone: ZoneData, writer: AnswerWriter) {
    this.zone = zone;
    this.writer = writer;
  }

  sign(section: Section, owner: Uint8Array | null, _name: Uint8Array, node: number, set: number, ttl: number): void {
    const { zone } = this;
    const signatures = zone.findSet(node, RecordType.RRSIG);
    if (signatures === NO_SET) return;
    const type = zone.setType[set]!;
    for (let record = zone.recordStart[signatures]!; record < zone.recordStart[signatures + 1]!; record++) {
      const data = zone.recordData(record);
      // RFC 4034 §3: its TTL is that of the RRset it covers.
      if (((data[0]! << 8) | data[1]!) === type) this.writer.record(section, owner, RecordType.RRSIG, ttl, data);
    }
  }

  /** Writes the NSEC or NSEC3 of a node, unless it stands there already. */
  protected writeDenial(node: number, type: number): void {
    if (this.#written.has(node)) return;
    this.#written.add(node);
    const { zone } = this;
    const set = zone.findSet(node, type);
    if (set === NO_SET) return;
    const name = zone.names.name(node);
    const ttl = zone.setTtl[set]!;
    for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
      this.writer.record("authority", name, type, ttl, zone.recordData(record));
    }
    this.sign("authority", name, name, node, set, ttl);
  }

  /** All that a type can be answered with is in the zone. */
  made(): boolean {
    return false;
  }

  abstract denyName(name: Uint8Array, encloser: number): void;
  abstract denyType(name: Uint8Array, node: number, encloser: number): void;
  abstract proveExpansion(name: Uint8Array, encloser: number): void;
  abstract denyDs(cut: number): void;
}
