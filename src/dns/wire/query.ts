/**
 * Reads a query packet into one object that is used again for the next: no allocation, no string (RFC 1035 §4,
 * RFC 6891). What can not be read has no effect but a response code; what must not be answered is dropped.
 */
import { LOWER, MAX_LABELS, MAX_NAME } from "./name.ts";
import { hashLabel, ROOT_HASH } from "./name-hash.ts";
import { Opcode, RecordType, ResponseCode } from "./record-type.ts";

/** The packet is not answered at all: too short for a header, or an answer itself (two servers would never stop). */
export const DROPPED = -1;

/** Size of the header. */
export const HEADER = 12;

/** IANA "DNS EDNS0 Option Codes (OPT)". */
export const EdnsOption = { NSID: 3, CLIENT_SUBNET: 8, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, ERROR: 15 } as const;
/** RFC 7871 §6: family, two prefix lengths. */
const SUBNET_HEAD = 4;
/** RFC 6891 §6.2.3: smaller values mean 512. */
export const PLAIN_UDP = 512;

const NO_PACKET = new Uint8Array(0);

export class DnsQuery {
  /** The buffer that was read: only until the next `read`, and only as long as its owner leaves it alone. */
  packet: Uint8Array = NO_PACKET;
  id = 0;
  /** The header's second word. */
  flags = 0;
  type = 0;
  class = 0;
  /** In lower case, `nameLength` bytes with the root's 0. */
  readonly name: Uint8Array = new Uint8Array(MAX_NAME + 1);
  nameLength = 0;
  labels = 0;
  /** Where each label begins in `name`; at index `labels` the root. */
  readonly labelStart: Uint8Array = new Uint8Array(MAX_LABELS + 1);
  /** Hash of the suffix that begins at each label; at index `labels` the root's. */
  readonly suffixHash: Int32Array = new Int32Array(MAX_LABELS + 1);
  /** One past the question, from the start of the packet's buffer. */
  questionEnd = 0;
  /** RFC 7873 §5.4: no question, only a cookie to be answered. */
  cookieOnly = false;

  // ---- EDNS (RFC 6891)
  edns = false;
  ednsVersion = 0;
  /** What the client takes over UDP, at least 512. */
  udpSize = PLAIN_UDP;
  /** RFC 3225: the client wants DNSSEC records. */
  dnssecOk = false;
  /** RFC 5001: it wants to know which server this is. */
  wantsNsid = false;
  /** RFC 7828: it asks how long a connection may idle. */
  wantsKeepalive = false;
  /** RFC 7830: it padded its query, and an answer that nobody but it can read is to be padded too. */
  wantsPadding = false;
  /** There are options of any kind. */
  hasOptions = false;
  /** Of the options' data in the packet; length -1: none came. */
  cookieStart = 0;
  cookieLength = -1;
  subnetStart = 0;
  subnetLength = -1;

  /** Offset of the record with this type at the end of the packet (TSIG must be the last), 0 when there is none. */
  tsigStart = 0;
  /** Offset of the SOA in the authority section (IXFR, RFC 1995 §3), 0 when there is none. */
  soaStart = 0;

  get opcode(): number {
    return (this.flags >> 11) & 15;
  }

  #reset(): void {
    this.cookieOnly = false;
    this.nameLength = 0;
    this.labels = 0;
    this.edns = false;
    this.ednsVersion = 0;
    this.udpSize = PLAIN_UDP;
    this.dnssecOk = false;
    this.wantsNsid = false;
    this.wantsKeepalive = false;
    this.wantsPadding = false;
    this.hasOptions = false;
    this.cookieLength = -1;
    this.subnetLength = -1;
    this.tsigStart = 0;
    this.soaStart = 0;
  }

  /**
   * Reads bytes [start, end). Answers `DROPPED`, or a response code: NOERROR when the query can be answered. After
   * FORMERR `questionEnd` covers the question when that was whole, else the header alone.
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < HEADER) return DROPPED;
    this.#reset();
    this.id = (bytes[start]! << 8) | bytes[start + 1]!;
    this.flags = (bytes[start + 2]! << 8) | bytes[start + 3]!;
    this.packet = bytes;
    this.questionEnd = start + HEADER;
    if ((this.flags & 0x8000) !== 0) return DROPPED;
    // RFC 9619: exactly one question.
    if (bytes[start + 4] !== 0 || bytes[start + 5] !== 1) return this.#readWithoutQuestion(bytes, start, end);
    const afterName = this.#readName(bytes, start + HEADER, end);
    if (afterName < 0 || afterName + 4 > end) return ResponseCode.FORMERR;
    this.type = (bytes[afterName]! << 8) | bytes[afterName + 1]!;
    this.class = (bytes[afterName + 2]! << 8) | bytes[afterName + 3]!;
    this.questionEnd = afterName + 4;
    this.#hash();
    const answers = (bytes[start + 6]! << 8) | bytes[start + 7]!;
    const authority = (bytes[start + 8]! << 8) | bytes[start + 9]!;
    const additional = (bytes[start + 10]! << 8) | bytes[start + 11]!;
    if (answers === 0 && authority === 0 && additional === 0) return ResponseCode.NOERROR;
    return this.#readRecords(bytes, end, answers, authority, additional);
  }

  #readWithoutQuestion(bytes: Uint8Array, start: number, end: number): number {
    // RFC 8490 §5.4: whoever tries DSO, which has no question, learns from NOTIMP that it is not here.
    if (!hasQuestion(this.opcode)) return ResponseCode.NOTIMP;
    const words = bytes[start + 4]! | bytes[start + 5]! | bytes[start + 6]! | bytes[start + 7]!;
    if ((words | bytes[start + 8]! | bytes[start + 9]! | bytes[start + 10]!) !== 0) return ResponseCode.FORMERR;
    this.type = 0;
    this.class = 0;
    this.name[0] = 0;
    this.nameLength = 1;
    this.labelStart[0] = 0;
    this.#hash();
    const code = this.#readRecords(bytes, end, 0, 0, bytes[start + 11]!);
    this.cookieOnly = this.cookieLength >= 0 && this.opcode === Opcode.QUERY;
    return code === ResponseCode.NOERROR && !this.cookieOnly ? ResponseCode.FORMERR : code;
  }

  /** A question's name is not compressed: there is nothing before it. Answers the offset behind it, -1 if it is bad. */
  #readName(bytes: Uint8Array, start: number, end: number): number {
    const { name, labelStart } = this;
    let at = start;
    let length = 0;
    let labels = 0;
    for (;;) {
      if (at >= end) return -1;
      const size = bytes[at]!;
      if (size === 0) break;
      if (size > 63 || at + 1 + size >= end || length + size + 2 > MAX_NAME) return -1;
      labelStart[labels++] = length;
      name[length++] = size;
      at++;
      for (const labelEnd = at + size; at < labelEnd; at++) name[length++] = LOWER[bytes[at]!]!;
    }
    name[length] = 0;
    labelStart[labels] = length;
    this.nameLength = length + 1;
    this.labels = labels;
    return at + 1;
  }

  #hash(): void {
    const { name, labelStart, suffixHash, labels } = this;
    let hash = ROOT_HASH;
    suffixHash[labels] = hash;
    for (let index = labels - 1; index >= 0; index--) {
      hash = hashLabel(hash, name, labelStart[index]!);
      suffixHash[index] = hash;
    }
  }

  #readRecords(bytes: Uint8Array, end: number, answers: number, authority: number, additional: number): number {
    let at = this.questionEnd;
    const others = answers + authority;
    const count = others + additional;
    for (let index = 0; index < count; index++) {
      const record = at;
      at = skipName(bytes, at, end);
      if (at < 0 || at + 10 > end) return ResponseCode.FORMERR;
      const type = (bytes[at]! << 8) | bytes[at + 1]!;
      const next = at + 10 + ((bytes[at + 8]! << 8) | bytes[at + 9]!);
      if (next > end) return ResponseCode.FORMERR;
      if (index >= others) {
        if (type === RecordType.OPT) {
          // RFC 6891 §6.1.1: one at most, and its owner is the root.
          if (this.edns || at !== record + 1 || !this.#readEdns(bytes, at, next)) return ResponseCode.FORMERR;
        } else if (type === RecordType.TSIG) {
          // RFC 8945 §5.1: the last record of the additional section, or it is a format error.
          if (index !== count - 1) return ResponseCode.FORMERR;
          this.tsigStart = record;
        }
      } else if (index >= answers && type === RecordType.SOA) {
        this.soaStart = record;
      }
      at = next;
    }
    // Bytes behind the last record belong to nothing.
    if (at !== end) return ResponseCode.FORMERR;
    return this.ednsVersion > 0 ? ResponseCode.BADVERS : ResponseCode.NOERROR;
  }

  /** `at`: the OPT record's type; `end`: one past its data. */
  #readEdns(bytes: Uint8Array, at: number, end: number): boolean {
    this.edns = true;
    const size = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    this.udpSize = size < PLAIN_UDP ? PLAIN_UDP : size;
    this.ednsVersion = bytes[at + 5]!;
    this.dnssecOk = (bytes[at + 6]! & 0x80) !== 0;
    this.hasOptions = end > at + 10;
    for (let option = at + 10; option < end;) {
      if (option + 4 > end) return false;
      const code = (bytes[option]! << 8) | bytes[option + 1]!;
      const length = (bytes[option + 2]! << 8) | bytes[option + 3]!;
      const data = option + 4;
      if (data + length > end) return false;
      if (!this.#readOption(code, data, length)) return false;
      option = data + length;
    }
    return true;
  }

  /** False: the option is malformed. What is unknown is passed over (RFC 6891 §6.1.2). */
  #readOption(code: number, start: number, length: number): boolean {
    switch (code) {
      case EdnsOption.COOKIE:
        // RFC 7873 §5.2.2: 8 bytes of the client's, or 16 to 40 with the server's. §5.2: the first one counts.
        if (length !== 8 && (length < 16 || length > 40)) return false;
        if (this.cookieLength >= 0) return true;
        this.cookieStart = start;
        this.cookieLength = length;
        return true;
      case EdnsOption.CLIENT_SUBNET:
        // RFC 7871 §7.1.2: what is shorter than its fixed part is malformed.
        if (length < SUBNET_HEAD) return false;
        this.subnetStart = start;
        this.subnetLength = length;
        return true;
      case EdnsOption.NSID:
        this.wantsNsid = true;
        return true;
      case EdnsOption.KEEPALIVE:
        // RFC 7828 §3.2.1: a client gives no time.
        this.wantsKeepalive = length === 0;
        return true;
      case EdnsOption.PADDING:
        this.wantsPadding = true;
        return true;
      default:
        return true;
    }
  }
}

/** Opcodes whose messages have one question (or zone, at the same place). */
function hasQuestion(opcode: number): boolean {
  return opcode === Opcode.QUERY || opcode === Opcode.NOTIFY || opcode === Opcode.UPDATE;
}

/** Offset behind a name that may be compressed, -1 when it does not end within the packet. Pointers are not followed. */
export function skipName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const size = bytes[at]!;
    if (size === 0) return at + 1;
    if ((size & 0xc0) === 0xc0) return at + 2 <= end ? at + 2 : -1;
    if (size > 63) return -1;
    at += size + 1;
  }
  return -1;
}
