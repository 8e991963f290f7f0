import { RecordType } from "../wire/record-type.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { formatName } from "../wire/name.ts";
import { DS_SHA256, dsOf, ENTRY_POINT, type SigningKey } from "./signing-key.ts";

/** The keys of a zone at one time. While keys change, some are published without signing (`rollover`). */
export interface ZoneKeys {
  /** Those of the DNSKEY set. */
  readonly publish: readonly SigningKey[];
  /** Those that sign, each of them published too. */
  readonly sign: readonly SigningKey[];
}

/** Which keys sign what. */
export interface Signers {
  /** DNSKEY, CDS and CDNSKEY (RFC 7344 §4.1: what the parent's DS names). */
  readonly ofKeys: readonly SigningKey[];
  /** Everything else. */
  readonly ofZone: readonly SigningKey[];
}

/** All publish and sign. */
export function allKeys(keys: readonly SigningKey[]): ZoneKeys {
  return { publish: keys, sign: keys };
}

/** @throws TypeError when the keys can not sign a zone so that it validates. */
export function signersOf({ publish, sign }: ZoneKeys): Signers {
  const ofKeys = sign.filter((key) => key.role !== "zsk");
  const ofZone = sign.filter((key) => key.role !== "ksk");
  if (ofKeys.length === 0) throw new TypeError("no key signs the DNSKEY set: one must be a KSK or a CSK");
  if (ofZone.length === 0) throw new TypeError("no key signs the zone's records: one must be a ZSK or a CSK");
  if (sign.some((key) => !publish.includes(key))) throw new TypeError("a key signs that is not published");
  // RFC 4035 §2.2: each algorithm of the DNSKEY set signs everything.
  for (const { algorithm } of publish) {
    const isWhole = [ofKeys, ofZone].every((keys) => keys.some((key) => key.algorithm === algorithm));
    if (!isWhole) throw new TypeError(`keys of algorithm ${algorithm} are published and do not sign everything`);
  }
  return { ofKeys, ofZone };
}

/** Records that the keys bring to the apex, by type. `publishCds`: those for the parent too (RFC 7344). */
export function keyRecords(apex: Uint8Array, keys: ZoneKeys, publishCds: boolean): Map<number, Uint8Array[]> {
  const records = new Map([[RecordType.DNSKEY as number, keys.publish.map((key) => key.dnskey)]]);
  const wanted = keys.sign.filter((key) => key.role !== "zsk");
  if (publishCds && wanted.length > 0) {
    const cds = wanted.map((key) => dsOf(apex, key.dnskey, DS_SHA256));
    records.set(RecordType.CDS, cds);
    records.set(
      RecordType.CDNSKEY,
      wanted.map((key) => key.dnskey),
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
