/** Record data in wire form as the text of a zone file. */
import { formatAddressPrefixes } from "./address-prefixes.ts";
import { base32HexEncode } from "./base32hex.ts";
import { formatLocation } from "./location.ts";
import { formatName, nameLength } from "./name.ts";
import { RDATA_FORMAT, type RdataField } from "./rdata-format.ts";
import { fieldEnd } from "./rdata-walk.ts";
import { rdataProblem } from "./rdata-check.ts";
import { typeName } from "./record-type.ts";
import { formatIpv6 } from "./ipv6-text.ts";
import { formatSvcParams } from "./svc-params-text.ts";
import { readTypeBitmap } from "./type-bitmap.ts";

/** Data that does not fit its type, and types without a text form, come as `\# length hex` (RFC 3597 §5). */
export function formatRdata(type: number, data: Uint8Array): string {
  return formatKnown(type, data) ?? formatGeneric(data);
}

/** RFC 3597 §5. */
export function formatGeneric(data: Uint8Array): string {
  return `\\# ${data.length}${data.length === 0 ? "" : ` ${hex(data)}`}`;
}

function formatKnown(type: number, data: Uint8Array): string | null {
  const format = RDATA_FORMAT[type];
  if (format === undefined || rdataProblem(type, data, 0, data.length) !== "") return null;
  const words: string[] = [];
  let at = 0;
  for (const field of format) {
    const end = fieldEnd(field, data, at, data.length);
    const word = formatField(field, data, at, end);
    if (word === null) return null;
    if (word !== "") words.push(word);
    at = end;
  }
  return words.join(" ");
}

/** Null when these bytes cannot be written in the field's own form; "" when they are written as nothing. */
function formatField(field: RdataField, data: Uint8Array, start: number, end: number): string | null {
  switch (field) {
    case "ipv4":
      return data.subarray(start, end).join(".");
    case "ipv6":
      return formatIpv6(data, start);
    case "name":
      return formatName(data, start);
    case "names": {
      const names: string[] = [];
      for (let at = start; at < end; at += nameLength(data, at)) names.push(formatName(data, at));
      return names.join(" ");
    }
    case "host-identity": {
      const key = start + 4 + data[start]!;
      const words = [hex(data.subarray(start + 4, key)), Buffer.from(data.subarray(key, end)).toString("base64")];
      return words.includes("") ? null : `${data[start + 1]} ${words.join(" ")}`;
    }
    case "u8":
    case "algorithm":
    case "u16":
    case "cert-type":
    case "u32":
    case "ttl":
      return String(number(data, start, end));
    case "time":
      return new Date(number(data, start, end) * 1000).toISOString().replaceAll(/[-:T]|\.\d+Z/g, "");
    case "type":
      return typeName(number(data, start, end));
    case "string":
      return quote(data, start + 1, end);
    case "strings": {
      const strings: string[] = [];
      for (let at = start; at < end; at += data[at]! + 1) strings.push(quote(data, at + 1, at + 1 + data[at]!));
      return strings.join(" ");
    }
    case "tag": {
      const tag = Buffer.from(data.subarray(start + 1, end)).latin1Slice();
      return /^[A-Za-z0-9]+$/.test(tag) ? tag : null;
    }
    case "text":
      return quote(data, start, end);
    case "hex":
      return orNothing(hex(data.subarray(start, end)));
    case "base64":
      return orNothing(Buffer.from(data.subarray(start, end)).toString("base64"));
    case "salt":
      return end === start + 1 ? "-" : hex(data.subarray(start + 1, end));
    case "hash":
      return orNothing(base32HexEncode(data.subarray(start + 1, end)));
    case "types":
      return (readTypeBitmap(data, start, end) ?? []).map(typeName).join(" ");
    case "svc-params":
      return formatSvcParams(data, start, end);
    case "location":
      return formatLocation(data, start, end);
    case "prefixes":
      return formatAddressPrefixes(data, start, end);
    case "eui48":
    case "eui64":
      return [...data.subarray(start, end)].map((byte) => byte.toString(16).padStart(2, "0")).join("-");
    case "node64":
      return hex(data.subarray(start, end)).replaceAll(/....(?=.)/g, "$&:");
  }
}

/** A word of no letters cannot be written where one must stand. */
function orNothing(word: string): string | null {
  return word === "" ? null : word;
}

function number(data: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 256 + data[at]!;
  return value;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function quote(data: Uint8Array, start: number, end: number): string {
  let text = '"';
  for (let at = start; at < end; at++) {
    const byte = data[at]!;
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else text += byte < 0x20 || byte >= 0x7f ? `\\${String(byte).padStart(3, "0")}` : String.fromCharCode(byte);
  }
  return `${text}"`;
}
