/**
 * How the data of each record type is made up. One table serves the reader of zone files, the printer, the decoder that
 * finds names in data that came over the wire, and the canonical form for signatures.
 */
import { RecordType } from "./record-type.ts";

export type RdataField =
  /** Four bytes, dotted quad. */
  | "ipv4"
  /** Sixteen bytes, RFC 5952 text. */
  | "ipv6"
  | "name"
  /** Any number of them, to the end, never compressed. */
  | "names"
  | "u8"
  | "u16"
  | "u32"
  /** 32 bits, seconds; in text also "1h30m". */
  | "ttl"
  /** 32 bits; in text YYYYMMDDHHMMSS or seconds since 1970 (RFC 4034 §3.2). */
  | "time"
  /** 16 bits, in text a type's mnemonic. */
  | "type"
  /** 8 bits, in text a number or the mnemonic of a DNSSEC algorithm. */
  | "algorithm"
  /** 16 bits, in text a number or the mnemonic of a certificate type (RFC 4398 §2.1). */
  | "cert-type"
  /** `<character-string>`: a length byte and up to 255 bytes. */
  | "string"
  /** One or more of them, to the end. */
  | "strings"
  /** A length byte and ASCII letters and digits (RFC 8659 §4.1), written without quotes. */
  | "tag"
  /** Bytes to the end, in text one quoted string (CAA, URI). */
  | "text"
  /** Bytes to the end. */
  | "hex"
  | "base64"
  /** A length byte and that many bytes; "-" when there are none (NSEC3's salt). */
  | "salt"
  /** A length byte and that many bytes in base32hex without padding (NSEC3's next owner). */
  | "hash"
  /** Type bitmap (RFC 4034 §4.1.2), to the end. */
  | "types"
  /** RFC 9460 §2.1, to the end. */
  | "svc-params"
  /** RFC 1876 §3, sixteen bytes. */
  | "location"
  /** RFC 3123 §4, to the end. */
  | "prefixes"
  /** Six, eight bytes in hexadecimal with hyphens (RFC 7043). */
  | "eui48"
  | "eui64"
  /** Eight bytes as four groups of hexadecimal digits with colons (RFC 6742 §2.1.2). */
  | "node64"
  /** Lengths, algorithm, host identity tag and public key (RFC 8005 §5). */
  | "host-identity";

const DIGEST: readonly RdataField[] = ["u16", "algorithm", "u8", "hex"];
const KEY: readonly RdataField[] = ["u16", "u8", "algorithm", "base64"];
const CERTIFICATE: readonly RdataField[] = ["u8", "u8", "u8", "hex"];
const SERVICE: readonly RdataField[] = ["u16", "name", "svc-params"];
const NAME: readonly RdataField[] = ["name"];
const EXCHANGE: readonly RdataField[] = ["u16", "name"];

/** Types without an entry have data that is opaque: `\# length hex` (RFC 3597 §5). */
export const RDATA_FORMAT: Readonly<Record<number, readonly RdataField[]>> = {
  [RecordType.A]: ["ipv4"],
  [RecordType.NS]: NAME,
  [RecordType.CNAME]: NAME,
  [RecordType.SOA]: ["name", "name", "u32", "ttl", "ttl", "ttl", "ttl"],
  [RecordType.MB]: NAME,
  [RecordType.MG]: NAME,
  [RecordType.MR]: NAME,
  [RecordType.PTR]: NAME,
  [RecordType.HINFO]: ["string", "string"],
  [RecordType.MINFO]: ["name", "name"],
  [RecordType.MX]: EXCHANGE,
  [RecordType.TXT]: ["strings"],
  [RecordType.RP]: ["name", "name"],
  [RecordType.AFSDB]: EXCHANGE,
  [RecordType.X25]: ["string"],
  [RecordType.ISDN]: ["strings"],
  [RecordType.RT]: EXCHANGE,
  [RecordType.KEY]: KEY,
  [RecordType.PX]: ["u16", "name", "name"],
  [RecordType.GPOS]: ["string", "string", "string"],
  [RecordType.AAAA]: ["ipv6"],
  [RecordType.LOC]: ["location"],
  [RecordType.SRV]: ["u16", "u16", "u16", "name"],
  [RecordType.NAPTR]: ["u16", "u16", "string", "string", "string", "name"],
  [RecordType.KX]: EXCHANGE,
  [RecordType.CERT]: ["cert-type", "u16", "algorithm", "base64"],
  [RecordType.DNAME]: NAME,
  [RecordType.APL]: ["prefixes"],
  [RecordType.DS]: DIGEST,
  [RecordType.SSHFP]: ["u8", "u8", "hex"],
  [RecordType.RRSIG]: ["type", "algorithm", "u8", "ttl", "time", "time", "u16", "name", "base64"],
  [RecordType.NSEC]: ["name", "types"],
  [RecordType.DNSKEY]: KEY,
  [RecordType.DHCID]: ["base64"],
  [RecordType.NSEC3]: ["u8", "u8", "u16", "salt", "hash", "types"],
  [RecordType.NSEC3PARAM]: ["u8", "u8", "u16", "salt"],
  [RecordType.TLSA]: CERTIFICATE,
  [RecordType.SMIMEA]: CERTIFICATE,
  [RecordType.HIP]: ["host-identity", "names"],
  [RecordType.NINFO]: ["strings"],
  [RecordType.CDS]: DIGEST,
  [RecordType.CDNSKEY]: KEY,
  [RecordType.OPENPGPKEY]: ["base64"],
  [RecordType.CSYNC]: ["u32", "u16", "types"],
  [RecordType.ZONEMD]: ["u32", "u8", "u8", "hex"],
  [RecordType.SVCB]: SERVICE,
  [RecordType.HTTPS]: SERVICE,
  [RecordType.SPF]: ["strings"],
  [RecordType.NID]: ["u16", "node64"],
  [RecordType.L32]: ["u16", "ipv4"],
  [RecordType.L64]: ["u16", "node64"],
  [RecordType.LP]: EXCHANGE,
  [RecordType.EUI48]: ["eui48"],
  [RecordType.EUI64]: ["eui64"],
  [RecordType.URI]: ["u16", "u16", "text"],
  [RecordType.CAA]: ["u8", "tag", "text"],
  [RecordType.RESINFO]: ["strings"],
  [RecordType.WALLET]: ["strings"],
  [RecordType.DLV]: DIGEST,
};

/** RFC 3597 §4: only names in the data of these types may be compressed. */
const COMPRESSED: ReadonlySet<number> = new Set([
  RecordType.NS,
  RecordType.CNAME,
  RecordType.SOA,
  RecordType.PTR,
  RecordType.MX,
]);

export function mayCompress(type: number): boolean {
  return COMPRESSED.has(type);
}

/** Fixed size of a field in bytes; 0 when it varies. */
export const FIELD_SIZE: Readonly<Record<RdataField, number>> = {
  ipv4: 4,
  ipv6: 16,
  name: 0,
  names: 0,
  u8: 1,
  u16: 2,
  u32: 4,
  ttl: 4,
  time: 4,
  type: 2,
  algorithm: 1,
  "cert-type": 2,
  string: 0,
  strings: 0,
  tag: 0,
  text: 0,
  hex: 0,
  base64: 0,
  salt: 0,
  hash: 0,
  types: 0,
  "svc-params": 0,
  location: 16,
  prefixes: 0,
  eui48: 6,
  eui64: 8,
  node64: 8,
  "host-identity": 0,
};
