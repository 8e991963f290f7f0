import type { Slices } from "../../time/slices.ts";
import { isLater } from "../zone/serial.ts";
import { RecordList } from "./record-list.ts";
import type { RecordSource } from "./record-source.ts";
import type { ZoneDifference } from "./zone-difference.ts";

export interface JournalLimits {
  /** Differences that are kept. */
  readonly differences: number;
  /** Records in all of them. */
  readonly records: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

export const JOURNAL_LIMITS: JournalLimits = { differences: 100, records: 100_000, bytes: 16 * 2 ** 20 };

/** The last differences of a zone, each beginning with the serial that the one before ended with. In memory. */
export class ZoneJournal {
  readonly #limits: JournalLimits;
  #differences: ZoneDifference[] = [];

  constructor(limits: JournalLimits = JOURNAL_LIMITS) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#differences.length;
  }

  /**
   * Adds the newest difference. One whose serial does not rise, or that does not follow the last, begins the journal
   * again: from what was before no chain leads to the zone as it is.
   */
  add(difference: ZoneDifference): void {
    const rises = isLater(difference.to.serial, difference.from.serial);
    if (!rises || this.#differences.at(-1)?.to.serial !== difference.from.serial) this.#differences = [];
    if (!rises) return;
    this.#differences.push(difference);
    const limits = this.#limits;
    let records = 0;
    let bytes = 0;
    // From the newest back: those that do not fit are forgotten, the oldest first.
    for (let index = this.#differences.length - 1; index >= 0; index--) {
      const { deleted, added } = this.#differences[index]!;
      records += deleted.count + added.count;
      bytes += deleted.size + added.size;
      const count = this.#differences.length - index;
      if (records <= limits.records && bytes <= limits.bytes && count <= limits.differences) continue;
      this.#differences.splice(0, index + 1);
      return;
    }
  }

  clear(): void {
    this.#differences = [];
  }

  /** One difference from `serial` to the newest, condensed (RFC 1995 §5); null when it is not known. */
  *since(serial: number): Slices<ZoneDifference | null> {
    const first = this.#differences.findIndex(({ from }) => from.serial === serial);
    if (first < 0) return null;
    const chain = this.#differences.slice(first);
    return chain.length === 1 ? chain[0]! : yield* condense(chain);
  }
}

/** Records between two pauses. */
const FEW = 128;

/** What is added and deleted again, or deleted and added again, is left out. */
export function* condense(chain: readonly ZoneDifference[]): Slices<ZoneDifference> {
  let count = 0;
  const added = new Set<string>();
  const deleted = new Set<string>();
  for (const difference of chain) {
    for (const records = difference.deleted.records(); records.next();) {
      if (++count % FEW === 0) yield;
      const key = recordKey(records);
      if (!added.delete(key)) deleted.add(key);
    }
    for (const records = difference.added.records(); records.next();) {
      if (++count % FEW === 0) yield;
      const key = recordKey(records);
      if (!deleted.delete(key)) added.add(key);
    }
  }
  const from = chain[0]!.from;
  const to = chain.at(-1)!.to;
  const lists = { deleted: new RecordList(), added: new RecordList() };
  // A key that is left is taken once, so that its record is too.
  for (const difference of chain) {
    for (const records = difference.deleted.records(); records.next();) {
      if (++count % FEW === 0) yield;
      if (deleted.delete(recordKey(records))) lists.deleted.add(records);
    }
    for (const records = difference.added.records(); records.next();) {
      if (++count % FEW === 0) yield;
      if (added.delete(recordKey(records))) lists.added.add(records);
    }
  }
  return { from, to, ...lists };
}

function recordKey(record: RecordSource): string {
  const { owner, ownerStart, ownerLength, data, dataStart, dataEnd } = record;
  const name = Buffer.from(owner.buffer, owner.byteOffset + ownerStart, ownerLength).latin1Slice();
  const text = Buffer.from(data.buffer, data.byteOffset + dataStart, dataEnd - dataStart).latin1Slice();
  return `${name}${record.type} ${record.ttl} ${text}`;
}
