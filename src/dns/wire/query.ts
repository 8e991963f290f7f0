/**
 * Reads a query packet into one object that is used again for the next: no allocation, no string (RFC 1035 §4,
 * RFC 6891). What cannot be read has no effect but a response code; what must not be answered is dropped.
 */
import { HEADER, MessageCursor } from "./message-cursor.ts";
import { LOWER, MAX_LABELS, MAX_NAME } from "./name.ts";
import { hashLabel, ROOT_HASH } from "./name-hash.ts";
import { Opcode, RecordClass, RecordType, ResponseCode } from "./record-type.ts";

/** The packet is not answered at all: too short for a header, or an answer itself (two servers would never stop). */
export const DROPPED = -1;

/** IANA "DNS EDNS0 Option Codes (OPT)". */
export const EdnsOption = { NSID: 3, CLIENT_SUBNET: 8, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, ERROR: 15 } as const;
/** RFC 7871 §6: family, two prefix lengths. */
const SUBNET_HEAD = 4;
/** RFC 6891 §6.2.3: smaller values mean 512. */
export const PLAIN_UDP = 512;

const NO_PACKET = new Uint8Array(0);

export class DnsQuery {
  readonly #cursor = new MessageCursor();
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
  readonly labelStart: Uint8Array = this.#cursor.labelStart;
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
    const cursor = this.#cursor;
    if (!cursor.open(bytes, start, end)) return DROPPED;
    this.#reset();
    this.id = cursor.id;
    this.flags = cursor.flags;
    this.packet = bytes;
    this.questionEnd = start + HEADER;
    if ((this.flags & 0x8000) !== 0) return DROPPED;
    // RFC 9619: exactly one question.
    if (cursor.questions !== 1) return this.#readWithoutQuestion();
    // Nothing stands before it that a pointer could lead to.
    const length = cursor.readName(cursor.at, this.name, 0, LOWER);
    if (length < 0 || !cursor.questionBehind(cursor.nameEnd)) return ResponseCode.FORMERR;
    this.nameLength = length;
    this.type = cursor.type;
    this.class = cursor.class;
    this.questionEnd = cursor.at;
    this.labels = cursor.labels;
    this.#hash();
    if ((cursor.answers | cursor.authority | cursor.additional) === 0) return ResponseCode.NOERROR;
    return this.#readRecords();
  }

  /** A question without a packet: for who looks a name up (lower case). */
  ask(name: Uint8Array, type: number): void {
    this.#reset();
    this.packet = NO_PACKET;
    this.type = type;
    this.class = RecordClass.IN;
    this.name.set(name);
    this.nameLength = name.length;
    for (let at = 0; name[at] !== 0; at += name[at]! + 1) this.labelStart[this.labels++] = at;
    this.labelStart[this.labels] = name.length - 1;
    this.#hash();
  }

  #readWithoutQuestion(): number {
    const cursor = this.#cursor;
    // RFC 8490 §5.4: whoever tries DSO, which has no question, learns from NOTIMP that it is not here.
    if (!hasQuestion(this.opcode)) return ResponseCode.NOTIMP;
    if ((cursor.questions | cursor.answers | cursor.authority) !== 0) return ResponseCode.FORMERR;
    this.type = 0;
    this.class = 0;
    this.name[0] = 0;
    this.nameLength = 1;
    this.labelStart[0] = 0;
    this.#hash();
    const code = this.#readRecords();
    this.cookieOnly = this.cookieLength >= 0 && this.opcode === Opcode.QUERY;
    return code === ResponseCode.NOERROR && !this.cookieOnly ? ResponseCode.FORMERR : code;
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

  #readRecords(): number {
    const cursor = this.#cursor;
    const { answers } = cursor;
    const others = answers + cursor.authority;
    const count = others + cursor.additional;
    for (let index = 0; index < count; index++) {
      if (!cursor.record()) return ResponseCode.FORMERR;
      const { type } = cursor;
      if (index >= others) {
        if (type === RecordType.OPT) {
          // RFC 6891 §6.1.1: one at most.
          if (this.edns || !this.#readEdns(cursor)) return ResponseCode.FORMERR;
        } else if (type === RecordType.TSIG) {
          // RFC 8945 §5.1: the last record of the additional section, or it is a format error.
          if (index !== count - 1) return ResponseCode.FORMERR;
          this.tsigStart = cursor.owner;
        }
      } else if (index >= answers && type === RecordType.SOA) {
        this.soaStart = cursor.owner;
      }
    }
    // Bytes behind the last record belong to nothing.
    if (cursor.at !== cursor.end) return ResponseCode.FORMERR;
    return this.ednsVersion > 0 ? ResponseCode.BADVERS : ResponseCode.NOERROR;
  }

  /** The cursor has stepped over an OPT record. */
  #readEdns({ bytes, owner, class: size, ttl, dataStart, dataEnd: end }: MessageCursor): boolean {
    // RFC 6891 §6.1.2: its owner is the root, written out.
    if (bytes[owner] !== 0) return false;
    this.edns = true;
    this.udpSize = size < PLAIN_UDP ? PLAIN_UDP : size;
    this.ednsVersion = (ttl >>> 16) & 0xff;
    this.dnssecOk = (ttl & 0x8000) !== 0;
    this.hasOptions = end > dataStart;
    for (let option = dataStart; option < end;) {
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
