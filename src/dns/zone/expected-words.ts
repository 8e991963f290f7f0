import type { RdataField } from "../wire/rdata-format.ts";
import { RecordType } from "../wire/record-type.ts";

/** What a field of record data looks like, for whoever wrote something else. */
export const EXPECTED: Readonly<Record<RdataField, string>> = {
  ipv4: "an IPv4 address such as 192.0.2.1",
  ipv6: "an IPv6 address such as 2001:db8::1",
  name: "a domain name",
  names: "domain names",
  u8: "a number from 0 to 255",
  u16: "a number from 0 to 65535",
  u32: "a number from 0 to 4294967295",
  ttl: "a time in seconds, or such as 1h30m",
  time: "a time such as 20261120235959, or seconds since 1970",
  type: "a record type",
  algorithm: "a DNSSEC algorithm's number or name",
  "cert-type": "a certificate type's number or name, such as PKIX",
  string: "a string of at most 255 bytes",
  strings: "strings of at most 255 bytes each",
  tag: "a tag such as issue",
  text: "a string",
  hex: "hexadecimal digits",
  base64: "base64",
  salt: 'hexadecimal digits, or "-" for none',
  hash: "base32hex digits",
  types: "record types",
  "svc-params": "service parameters such as alpn=h2,h3",
  location: "a place such as 42 21 54 N 71 6 18 W 24m",
  prefixes: "prefixes such as 1:192.0.2.0/24 !2:2001:db8::/32",
  eui48: "six bytes such as 00-00-5e-00-53-2a",
  eui64: "eight bytes such as 00-00-5e-ef-10-00-00-2a",
  node64: "four groups of hexadecimal digits such as 2001:db8:1140:1000",
  "host-identity": "an algorithm's number, a host identity tag in hexadecimal and a public key in base64",
};

/** What the words of a record mean, where the fields alone would not say. */
const LAYOUTS: ReadonlyMap<number, string> = new Map([
  [RecordType.SOA, "primary contact serial refresh retry expire minimum"],
  [RecordType.MX, "preference host"],
  [RecordType.SRV, "priority weight port host"],
  [RecordType.NAPTR, "order preference flags services regexp replacement"],
  [RecordType.CAA, "flags tag value"],
  [RecordType.TLSA, "usage selector matching-type certificate"],
  [RecordType.SSHFP, "algorithm fingerprint-type fingerprint"],
  [RecordType.DS, "key-tag algorithm digest-type digest"],
  [RecordType.DNSKEY, "flags protocol algorithm key"],
  [RecordType.SVCB, "priority target parameters"],
  [RecordType.HTTPS, "priority target parameters"],
  [RecordType.HIP, "algorithm tag key rendezvous-servers"],
  [RecordType.URI, "priority weight target"],
]);

/** What a record of this type consists of, in words. */
export function layoutOf(type: number, format: readonly RdataField[]): string {
  return LAYOUTS.get(type) ?? format.map((field) => EXPECTED[field]).join(", ");
}
