/** A zone as people write it in the configuration. */

/** Seconds, or such as "1h30m". */
export type Ttl = number | string;

/**
 * Data of records of one type: what a zone file has behind the type, one text a record. The text of TXT and SPF is taken
 * as it is, however long; one that begins with a quote is read as in a zone file.
 */
export type RecordTexts = string | readonly string[];

/** With a TTL of their own. */
export interface TimedRecordTexts {
  /** Of these records. */
  readonly ttl: Ttl;
  /** What a zone file has behind the type. */
  readonly data: RecordTexts;
}

/** The records of one name by type; `ttl` is for all of them. */
export interface OwnerRecords {
  /** Of all records of the name that state none. */
  readonly ttl?: Ttl;
  readonly [type: string]: RecordTexts | TimedRecordTexts | Ttl | undefined;
}

/** RFC 1035 §3.3.13; each has a default. */
export interface SoaOptions {
  /** The primary server; default: the first NS of the apex. */
  readonly primary?: string;
  /** Whom to write to, as a mailbox or as a domain name; default `hostmaster` in the zone. */
  readonly contact?: string;
  /** Default: made from the content, see `nextSerial`. */
  readonly serial?: number;
  /** Default 2h. */
  readonly refresh?: Ttl;
  /** Default 1h. */
  readonly retry?: Ttl;
  /** Default 2w. */
  readonly expire?: Ttl;
  /** How long a "no such name" may be kept; default 5m. */
  readonly minimum?: Ttl;
}

export interface ZoneRecords {
  /** Of all records that state none; default 1h. */
  readonly ttl?: Ttl;
  /** Default: made from the rest. */
  readonly soa?: SoaOptions;
  /** By name relative to the zone, `@` for the apex. */
  readonly records: Readonly<Record<string, OwnerRecords>>;
}

/** What is wrong in a zone from the configuration, and where. */
export interface RecordsProblem {
  /** Steps from the zone's value, such as `["records", "www", "A", 0]`. */
  readonly path: ReadonlyArray<string | number>;
  /** What stands there. */
  readonly value: unknown;
  /** One clause without a full stop. */
  readonly message: string;
  /** What would be right; may be empty. */
  readonly expected: string;
  /** What of the value is wrong; empty when something is missing. */
  readonly word: string;
  /** Words of which one may have been meant. */
  readonly words: readonly string[];
}
