import { parseNetwork } from "../../bytes/address-set.ts";
import type { ClientNetwork } from "./client-network.ts";
import type { Databases, Locator } from "./locator.ts";
import { asnRule, placeRule, PlaceRules } from "./place-rules.ts";
import { PrefixTrie } from "./prefix-trie.ts";
import type { Ranking } from "./ranking.ts";
import { DEFAULT_KEY, isPlaceKey, normalKey, PLACE_KINDS } from "./rule-key.ts";

/**
 * Clients by rules: the longest network, else the autonomous system, else subdivision, country, continent, else "*".
 */
export class ClientClasses implements Locator {
  depth = 0;
  readonly #rankings: readonly Ranking[];
  readonly #fallback: Ranking;
  readonly #networks: PrefixTrie | null;
  readonly #byAsn: PlaceRules | null;
  readonly #byPlace: PlaceRules | null;
  #found: PlaceRules | null = null;
  #ranking: Ranking;

  /** One ranking for each rule, its key the rule's; "*" must be among them. Networks as `parseNetwork` reads them. */
  constructor(rankings: readonly Ranking[], databases: Databases) {
    this.#rankings = rankings;
    this.#fallback = rankings.find(({ key }) => key === DEFAULT_KEY)!;
    this.#ranking = this.#fallback;
    const places = new Map<string, number>();
    const networks = new PrefixTrie();
    let networkCount = 0;
    for (const [index, { key }] of rankings.entries()) {
      if (isPlaceKey(key)) {
        places.set(normalKey(key), index);
      } else if (key !== DEFAULT_KEY) {
        networks.add(parseNetwork(key), index);
        networkCount++;
      }
    }
    this.#networks = networkCount === 0 ? null : networks;
    const hasAsn = [...places.keys()].some((key) => key.startsWith("asn:"));
    const hasPlaces = [...places.keys()].some((key) => PLACE_KINDS.some((kind) => key.startsWith(`${kind}:`)));
    this.#byAsn = hasAsn && databases.asn !== null ? new PlaceRules(databases.asn, places, asnRule) : null;
    this.#byPlace = hasPlaces && databases.place !== null ? new PlaceRules(databases.place, places, placeRule) : null;
  }

  find(client: ClientNetwork): Ranking {
    this.depth = 0;
    this.#found = null;
    this.#ranking = this.#fallback;
    if (client.length === 0) return this.#fallback;
    const index = this.#indexOf(client);
    if (index >= 0) this.#ranking = this.#rankings[index]!;
    return this.#ranking;
  }

  describe(): string {
    const { key } = this.#ranking;
    if (this.#found !== null) return this.#found.describe();
    if (key !== DEFAULT_KEY) return `network ${key}`;
    const place = this.#byPlace?.describe() || this.#byAsn?.describe() || "";
    return place === "" ? "no rule for it, so the default" : `${place}, for which there is no rule, so the default`;
  }

  #indexOf(client: ClientNetwork): number {
    if (this.#networks !== null) {
      const index = this.#networks.find(client.bytes, client.length, client.prefix);
      this.depth = this.#networks.depth;
      if (index >= 0) return index;
    }
    if (this.#byAsn !== null) {
      const index = this.#look(this.#byAsn, client);
      if (index >= 0) return index;
    }
    return this.#byPlace === null ? -1 : this.#look(this.#byPlace, client);
  }

  #look(rules: PlaceRules, client: ClientNetwork): number {
    const index = rules.find(client);
    if (rules.database.depth > this.depth) this.depth = rules.database.depth;
    if (index >= 0) this.#found = rules;
    return index;
  }
}
