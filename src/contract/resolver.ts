/** Asks DNS. The system's resolver stands behind it until Roundtrip has its own; tests give answers of their own. */
export interface Resolver {
  /**
   * A and AAAA, each with an outcome of its own: one family may fail while the other answers. Rejects only when neither
   * could be asked, with an error whose `code` is the resolver's (ECANCELLED, ETIMEOUT …).
   */
  resolveAddresses(name: string): Promise<ResolvedAddresses>;
  /** SRV (RFC 2782). Rejects with such an error for every failure. */
  resolveServices(name: string): Promise<readonly ResolvedService[]>;
}

export interface ResolvedAddresses {
  readonly ipv4: ResolvedFamily;
  readonly ipv6: ResolvedFamily;
}

export interface ResolvedFamily {
  readonly addresses: readonly ResolvedAddress[];
  /**
   * Why there are none; "" when there are. ENODATA: the name has no record of the type. ENOTFOUND: that, or there is no
   * such name (Bun tells them not apart). All others: it could not be found out.
   */
  readonly code: string;
}

export interface ResolvedAddress {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number;
}

export interface ResolvedService {
  /** Without the final dot. */
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
  /** Seconds; 0 when the resolver does not tell. */
  readonly ttl: number;
}

/** Addresses of any family, by family; one that is not among them has no record. */
export function byFamily(addresses: readonly ResolvedAddress[]): ResolvedAddresses {
  const ofFamily = (isOfFamily: (address: ResolvedAddress) => boolean): ResolvedFamily => {
    const found = addresses.filter(isOfFamily);
    return { addresses: found, code: found.length === 0 ? "ENODATA" : "" };
  };
  return {
    ipv4: ofFamily(({ address }) => !address.includes(":")),
    ipv6: ofFamily(({ address }) => address.includes(":")),
  };
}

/** The resolver's answer is that there is none; every other code says that there is no answer. */
export function hasNone({ code }: ResolvedFamily): boolean {
  return code === "ENODATA" || code === "ENOTFOUND";
}
