/** How people write what names answer when that depends on who asks, or on health. */

/** Seconds, or text as in zone files: "30s", "1h30m". */
export type Ttl = number | string;

export interface SteeringOptions {
  /** Where clients are. */
  readonly databases?: DatabaseOptions;
  /** By absolute name: "shop.test", "*.shop.test". The zone that holds the name must be ours. */
  readonly names: Readonly<Record<string, NameOptions>>;
}

/** MaxMind DB files (.mmdb), read again when they change. */
export interface DatabaseOptions {
  /** Countries, continents, subdivisions, coordinates: GeoLite2-Country or -City, or one made alike. */
  readonly place?: string;
  /** Autonomous systems. When it is missing, `place` is asked for them too. */
  readonly asn?: string;
}

export type NameOptions = AliasOptions | AddressOptions;

/** The addresses of another name (ALIAS, ANAME). */
export interface AliasOptions {
  /** The addresses of another name, also at the zone's own name, where no CNAME can stand. */
  readonly alias: string;
  /** Bounds of the TTL that the other name's addresses have. Default 5 s and 1 h. */
  readonly minimumTtl?: Ttl;
  /** Default: 1h. */
  readonly maximumTtl?: Ttl;
}

/** Addresses of our own. One of `geography` and `nearest` at most; without any, all pops by their weight. */
export interface AddressOptions {
  /** Default 30 s. */
  readonly ttl?: Ttl;
  /** Groups of addresses by name: points of presence, providers, versions. */
  readonly pops: Readonly<Record<string, PopOptions>>;
  /**
   * Pops by where the client is. Keys: a network ("10.0.0.0/8"), "asn:64500", "subdivision:US-CA", "country:DE",
   * "continent:EU", and "*" for the rest, which must be there. Values: a pop, several in the order in which they are
   * tried, or weights ({ fra: 3, ams: 1 }). Pops of "*" come after those of the rule.
   */
  readonly geography?: Readonly<Record<string, PopChoice>>;
  /** Pops by their distance from the client, along the great circle. All need coordinates. */
  readonly nearest?: {
    /** For clients whose place is not known. */
    readonly default: PopChoice;
  };
  /**
   * Share of its capacity from which on a pop's clients go to the next one, and below which they come back. Default 1
   * and 0.8.
   */
  readonly spillAbove?: number;
  /** Below which they come back. Default: 0.8. */
  readonly returnBelow?: number;
  /**
   * What a query gets of a pop: "all" addresses (default), all with another one first each time ("rotate"), or "one" by
   * weight.
   */
  readonly pick?: "all" | "rotate" | "one";
  /** The same network (/24, /56) gets the same pop and address for as long as they are up. Default false. */
  readonly sticky?: boolean;
  /** The pop that stands in when all others are down. Without it all are given then as if they were up. */
  readonly fallback?: string;
  /** Resolvers whose word on the client's network counts (EDNS Client Subnet): "all" (default), "none", or networks. */
  readonly subnet?: "all" | "none" | readonly string[];
}

export type PopChoice = string | readonly string[] | Readonly<Record<string, number>>;

export interface PopOptions {
  /** IPv4 and IPv6, up to 32 of each. */
  readonly addresses: readonly AddressOption[];
  /** The pool, or whatever else health is known of, without which the pop is down. */
  readonly health?: string;
  /** Whose share of capacity counts. Default: `health`. */
  readonly load?: string;
  /** Whole number, 0 to 65,535. Default 1. */
  readonly weight?: number;
  /** Degrees, north and east. */
  readonly latitude?: number;
  /** Degrees east. */
  readonly longitude?: number;
}

/** An address, alone or with what else is known of it. */
export type AddressOption =
  | string
  | {
      /** IPv4 or IPv6. */
      readonly address: string;
      /** For `pick: "one"`. Whole number, 0 to 65,535. Default 1. */
      readonly weight?: number;
      /** What must be up for the address to be given. */
      readonly health?: string;
    };

/** Something that cannot work. */
export interface SteeringProblem {
  /** From the options down: ["names", "shop.test", "geography", "*"]. */
  readonly path: ReadonlyArray<string | number>;
  /** One clause without a full stop. */
  readonly message: string;
  /** What would fix it, as a request. */
  readonly remedy: string;
}

export function isAlias(options: NameOptions): options is AliasOptions {
  return "alias" in options;
}
