/** Numbers of the IANA registry "Domain Name System (DNS) Parameters". */

export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
  RESINFO: 261,
  WALLET: 262,
  DLV: 32769,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(RecordType).map(([name, number]) => [number, name]));
const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(RecordType));

/** Mnemonic, or `TYPE65280` (RFC 3597 §5) for a type without one. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `TYPE${type}`;
}

/** The type of a mnemonic or of `TYPEn`, in either case; undefined for any other word. */
export function typeNumber(text: string): number | undefined {
  const upper = text.toUpperCase();
  const known = NUMBERS.get(upper);
  if (known !== undefined) return known;
  const number = /^TYPE(\d{1,5})$/.exec(upper);
  if (number === null) return undefined;
  const value = Number(number[1]);
  return value <= 0xffff ? value : undefined;
}

/**
 * Types that exist in messages only: OPT, and those that ask for something or sign the message itself (RFC 6895 §3.1).
 */
export function isMessageType(type: number): boolean {
  return type === 0 || type === RecordType.OPT || (type >= 128 && type <= 255);
}

/** Every mnemonic, for "did you mean". */
export const TYPE_NAMES: readonly string[] = [...NUMBERS.keys()];

export const RecordClass = { IN: 1, CH: 3, NONE: 254, ANY: 255 } as const;

/** RFC 1035 §4.1.1, 2136, 6891, 7873, 8945. Values above 15 need EDNS or TSIG. */
export const ResponseCode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

const CODES: ReadonlyMap<number, string> = new Map(
  Object.entries(ResponseCode).map(([name, number]) => [number, name]),
);

export function responseCodeName(code: number): string {
  return CODES.get(code) ?? `RCODE${code}`;
}

export const Opcode = { QUERY: 0, NOTIFY: 4, UPDATE: 5 } as const;

/** Bits of the second header word (RFC 1035 §4.1.1, RFC 4035 §3). */
export const Flag = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, RA: 0x0080, AD: 0x0020, CD: 0x0010 } as const;
