import type { ClientNetwork } from "./client-network.ts";
import type { GeoDatabase } from "./geo-database.ts";
import { describePlace, type Place } from "./geo-place.ts";
import { NO_RECORD } from "./mmdb-reader.ts";
import { PLACE_KINDS } from "./rule-key.ts";

/** Records whose rule is kept in mind. */
const MAX_RECORDS = 65_536;

/** Rules on what one database says. */
export class PlaceRules {
  readonly database: GeoDatabase;
  readonly #rules: ReadonlyMap<string, number>;
  readonly #rule: (place: Place, rules: ReadonlyMap<string, number>) => number;
  /** Rule by record, -1: none. */
  readonly #byRecord = new Map<number, number>();
  #version = 0;
  #record = NO_RECORD;

  constructor(
    database: GeoDatabase,
    rules: ReadonlyMap<string, number>,
    rule: (place: Place, rules: ReadonlyMap<string, number>) => number,
  ) {
    this.database = database;
    this.#rules = rules;
    this.#rule = rule;
  }

  find(client: ClientNetwork): number {
    const { database } = this;
    if (database.version !== this.#version) {
      this.#version = database.version;
      this.#byRecord.clear();
    }
    const record = database.find(client.bytes, client.length);
    this.#record = record;
    if (record === NO_RECORD) return -1;
    const known = this.#byRecord.get(record);
    if (known !== undefined) return known;
    const rule = this.#rule(database.place(record), this.#rules);
    if (this.#byRecord.size >= MAX_RECORDS) this.#byRecord.clear();
    this.#byRecord.set(record, rule);
    return rule;
  }

  /** "country DE", "AS64500"; empty: the database knows nothing. */
  describe(): string {
    return describePlace(this.database.place(this.#record));
  }
}

export function asnRule(place: Place, rules: ReadonlyMap<string, number>): number {
  return rules.get(`asn:${place.asn}`) ?? -1;
}

export function placeRule(place: Place, rules: ReadonlyMap<string, number>): number {
  for (const kind of PLACE_KINDS) {
    const rule = place[kind] === "" ? undefined : rules.get(`${kind}:${place[kind]}`);
    if (rule !== undefined) return rule;
  }
  return -1;
}
