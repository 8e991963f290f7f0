/**
 * `dns` after validation, in the very options of the parts that are made of it. File names are absolute; secrets that
 * stand in files have been read.
 */
import type { DnsListenOptions, DnsServerOptions } from "../server/dns-server.ts";
import type { SigningPolicy } from "../dnssec/signing-policy.ts";
import type { SteeringOptions } from "../steering/options.ts";
import type { ZoneSource } from "../store/zone-source.ts";
import type { ZoneTransferOptions } from "../transfer/transfer-options.ts";
import type { TsigKeyOptions } from "../transfer/tsig-key.ts";

export interface NormalDns {
  /** UDP before the TCP of the same address, so that with port 0 both get the same. Empty: by a `doh` route alone. */
  readonly listen: readonly DnsListenOptions[];
  /** Null when nothing listens for TLS. */
  readonly tls: NormalDnsTls | null;
  /** In the order of the config; each apex once. */
  readonly zones: readonly NormalZone[];
  readonly keys: readonly TsigKeyOptions[];
  /** Of all zones together, by absolute name; null when nothing is steered. */
  readonly steering: SteeringOptions | null;
  /** Of the server as a whole. */
  readonly server: Pick<DnsServerOptions, "cookies" | "rateLimit" | "nsid" | "chaos" | "streams">;
  /** Addresses and networks that `rateLimit` does not hold for. */
  readonly exempt: readonly string[];
  /** How zone files are read again. */
  readonly files: { readonly watch: boolean; readonly maxLoss: number };
  /** File for serials; null: those that are made begin with the time, those of signed zones stand beside their files. */
  readonly serials: string | null;
}

export type NormalDnsTls =
  /** `names`: of the zones, without final dot, for the certificate. */
  | { readonly kind: "self-signed"; readonly names: readonly string[] }
  | { readonly kind: "files"; readonly certificate: string; readonly key: string };

export interface NormalZone {
  /** As it stands in the config: the path of its problems begins with `["dns", "zones", key]`. */
  readonly key: string;
  /** Lower case, with its final dot, as `ZoneReport.apex` and the store have it. */
  readonly apex: string;
  readonly source: ZoneSource;
  /** Null: it is neither fetched nor given away, and nobody is told of changes. */
  readonly transfer: ZoneTransferOptions | null;
  readonly signing: NormalSigning | null;
  /** Absolute names in it whose answers are steered. */
  readonly steered: readonly string[];
}

export interface NormalSigning {
  /** Key files. */
  readonly files: readonly string[];
  /** `online`: by `OnlineSecurity`; else by `signZone`. */
  readonly online: boolean;
  readonly policy: Partial<SigningPolicy>;
  /** File that remembers the serial of a zone that is signed ahead; null: it follows the clock. */
  readonly serials: string | null;
}
