/** Asks DNS. The system's resolver stands behind it until Roundtrip has its own; tests give answers of their own. */
export interface Resolver {
  /** A and AAAA. Rejects with an error whose `code` is the resolver's (ENOTFOUND, ENODATA, ETIMEOUT …). */
  resolveAddresses(name: string): Promise<readonly ResolvedAddress[]>;
  /** SRV (RFC 2782). Rejects likewise. */
  resolveServices(name: string): Promise<readonly ResolvedService[]>;
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
