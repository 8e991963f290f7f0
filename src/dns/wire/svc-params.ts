/** Service parameters of SVCB and HTTPS records (RFC 9460): keys, their order and their values in wire form. */
import { uint16At } from "./integers.ts";

export const SvcParam = {
  mandatory: 0,
  alpn: 1,
  "no-default-alpn": 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
  /** RFC 9461. */
  dohpath: 7,
  /** RFC 9540. */
  ohttp: 8,
} as const;

const KEYS: ReadonlyMap<string, number> = new Map(Object.entries(SvcParam));
const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(SvcParam).map(([name, key]) => [key, name]));

/** 65535 is reserved as invalid. */
const MAX_KEY = 65_534;

export const SVC_PARAM_NAMES: readonly string[] = [...KEYS.keys()];

/** The number of a parameter's name or of `keyN`; -1 when it is neither. */
export function svcParamNumber(name: string): number {
  const known = KEYS.get(name.toLowerCase());
  if (known !== undefined) return known;
  const number = /^key(0|[1-9]\d{0,4})$/i.exec(name);
  return number !== null && Number(number[1]) <= MAX_KEY ? Number(number[1]) : -1;
}

export function svcParamName(key: number): string {
  return NAMES.get(key) ?? `key${key}`;
}

/** What is wrong with parameters in wire form; "" when nothing is. RFC 9460 §2.2: keys in strictly rising order. */
export function svcParamsProblem(bytes: Uint8Array, start: number, end: number): string {
  const keys = new Set<number>();
  let last = -1;
  let mandatory = -1;
  for (let at = start; at < end;) {
    if (at + 4 > end) return "a service parameter is cut off";
    const key = uint16At(bytes, at);
    const next = at + 4 + uint16At(bytes, at + 2);
    if (key > MAX_KEY) return `key${key} is reserved`;
    if (key <= last) return `${svcParamName(key)} is out of order or repeated`;
    if (next > end) return `${svcParamName(key)} is cut off`;
    if (!isValue(key, bytes, at + 4, next)) return `the value of ${svcParamName(key)} is malformed`;
    if (key === SvcParam.mandatory) mandatory = at;
    keys.add(key);
    last = key;
    at = next;
  }
  // RFC 9460 §7.1.1.
  if (keys.has(SvcParam["no-default-alpn"]) && !keys.has(SvcParam.alpn)) return "no-default-alpn needs alpn";
  return mandatory < 0 ? "" : missingParam(bytes, mandatory, keys);
}

/** RFC 9460 §8: what is mandatory is there. `at`: the parameter that lists the keys. */
function missingParam(bytes: Uint8Array, at: number, keys: ReadonlySet<number>): string {
  const end = at + 4 + uint16At(bytes, at + 2);
  for (let item = at + 4; item < end; item += 2) {
    const key = uint16At(bytes, item);
    if (!keys.has(key)) return `mandatory names ${svcParamName(key)}, which is missing`;
  }
  return "";
}

/** RFC 9460 §7 and §8: what the value of a known key looks like. Other keys take anything. */
function isValue(key: number, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  switch (key) {
    case SvcParam.mandatory:
      return length > 0 && length % 2 === 0 && areMandatoryKeys(bytes, start, end);
    case SvcParam.alpn:
      return length > 0 && areProtocols(bytes, start, end);
    case SvcParam["no-default-alpn"]:
    case SvcParam.ohttp:
      return length === 0;
    case SvcParam.port:
      return length === 2;
    case SvcParam.ipv4hint:
      return length > 0 && length % 4 === 0;
    case SvcParam.ipv6hint:
      return length > 0 && length % 16 === 0;
    case SvcParam.ech:
    case SvcParam.dohpath:
      return length > 0;
    default:
      return true;
  }
}

/** RFC 9460 §8: in strictly rising order, without `mandatory` itself. */
function areMandatoryKeys(bytes: Uint8Array, start: number, end: number): boolean {
  let last: number = SvcParam.mandatory;
  for (let at = start; at < end; at += 2) {
    const key = uint16At(bytes, at);
    if (key <= last || key > MAX_KEY) return false;
    last = key;
  }
  return true;
}

/** RFC 9460 §7.1.1: each with its length before it, none empty. */
function areProtocols(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (bytes[at] === 0) return false;
    at += bytes[at]! + 1;
  }
  return at === end;
}
