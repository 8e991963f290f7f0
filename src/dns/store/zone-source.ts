import type { ZoneRecords } from "./zone-records.ts";

/** Where a zone comes from. */
export type ZoneSource = FileSource | RecordsSource | ReverseSource | TransferSource;

export interface FileSource {
  readonly kind: "file";
  /** Presentation form. */
  readonly apex: string;
  /** Path of the zone file. */
  readonly file: string;
}

export interface RecordsSource {
  readonly kind: "records";
  readonly apex: string;
  readonly zone: ZoneRecords;
}

/** PTR records made of the addresses in other zones. */
export interface ReverseSource {
  readonly kind: "reverse";
  /** Such as `192.0.2.0/24`; the apex follows from it. */
  readonly prefix: string;
  /** Apexes of the zones whose addresses count; all that are no reverse zones when there are none. */
  readonly from: readonly string[];
  /** TTL, SOA, the NS at the apex, and records that stand before what would be generated. */
  readonly zone: ZoneRecords;
}

/** Comes from a primary server: whoever fetched it gives it to `ZoneStore.adopt`. */
export interface TransferSource {
  readonly kind: "transfer";
  readonly apex: string;
}
