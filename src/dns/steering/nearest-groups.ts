import type { AddressGroup } from "./address-group.ts";
import type { ClientNetwork } from "./client-network.ts";
import type { GeoDatabase } from "./geo-database.ts";
import { describePlace, distance } from "./geo-place.ts";
import type { Locator } from "./locator.ts";
import { NO_RECORD } from "./mmdb-reader.ts";
import { Ranking } from "./ranking.ts";

/** Records, and orders of the groups, that are kept in mind. */
const MAX_RECORDS = 65_536;
const MAX_ORDERS = 4_096;

/** Groups by their distance from where the client is. */
export class NearestGroups implements Locator {
  depth = 0;
  readonly #groups: readonly AddressGroup[];
  /** Indices of those with coordinates. */
  readonly #placed: readonly number[];
  readonly #database: GeoDatabase;
  readonly #fallback: Ranking;
  readonly #byRecord = new Map<number, Ranking>();
  /** One ranking for all clients that have the groups in the same order, so that they share their turns. */
  readonly #byOrder = new Map<string, Ranking>();
  #version = 0;
  #record = NO_RECORD;

  /** `fallback`: for clients whose place is not known. */
  constructor(groups: readonly AddressGroup[], database: GeoDatabase, fallback: Ranking) {
    this.#groups = groups;
    this.#placed = groups.flatMap(({ plan }, index) => (Number.isNaN(plan.latitude) ? [] : [index]));
    this.#database = database;
    this.#fallback = fallback;
  }

  find(client: ClientNetwork): Ranking {
    const database = this.#database;
    this.depth = 0;
    this.#record = NO_RECORD;
    if (client.length === 0) return this.#fallback;
    if (database.version !== this.#version) {
      this.#version = database.version;
      this.#byRecord.clear();
    }
    const record = database.find(client.bytes, client.length);
    this.depth = database.depth;
    this.#record = record;
    if (record === NO_RECORD) return this.#fallback;
    return this.#byRecord.get(record) ?? this.#rank(record);
  }

  describe(): string {
    const place = this.#database.place(this.#record);
    if (Number.isNaN(place.latitude)) return "its place is not known, so the default";
    const named = describePlace(place);
    const [nearest, ...others] = this.#distances(place.latitude, place.longitude).map(
      ([index, kilometres]) => `${this.#groups[index]!.name} ${Math.round(kilometres)} km`,
    );
    const where = `${place.latitude}, ${place.longitude}`;
    return `${named === "" ? where : `${named} at ${where}`}: ${[nearest, ...others].join(", ")}`;
  }

  #rank(record: number): Ranking {
    const { latitude, longitude } = this.#database.place(record);
    const ranking = Number.isNaN(latitude + longitude) ? this.#fallback : this.#rankFrom(latitude, longitude);
    if (this.#byRecord.size >= MAX_RECORDS) this.#byRecord.clear();
    this.#byRecord.set(record, ranking);
    return ranking;
  }

  #rankFrom(latitude: number, longitude: number): Ranking {
    const order = this.#distances(latitude, longitude).map(([index]) => index);
    const key = order.join(" ");
    const known = this.#byOrder.get(key);
    if (known !== undefined) return known;
    const tiers = order.map((index) => ({ groups: [index], weights: [1] }));
    const ranking = new Ranking("nearest", tiers);
    if (this.#byOrder.size >= MAX_ORDERS) this.#byOrder.clear();
    this.#byOrder.set(key, ranking);
    return ranking;
  }

  /** Groups with their distance in km, the nearest first. */
  #distances(latitude: number, longitude: number): ReadonlyArray<readonly [number, number]> {
    return this.#placed
      .map((index) => {
        const { plan } = this.#groups[index]!;
        return [index, distance(latitude, longitude, plan.latitude, plan.longitude)] as const;
      })
      .toSorted((a, b) => a[1] - b[1] || a[0] - b[0]);
  }
}
