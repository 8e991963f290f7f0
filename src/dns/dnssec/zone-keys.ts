import { RecordType } from "../wire/record-type.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { formatName } from "../wire/name.ts";
import { DS_SHA256, dsOf, ENTRY_POINT, type SigningKey } from "./signing-key.ts";

/** The keys of a zone at one time. While keys change, some are published without signing (`rollover`). */
export interface ZoneKeys {
  /** Those of the DNSKEY set. */
  readonly publish: readonly SigningKey[];
  /** Those that sign. One that is not published signs beside others, while the algorithm changes. */
  readonly sign: readonly SigningKey[];
  /** Those whose DS the parent is to have, none of them a ZSK: what CDS and CDNSKEY say (RFC 7344 §4). */
  readonly parent: readonly SigningKey[];
}

/** What the zone tells its parent: which DS to have, nothing, or to have none any more (RFC 8078 §4). */
export type CdsPolicy = boolean | "delete";

/** Which keys sign what. */
export interface Signers {
  /** DNSKEY, CDS and CDNSKEY (RFC 7344 §4.1: what the parent's DS names). */
  readonly ofKeys: readonly SigningKey[];
  /** Everything else. */
  readonly ofZone: readonly SigningKey[];
}

/** @throws TypeError when the keys cannot sign a zone so that it validates. */
export function signersOf({ publish, sign }: ZoneKeys): Signers {
  const ofKeys = sign.filter((key) => key.role !== "zsk" && publish.includes(key));
  const ofZone = sign.filter((key) => key.role !== "ksk");
  if (sign.length > 0 && !sign.some((key) => publish.includes(key))) {
    throw new TypeError("the keys that sign are not published");
  }
  if (ofKeys.length === 0) throw new TypeError("no key signs the DNSKEY set: one must be a KSK or a CSK");
  if (ofZone.length === 0) throw new TypeError("no key signs the zone's records: one must be a ZSK or a CSK");
  // RFC 4035 §2.2: each algorithm of the DNSKEY set signs everything, by keys that stand there.
  for (const { algorithm } of publish) {
    const isWhole = [ofKeys, ofZone].every((keys) =>
      keys.some((key) => key.algorithm === algorithm && publish.includes(key)),
    );
    if (!isWhole) throw new TypeError(`keys of algorithm ${algorithm} are published and do not sign everything`);
  }
  return { ofKeys, ofZone };
}

/** RFC 8078 §4: "have no DS": `0 0 0 00` and `0 3 0 AA==`. */
const DELETE_CDS = Uint8Array.of(0, 0, 0, 0, 0);
const DELETE_CDNSKEY = Uint8Array.of(0, 0, 3, 0, 0);

/** Records that the keys bring to the apex, by type. */
export function keyRecords(apex: Uint8Array, { publish, parent }: ZoneKeys, cds: CdsPolicy): Map<number, Uint8Array[]> {
  const records = new Map([[RecordType.DNSKEY as number, publish.map((key) => key.dnskey)]]);
  if (cds === "delete") {
    records.set(RecordType.CDS, [DELETE_CDS]);
    records.set(RecordType.CDNSKEY, [DELETE_CDNSKEY]);
  } else if (cds && parent.length > 0) {
    const wanted = parent.map((key) => dsOf(apex, key.dnskey, DS_SHA256));
    records.set(RecordType.CDS, wanted);
    records.set(
      RecordType.CDNSKEY,
      parent.map((key) => key.dnskey),
    );
  }
  return records;
}

/** The DS records that the parent is to have for a zone, as lines of a zone file. */
export function dsLines(apex: Uint8Array, keys: readonly SigningKey[]): string[] {
  return keys
    .filter((key) => (key.dnskey[1]! & ENTRY_POINT) !== 0)
    .map((key) => `${formatName(apex)} IN DS ${formatRdata(RecordType.DS, dsOf(apex, key.dnskey, DS_SHA256))}`);
}
