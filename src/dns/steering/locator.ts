import type { ClientNetwork } from "./client-network.ts";
import type { GeoDatabase } from "./geo-database.ts";
import type { Ranking } from "./ranking.ts";

/** Finds the ranking of the groups for a client. */
export interface Locator {
  /** After `find`: leading bits of the client's address that decided. */
  readonly depth: number;
  find(client: ClientNetwork): Ranking;
  /** After `find`, in words: where the client is and what that means for it; empty: it makes no difference. */
  describe(): string;
}

/** The files that tell where addresses are; null: none. */
export interface Databases {
  /** Countries, perhaps with subdivisions and coordinates. */
  readonly place: GeoDatabase | null;
  readonly asn: GeoDatabase | null;
}

/** All clients alike. */
export class OneClass implements Locator {
  readonly depth = 0;
  readonly #ranking: Ranking;

  constructor(ranking: Ranking) {
    this.#ranking = ranking;
  }

  find(): Ranking {
    return this.#ranking;
  }

  describe(): string {
    return "";
  }
}
