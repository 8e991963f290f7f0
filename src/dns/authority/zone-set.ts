import { lowerName } from "../wire/name.ts";
import { hashName } from "../wire/name-hash.ts";
import { DnsQuery } from "../wire/query.ts";
import { RecordType } from "../wire/record-type.ts";
import { NO_NODE } from "../zone/name-table.ts";
import type { AuthoritativeZone } from "./authoritative-zone.ts";
import { locate } from "./place.ts";

/** A power of two, and small enough to stay in the cache. */
const FILTER = 4_096;

/** The zones that are served, by apex. A zone is replaced as a whole. */
export class ZoneSet {
  /** After `find`: which label of the query the zone's apex begins at. */
  apexLabel = 0;
  /** Counts the changes of the set: what was found out about zones holds for one version. */
  version = 0;
  /** Zones by the hash of their apex; several when hashes collide. */
  readonly #zones = new Map<number, AuthoritativeZone[]>();
  /** By the low bits of a hash: 0 says that no apex has it, which saves most labels the look into the map. */
  readonly #mayHold = new Uint8Array(FILTER);
  #count = 0;
  readonly #question = new DnsQuery();

  get size(): number {
    return this.#count;
  }

  *[Symbol.iterator](): IterableIterator<AuthoritativeZone> {
    for (const list of this.#zones.values()) yield* list;
  }

  /** Adds a zone, or puts it in the place of the one with the same apex. */
  set(zone: AuthoritativeZone): void {
    this.version++;
    const hash = hashName(zone.data.apex);
    const others = (this.#zones.get(hash) ?? []).filter((other) => !sameApex(other, zone.data.apex));
    if (others.length === (this.#zones.get(hash)?.length ?? 0)) this.#count++;
    this.#zones.set(hash, [...others, zone]);
    this.#mayHold[hash & (FILTER - 1)] = 1;
  }

  delete(apex: Uint8Array): boolean {
    const lower = lowerName(apex);
    const hash = hashName(lower);
    const list = this.#zones.get(hash) ?? [];
    const others = list.filter((zone) => !sameApex(zone, lower));
    if (others.length === list.length) return false;
    this.version++;
    if (others.length === 0) this.#zones.delete(hash);
    else this.#zones.set(hash, others);
    this.#count--;
    return true;
  }

  /** The zone that answers: the one with the longest apex that the name ends with; for DS the parent, if that is here too. */
  find(query: DnsQuery): AuthoritativeZone | null {
    let found: AuthoritativeZone | null = null;
    for (let label = 0; label <= query.labels; label++) {
      const hash = query.suffixHash[label]!;
      if (this.#mayHold[hash & (FILTER - 1)] === 0) continue;
      const list = this.#zones.get(hash);
      if (list === undefined) continue;
      for (let index = 0; index < list.length; index++) {
        const zone = list[index]!;
        if (!endsAt(query, label, zone.data.apex)) continue;
        // RFC 4035 §3.1.4.1: the DS of an apex is in the zone above; without that one this zone says that there is none.
        if (label === 0 && query.type === RecordType.DS && found === null) {
          found = zone;
          this.apexLabel = 0;
          continue;
        }
        // A zone further up that has given the name away is not the parent either.
        if (found !== null && !isParent(zone, query)) return found;
        this.apexLabel = label;
        return zone;
      }
    }
    return found;
  }

  /** The same for a name (lower case) that nobody has sent. */
  holding(name: Uint8Array, type: number): AuthoritativeZone | null {
    this.#question.ask(name, type);
    return this.find(this.#question);
  }

  /** The zone with exactly this apex (lower case). */
  get(apex: Uint8Array): AuthoritativeZone | null {
    return this.#zones.get(hashName(apex))?.find((zone) => sameApex(zone, apex)) ?? null;
  }
}

/** Whether the name of an apex is a zone's own to delegate: it has not given it away to a zone in between. */
function isParent({ data }: AuthoritativeZone, query: DnsQuery): boolean {
  const { node, encloser } = locate(data, query.name.slice(0, query.nameLength));
  const cut = data.cut[encloser]!;
  return cut === NO_NODE || cut === node;
}

function endsAt(query: DnsQuery, label: number, apex: Uint8Array): boolean {
  const start = query.labelStart[label]!;
  if (query.nameLength - start !== apex.length) return false;
  for (let index = 0; index < apex.length; index++) if (query.name[start + index] !== apex[index]) return false;
  return true;
}

function sameApex(zone: AuthoritativeZone, apex: Uint8Array): boolean {
  return Buffer.compare(zone.data.apex, apex) === 0;
}
