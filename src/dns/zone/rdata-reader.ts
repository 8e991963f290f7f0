/**
 * The data of a record from the words of a zone file to wire form, field by field as `RDATA_FORMAT` says.
 * Names in it stay as they are written; the RFC 3597 form `\# length hex` is understood for every type.
 */
import { RDATA_FORMAT, type RdataField } from "../wire/rdata-format.ts";
import { typeName, typeNumber } from "../wire/record-type.ts";
import { writeTypeBitmap } from "../wire/type-bitmap.ts";
import { base32HexDecode } from "../wire/base32hex.ts";
import { rdataProblem } from "../wire/rdata-check.ts";
import { algorithmNumber } from "../wire/algorithm.ts";
import { certificateTypeNumber } from "../wire/certificate-type.ts";
import { EXPECTED, layoutOf } from "./expected-words.ts";
import { HOST_IDENTITY_WORDS, readHostIdentity } from "./host-identity-reader.ts";
import { readLocation } from "./location-reader.ts";
import { nameProblem, readName, unescapeByte, isDigit } from "./name-reader.ts";
import { hexDigit, readIpv4, readIpv6, readNumber, readTtl } from "./number-reader.ts";
import { readPrefix } from "./prefixes-reader.ts";
import { readSvcParams } from "./svc-params-reader.ts";
import type { ZoneLexer } from "./zone-lexer.ts";
import { parseTimestamp } from "../wire/timestamp.ts";

/** RFC 1035 §3.2.1: RDLENGTH is 16 bits. */
const MAX_DATA = 0xffff;
const BACKSLASH = 0x5c;
const GENERIC = "\\# length hexadecimal (RFC 3597)";

/** What is wrong with the data, and at which token of the entry. */
export interface DataProblem {
  readonly token: number;
  readonly message: string;
  readonly expected: string;
}

export class RdataReader {
  /** The data in wire form, [0, length). */
  readonly bytes: Uint8Array = new Uint8Array(MAX_DATA + 512);
  length = 0;
  problem: DataProblem | null = null;

  /** Reads the data of a record whose words begin at this token; false with `problem` when it cannot. */
  read(lexer: ZoneLexer, first: number, type: number, origin: Uint8Array): boolean {
    this.length = 0;
    this.problem = null;
    if (first < lexer.count && isGeneric(lexer, first)) return this.#readGeneric(lexer, first, type);
    const format = RDATA_FORMAT[type];
    if (format === undefined) {
      return this.#fail(first, `is not data of ${typeName(type)}, a type without a text form of its own`, GENERIC);
    }
    let token = first;
    for (const field of format) {
      if (token >= lexer.count && !mayBeAbsent(field)) {
        return this.#fail(lexer.count, `${typeName(type)} needs more: ${EXPECTED[field]}`, layoutOf(type, format));
      }
      token = this.#readField(lexer, token, field, origin);
      if (token < 0) return false;
      if (this.length > MAX_DATA) return this.#fail(first, "begins data of more than 65,535 bytes", "");
    }
    if (token < lexer.count)
      return this.#fail(token, `is one word too many for ${typeName(type)}`, layoutOf(type, format));
    return true;
  }

  #fail(token: number, message: string, expected: string): false {
    this.problem = { token, message, expected };
    return false;
  }

  #refuse(token: number, message: string, field: RdataField): number {
    this.problem = { token, message, expected: EXPECTED[field] };
    return -1;
  }

  /** `\# 4 0A000001`: for known types the bytes must be what the type's own form could have said. */
  #readGeneric(lexer: ZoneLexer, first: number, type: number): boolean {
    const wanted =
      first + 1 < lexer.count ? readNumber(lexer.bytes, lexer.start[first + 1]!, lexer.end[first + 1]!, MAX_DATA) : -1;
    if (wanted < 0) {
      return this.#fail(first + 1, first + 1 < lexer.count ? "is not a length" : "the length is missing", GENERIC);
    }
    if (this.#readHex(lexer, first + 2) < 0) return false;
    if (this.length !== wanted) return this.#fail(first + 1, `is not the length of the data, ${this.length} bytes`, "");
    const problem = rdataProblem(type, this.bytes, 0, this.length);
    return problem === "" || this.#fail(first, `begins what is not data of ${typeName(type)}: ${problem}`, "");
  }

  /** Answers the next token, or -1. */
  #readField(lexer: ZoneLexer, token: number, field: RdataField, origin: Uint8Array): number {
    const { bytes } = lexer;
    const start = lexer.start[token]!;
    const end = lexer.end[token]!;
    switch (field) {
      case "ipv4":
        if (!readIpv4(bytes, start, end, this.bytes, this.length))
          return this.#refuse(token, "is not an IPv4 address", field);
        this.length += 4;
        return token + 1;
      case "ipv6":
        if (!readIpv6(bytes, start, end, this.bytes, this.length))
          return this.#refuse(token, "is not an IPv6 address", field);
        this.length += 16;
        return token + 1;
      case "name": {
        const length = readName(bytes, start, end, origin, this.bytes, this.length);
        if (length < 0) return this.#refuse(token, nameProblem, field);
        this.length += length;
        return token + 1;
      }
      case "names":
        return this.#readNames(lexer, token, origin);
      case "host-identity":
        return this.#readHostIdentity(lexer, token);
      case "u8":
        return this.#putNumber(token, readNumber(bytes, start, end, 0xff), 1, field);
      case "u16":
        return this.#putNumber(token, readNumber(bytes, start, end, 0xffff), 2, field);
      case "u32":
        return this.#putNumber(token, readNumber(bytes, start, end, 0xffff_ffff), 4, field);
      case "ttl":
        return this.#putNumber(token, readTtl(bytes, start, end, 0xffff_ffff), 4, field);
      case "time":
        return this.#putNumber(token, readTime(textOf(lexer, token)), 4, field);
      case "type":
        return this.#putNumber(token, typeNumber(textOf(lexer, token)) ?? -1, 2, field);
      case "algorithm":
        return this.#putNumber(token, algorithmNumber(textOf(lexer, token)), 1, field);
      case "cert-type":
        return this.#putNumber(token, certificateTypeNumber(textOf(lexer, token)), 2, field);
      case "string":
        return this.#readString(lexer, token, field);
      case "strings": {
        let next = token;
        while (next >= 0 && next < lexer.count) next = this.#readString(lexer, next, field);
        return next;
      }
      case "tag":
        if (!/^[A-Za-z0-9]+$/.test(textOf(lexer, token))) return this.#refuse(token, `is not ${EXPECTED.tag}`, field);
        return this.#readString(lexer, token, field);
      case "text":
        return this.#putText(lexer, token, MAX_DATA, field) ? token + 1 : -1;
      case "hex":
        return this.#readHex(lexer, token);
      case "base64":
        return this.#readBase64(lexer, token);
      case "salt":
        return this.#readSalt(lexer, token);
      case "hash":
        return this.#readHash(lexer, token);
      case "types":
        return this.#readTypes(lexer, token);
      case "svc-params": {
        const problem = readSvcParams(lexer, token, this);
        if (problem === null) return lexer.count;
        this.problem = problem;
        return -1;
      }
      case "location":
        return this.#readLocation(lexer, token);
      case "prefixes":
        return this.#readPrefixes(lexer, token);
      case "eui48":
      case "eui64":
        return this.#readEui(textOf(lexer, token), token, field);
      case "node64":
        return this.#readNode(textOf(lexer, token), token);
    }
  }

  #putNumber(token: number, value: number, size: 1 | 2 | 4, field: RdataField): number {
    if (value < 0) return this.#refuse(token, `is not ${EXPECTED[field]}`, field);
    for (let shift = (size - 1) * 8; shift >= 0; shift -= 8) this.bytes[this.length++] = (value / 2 ** shift) & 0xff;
    return token + 1;
  }

  #readString(lexer: ZoneLexer, token: number, field: RdataField): number {
    const at = this.length++;
    if (!this.#putText(lexer, token, 255, field)) return -1;
    this.bytes[at] = this.length - at - 1;
    return token + 1;
  }

  #putText(lexer: ZoneLexer, token: number, most: number, field: RdataField): boolean {
    const { bytes } = lexer;
    const end = lexer.end[token]!;
    const from = this.length;
    for (let at = lexer.start[token]!; at < end; at++) {
      let byte = bytes[at]!;
      if (byte === BACKSLASH) {
        byte = unescapeByte(bytes, at + 1, end);
        if (byte < 0) {
          this.#refuse(token, "has an escape that is neither \\DDD (000 to 255) nor \\ and a character", field);
          return false;
        }
        at += isDigit(bytes[at + 1]!) ? 3 : 1;
      }
      if (this.length - from >= most) {
        this.#refuse(token, `is longer than ${most} bytes: write several strings`, field);
        return false;
      }
      this.bytes[this.length++] = byte;
    }
    return true;
  }

  /** All words to the end of the entry; blanks between them mean nothing. */
  #readHex(lexer: ZoneLexer, first: number): number {
    const { bytes } = lexer;
    let high = -1;
    for (let token = first; token < lexer.count; token++) {
      for (let at = lexer.start[token]!; at < lexer.end[token]!; at++) {
        const digit = hexDigit(bytes[at]!);
        if (digit < 0) return this.#refuse(token, "is not hexadecimal", "hex");
        if (high < 0) {
          high = digit;
          continue;
        }
        if (this.length >= MAX_DATA) return this.#refuse(token, "is too long", "hex");
        this.bytes[this.length++] = high * 16 + digit;
        high = -1;
      }
    }
    return high < 0 ? lexer.count : this.#refuse(first, "has an odd number of digits", "hex");
  }

  #readBase64(lexer: ZoneLexer, first: number): number {
    let text = "";
    for (let token = first; token < lexer.count; token++) text += textOf(lexer, token);
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0)
      return this.#refuse(first, "is not base64", "base64");
    return this.#putBytes(Buffer.from(text, "base64"), lexer.count, first, "base64");
  }

  #readSalt(lexer: ZoneLexer, token: number): number {
    const text = textOf(lexer, token);
    const salt = text === "-" ? Buffer.alloc(0) : Buffer.from(text, "hex");
    if (text !== "-" && (salt.length * 2 !== text.length || salt.length > 255)) {
      return this.#refuse(token, "is not a salt", "salt");
    }
    this.bytes[this.length++] = salt.length;
    return this.#putBytes(salt, token + 1, token, "salt");
  }

  #readHash(lexer: ZoneLexer, token: number): number {
    const hash = base32HexDecode(textOf(lexer, token));
    if (hash === null || hash.length === 0 || hash.length > 255) return this.#refuse(token, "is not base32hex", "hash");
    this.bytes[this.length++] = hash.length;
    return this.#putBytes(hash, token + 1, token, "hash");
  }

  #putBytes(bytes: Uint8Array, next: number, token: number, field: RdataField): number {
    if (this.length + bytes.length > MAX_DATA) return this.#refuse(token, "is too long", field);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
    return next;
  }

  #readTypes(lexer: ZoneLexer, first: number): number {
    const types: number[] = [];
    for (let token = first; token < lexer.count; token++) {
      const type = typeNumber(textOf(lexer, token));
      if (type === undefined) return this.#refuse(token, "is not a record type", "types");
      types.push(type);
    }
    this.length = writeTypeBitmap(types, this.bytes, this.length);
    return lexer.count;
  }

  #readLocation(lexer: ZoneLexer, first: number): number {
    const words: string[] = [];
    for (let token = first; token < lexer.count; token++) words.push(textOf(lexer, token));
    const location = readLocation(words);
    if (location instanceof Uint8Array) return this.#putBytes(location, lexer.count, first, "location");
    return this.#refuse(first + location.word, location.message, "location");
  }

  #readNames(lexer: ZoneLexer, first: number, origin: Uint8Array): number {
    for (let token = first; token < lexer.count; token++) {
      if (this.length > MAX_DATA) return this.#refuse(token, "is too long", "names");
      const length = readName(lexer.bytes, lexer.start[token]!, lexer.end[token]!, origin, this.bytes, this.length);
      if (length < 0) return this.#refuse(token, nameProblem, "names");
      this.length += length;
    }
    return lexer.count;
  }

  #readHostIdentity(lexer: ZoneLexer, first: number): number {
    const words: string[] = [];
    const next = first + HOST_IDENTITY_WORDS;
    for (let token = first; token < Math.min(next, lexer.count); token++) words.push(textOf(lexer, token));
    const identity = readHostIdentity(words);
    if (identity instanceof Uint8Array) return this.#putBytes(identity, next, first, "host-identity");
    return this.#refuse(first + identity.word, identity.message, "host-identity");
  }

  #readPrefixes(lexer: ZoneLexer, first: number): number {
    for (let token = first; token < lexer.count; token++) {
      const prefix = readPrefix(textOf(lexer, token));
      if (prefix === null) return this.#refuse(token, "is not an address prefix", "prefixes");
      if (this.#putBytes(prefix, token, token, "prefixes") < 0) return -1;
    }
    return lexer.count;
  }

  #readNode(text: string, token: number): number {
    const groups = text.split(":");
    if (groups.length !== 4 || groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) {
      return this.#refuse(token, `is not ${EXPECTED.node64}`, "node64");
    }
    const digits = groups.map((group) => group.padStart(4, "0")).join("");
    return this.#putBytes(Uint8Array.from(Buffer.from(digits, "hex")), token + 1, token, "node64");
  }

  #readEui(text: string, token: number, field: "eui48" | "eui64"): number {
    const size = field === "eui48" ? 6 : 8;
    const parts = text.split("-");
    if (parts.length !== size || parts.some((part) => !/^[0-9a-f]{2}$/i.test(part))) {
      return this.#refuse(token, `is not ${EXPECTED[field]}`, field);
    }
    return this.#putBytes(
      Uint8Array.from(parts, (part) => Number.parseInt(part, 16)),
      token + 1,
      token,
      field,
    );
  }
}

/** A token as Latin-1 text. */
export function textOf(lexer: ZoneLexer, token: number): string {
  const { bytes } = lexer;
  const start = lexer.start[token]!;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, lexer.end[token]! - start).latin1Slice();
}

function isGeneric(lexer: ZoneLexer, token: number): boolean {
  const start = lexer.start[token]!;
  return (
    lexer.end[token]! - start === 2 &&
    lexer.quoted[token] === 0 &&
    lexer.bytes[start] === BACKSLASH &&
    lexer.bytes[start + 1] === 0x23
  );
}

function mayBeAbsent(field: RdataField): boolean {
  return field === "types" || field === "svc-params" || field === "prefixes" || field === "names";
}

/** RFC 4034 §3.2: YYYYMMDDHHMMSS in UTC, or seconds. -1 when it is neither. */
function readTime(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text) > 0xffff_ffff ? -1 : Number(text);
  const time = parseTimestamp(text);
  return time < 0 ? -1 : time % 2 ** 32;
}
