/** Service parameters from the words of a zone file (RFC 9460 §2.1 and appendix A). */
import { SVC_PARAM_NAMES, SvcParam, svcParamName, svcParamNumber } from "../wire/svc-params.ts";
import { isDigit, unescapeByte } from "./name-reader.ts";
import { readIpv4, readIpv6, readNumber } from "./number-reader.ts";
import type { DataProblem } from "./rdata-reader.ts";
import type { ZoneLexer } from "./zone-lexer.ts";

interface Parameter {
  readonly key: number;
  readonly token: number;
  readonly value: Uint8Array;
}

/** Where the parameters are written, behind what is there. */
export interface DataSink {
  readonly bytes: Uint8Array;
  length: number;
}

const EQUALS = 0x3d;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** Writes all parameters from this token to the end of the entry, sorted by key. Null when all is well. */
export function readSvcParams(lexer: ZoneLexer, first: number, into: DataSink): DataProblem | null {
  const parameters: Parameter[] = [];
  for (let token = first; token < lexer.count; token++) {
    const { bytes } = lexer;
    const start = lexer.start[token]!;
    let end = lexer.end[token]!;
    let equals = start;
    while (equals < end && bytes[equals] !== EQUALS) equals++;
    const name = Buffer.from(bytes.subarray(start, equals)).latin1Slice();
    const key = svcParamNumber(name);
    if (key < 0) return problem(token, "is not a service parameter", `one of ${SVC_PARAM_NAMES.join(", ")} or keyN`);
    let valueStart = equals + 1;
    // key="a value": the lexer ends a word before a quote, so the quoted value is the next one, directly behind it.
    if (valueStart === end && token + 1 < lexer.count && opensAt(lexer, token + 1, end)) {
      token++;
      valueStart = lexer.start[token]!;
      end = lexer.end[token]!;
    }
    const value = readValue(key, bytes, valueStart, end, equals < lexer.end[token]!);
    if (typeof value === "string") return problem(token, value, "");
    if (parameters.some((other) => other.key === key)) return problem(token, `is a second ${svcParamName(key)}`, "");
    parameters.push({ key, token, value });
  }
  const wanted = mandatoryProblem(parameters);
  if (wanted !== null) return wanted;
  for (const { key, value } of parameters.toSorted((a, b) => a.key - b.key)) {
    const { bytes } = into;
    let at = into.length;
    bytes[at++] = key >> 8;
    bytes[at++] = key & 0xff;
    bytes[at++] = value.length >> 8;
    bytes[at++] = value.length & 0xff;
    if (at + value.length > bytes.length) return problem(first, "begins more than 65,535 bytes of parameters", "");
    bytes.set(value, at);
    into.length = at + value.length;
  }
  return null;
}

/** Whether a token's opening quote stands at this offset. */
function opensAt(lexer: ZoneLexer, token: number, offset: number): boolean {
  return lexer.quoted[token] === 1 && lexer.start[token] === offset + 1;
}

function problem(token: number, message: string, expected: string): DataProblem {
  return { token, message, expected };
}

/** The value in wire form, or what is wrong with it. */
function readValue(key: number, bytes: Uint8Array, start: number, end: number, given: boolean): Uint8Array | string {
  if (key === SvcParam["no-default-alpn"] || key === SvcParam.ohttp) {
    return given && start < end ? "takes no value" : new Uint8Array(0);
  }
  const text = unescapeAll(bytes, start, end);
  if (text === null) return "has an escape that is neither \\DDD (000 to 255) nor \\ and a character";
  if (!given || text.length === 0) return key > SvcParam.ohttp ? text : "needs a value";
  switch (key) {
    case SvcParam.mandatory:
      return numbersOf(text);
    case SvcParam.alpn:
      return alpnOf(text);
    case SvcParam.port: {
      const port = readNumber(text, 0, text.length, 0xffff);
      return port < 0 ? "is not a port" : Uint8Array.of(port >> 8, port & 0xff);
    }
    case SvcParam.ipv4hint:
      return addressesOf(text, 4);
    case SvcParam.ipv6hint:
      return addressesOf(text, 16);
    case SvcParam.ech: {
      const base64 = Buffer.from(text).latin1Slice();
      const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && base64.length % 4 === 0;
      return isBase64 ? Uint8Array.from(Buffer.from(base64, "base64")) : "is not base64";
    }
    default:
      return text;
  }
}

function unescapeAll(bytes: Uint8Array, start: number, end: number): Uint8Array | null {
  const out: number[] = [];
  for (let at = start; at < end; at++) {
    let byte = bytes[at]!;
    if (byte === BACKSLASH) {
      byte = unescapeByte(bytes, at + 1, end);
      if (byte < 0) return null;
      at += isDigit(bytes[at + 1]!) ? 3 : 1;
    }
    out.push(byte);
  }
  return Uint8Array.from(out);
}

/** RFC 9460 appendix A.1: a comma separates, `\,` and `\\` are literal (a second layer of escapes). */
function splitList(text: Uint8Array): number[][] | null {
  const items: number[][] = [[]];
  for (let at = 0; at < text.length; at++) {
    let byte = text[at]!;
    if (byte === COMMA) {
      items.push([]);
      continue;
    }
    if (byte === BACKSLASH) {
      if (at + 1 === text.length) return null;
      byte = text[++at]!;
    }
    items[items.length - 1]!.push(byte);
  }
  return items.some((item) => item.length === 0) ? null : items;
}

function alpnOf(text: Uint8Array): Uint8Array | string {
  const items = splitList(text);
  if (items === null) return "has an empty protocol";
  if (items.some((item) => item.length > 255)) return "has a protocol of more than 255 bytes";
  return Uint8Array.from(items.flatMap((item) => [item.length, ...item]));
}

function numbersOf(text: Uint8Array): Uint8Array | string {
  const keys: number[] = [];
  for (const item of splitList(text) ?? [[]]) {
    const key = svcParamNumber(String.fromCharCode(...item));
    if (key <= SvcParam.mandatory) return "must name other parameters";
    if (keys.includes(key)) return `names ${svcParamName(key)} twice`;
    keys.push(key);
  }
  return Uint8Array.from(keys.toSorted((a, b) => a - b).flatMap((key) => [key >> 8, key & 0xff]));
}

function addressesOf(text: Uint8Array, size: 4 | 16): Uint8Array | string {
  const read = size === 4 ? readIpv4 : readIpv6;
  const items = splitList(text);
  if (items === null) return "has an empty address";
  const out = new Uint8Array(items.length * size);
  for (const [index, item] of items.entries()) {
    if (!read(Uint8Array.from(item), 0, item.length, out, index * size))
      return `has something that is not an IPv${size === 4 ? 4 : 6} address`;
  }
  return out;
}

/** RFC 9460 §8: what is mandatory must be there. */
function mandatoryProblem(parameters: readonly Parameter[]): DataProblem | null {
  const mandatory = parameters.find(({ key }) => key === SvcParam.mandatory);
  const needs = mandatory === undefined ? [] : pairs(mandatory.value);
  // RFC 9460 §7.1.1: no-default-alpn needs alpn.
  const bare = parameters.find(({ key }) => key === SvcParam["no-default-alpn"]);
  if (bare !== undefined) needs.push(SvcParam.alpn);
  for (const key of needs) {
    if (parameters.some((other) => other.key === key)) continue;
    return problem((mandatory ?? bare)!.token, `needs ${svcParamName(key)}, which is missing`, "");
  }
  return null;
}

function pairs(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; at += 2) numbers.push((bytes[at]! << 8) | bytes[at + 1]!);
  return numbers;
}
