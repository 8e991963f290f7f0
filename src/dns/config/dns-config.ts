/**
 * `dns` of the configuration as a person writes it. The reference is `docs/reference/config.md`; the schema that checks
 * it is `schema-dns.ts`.
 */
import type { AddressOptions, AliasOptions } from "../steering/options.ts";
import type { OwnerRecords, SoaOptions, Ttl } from "../store/zone-records.ts";
import type { Duration, OneOrMany, Size } from "../../schema/units.ts";

export interface DnsConfig {
  /** "host:port" is UDP and TCP. None: DNS over HTTPS alone, by a route with `doh: true`. */
  listeners?: ReadonlyArray<string | DnsListenerConfig>;
  /** Certificate of the TLS listeners. Default: "self-signed", made at the start for the names of the zones. */
  tls?: "self-signed" | DnsCertificateConfig;
  /** How zone files are read again while the edge runs. */
  files?: DnsFilesConfig;
  /** By name ("shop.test"), reverse zones also by prefix ("10.0.0.0/24"). */
  zones: Readonly<Record<string, ZoneConfig>>;
  /** TSIG keys by name (RFC 8945). */
  keys?: Readonly<Record<string, TsigKeyConfig>>;
  /** DNS cookies (RFC 7873). Default true. */
  cookies?: boolean | DnsCookiesConfig;
  /** Answers over UDP to one network. `false`: as many as are asked for. */
  rateLimit?: false | DnsRateLimitConfig;
  /** Text that tells this server from others with its address (RFC 5001). Default: none. */
  nsid?: string;
  /** What is said to version.bind and id.server (RFC 4892). Default: nothing. */
  chaos?: false | DnsChaosConfig;
  /** Bounds of TCP and TLS connections. */
  streams?: DnsStreamsConfig;
  /** Where clients are: a file that knows places (MaxMind DB), or two. */
  geo?: string | DnsGeoConfig;
  /**
   * File that keeps the serials that are made. Default: beside each zone file that is signed here; others begin with
   * the time of the start.
   */
  serials?: string;
}

/** How zone files are read again while the edge runs. */
export interface DnsFilesConfig {
  /** When they change. */
  watch?: boolean;
  /** Share of a zone's names that may be gone; more is refused, unless `roundtrip dns reload --force` says otherwise. */
  maxLoss?: number;
}

/** Exactly one of them. */
export interface DnsListenerConfig {
  /** UDP alone. */
  udp?: string;
  /** TCP alone. */
  tcp?: string;
  /** DNS over TLS (RFC 7858). */
  tls?: string;
}

/** PEM files. */
export interface DnsCertificateConfig {
  /** PEM: the certificate, then those that lead to its root. Read again when it changes. */
  certificate: string;
  /** PEM: its private key. */
  key: string;
}

/** Exactly one of `file`, `records`, `secondary` and `reverse`; a reverse zone may have records beside it. */
export interface ZoneConfig {
  /** A zone file (RFC 1035 §5), read again when it changes. */
  file?: string;
  /** By name relative to the zone, "@" for the zone's own; then by type. */
  records?: Readonly<Record<string, OwnerRecords>>;
  /** Of records that state none. Default 1h. */
  ttl?: Ttl;
  /** SOA of a zone from the config. */
  soa?: SoaOptions;
  /** PTR records of the addresses in these zones; `true`: in all. */
  reverse?: true | OneOrMany<string>;
  /** Fetched from other servers. */
  secondary?: SecondaryConfig;
  /** Signs the zone; a list is that of the key files. */
  dnssec?: false | OneOrMany<string> | SigningConfig;
  /** Who may fetch the zone, and who is told of changes. */
  transfer?: ZoneTransferConfig;
  /** Names whose answers depend on health, load or who asks, relative to the zone. */
  steering?: Readonly<Record<string, AliasOptions | AddressOptions>>;
}

export interface SecondaryConfig {
  /** Asked in this order. An address without port means port 53. */
  primaries: ReadonlyArray<string | DnsPeerConfig>;
  /** Keeps the zone over a restart. */
  save?: string;
  /** Who, besides the primaries, may tell of changes (NOTIFY). */
  allowNotify?: ReadonlyArray<string | DnsAccessConfig>;
  /** Bounds of the zone's own refresh, retry and expiry. */
  shortest?: Ttl;
  /** And none, nor its expiry, for more. Default `4w`. */
  longest?: Ttl;
  /** Bounds of what is fetched. */
  maxRecords?: number;
  /** The same for all messages of one transfer. Default `1GB`. */
  maxBytes?: Size;
  /** A transfer from one primary ends after it, at the latest. Default `15m`. */
  maxTime?: Duration;
}

export interface DnsPeerConfig {
  /** The long form. */
  address: string;
  /** Name of a TSIG key. */
  key?: string;
}

/** All that is stated must hold. */
export interface DnsAccessConfig {
  /** Default: any. */
  addresses?: OneOrMany<string>;
  /** Name of a TSIG key. */
  key?: string;
}

export interface ZoneTransferConfig {
  /** Default: nobody. */
  allow?: ReadonlyArray<string | DnsAccessConfig>;
  /** Default: nobody. */
  notify?: ReadonlyArray<string | DnsPeerConfig>;
}

export interface SigningConfig {
  /** Files that `roundtrip dns key create` or BIND's tools have made. */
  keys: OneOrMany<string>;
  /** "ahead": when the zone is loaded; "online": as it is asked, which steered names need. Default by that. */
  when?: "ahead" | "online";
  /** How long signatures hold. */
  validity?: Duration;
  /** What is left of it when a signature is made again. */
  refresh?: Duration;
  /** TTL of DNSKEY, CDS and CDNSKEY. */
  dnskeyTtl?: Ttl;
  /** CDS and CDNSKEY tell the parent which DS to have (RFC 7344); "delete": none any more (RFC 8078). Default true. */
  cds?: boolean | "delete";
}

export interface TsigKeyConfig {
  /** Default "hmac-sha256". */
  algorithm?: "hmac-sha1" | "hmac-sha256" | "hmac-sha384" | "hmac-sha512";
  /** Base64, or a file that holds it. */
  secret:
    | string
    | {
        /** Its name; white space at the end does not count. */
        file: string;
      };
}

export interface DnsCookiesConfig {
  /** 32 hexadecimal digits, or a file that holds them; the same on all servers with one address. Default: random. */
  secret?:
    | string
    | {
        /** Its name; white space at the end does not count. */
        file: string;
      };
  /** Queries per second over UDP from which on one without a valid cookie gets none but BADCOOKIE. Default: never. */
  requiredAbove?: number;
}

export interface DnsRateLimitConfig {
  /** Answers of one kind per second to one network (/24, /56). */
  rate?: number;
  /** Of the answers beyond it, every how manieth goes out truncated; 0: none. */
  slip?: number;
  /** Seconds. */
  window?: number;
  /** Places in the table. */
  size?: number;
  /** Clients that are not limited. Default: loopback. */
  exempt?: readonly string[];
}

export interface DnsChaosConfig {
  /** For version.bind. */
  version?: string;
  /** For id.server and hostname.bind. */
  id?: string;
}

export interface DnsStreamsConfig {
  /** At once; further ones are closed. Default `4096`. */
  connections?: number;
  /** Of one address. Default `256`. */
  connectionsPerClient?: number;
  /** Without a whole query, or with an answer that is not taken. Default `10s`. */
  idleTimeout?: Duration;
  /** Then it is closed. Default `1000000`. */
  messagesPerConnection?: number;
}

/** MaxMind DB files (.mmdb), read again when they change. */
export interface DnsGeoConfig {
  /** Countries, continents, subdivisions, coordinates. */
  place?: string;
  /** Autonomous systems. Default: place. */
  asn?: string;
}
