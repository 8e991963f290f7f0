/** What properties are tried with: names, record data of every known type, messages. */
import fc from "fast-check";
import type { DnsMessage, DnsRecord } from "./message.ts";
import { LOC_CENTRE, LOC_GROUND, LOC_MOST_LATITUDE, LOC_MOST_LONGITUDE } from "./location.ts";
import { MAX_NAME } from "./name.ts";
import { RDATA_FORMAT, type RdataField } from "./rdata-format.ts";
import { isMessageType } from "./record-type.ts";
import { SvcParam } from "./svc-params.ts";
import { writeTypeBitmap } from "./type-bitmap.ts";

const label = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 12 }),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/).map((text) => Uint8Array.from(Buffer.from(text))),
);

/** Wire form. */
export const anyName: fc.Arbitrary<Uint8Array> = fc.array(label, { maxLength: 6 }).map((labels) => {
  const name: number[] = [];
  for (const bytes of labels) if (name.length + bytes.length + 2 <= MAX_NAME) name.push(bytes.length, ...bytes);
  return Uint8Array.from([...name, 0]);
});

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength });
}

/** With its length before it. */
function counted(minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> {
  return bytes(minLength, maxLength).map((data) => Uint8Array.of(data.length, ...data));
}

function listOf(item: fc.Arbitrary<Uint8Array>, minLength: number): fc.Arbitrary<Uint8Array> {
  return fc.array(item, { minLength, maxLength: 5 }).map((items) => Uint8Array.from(Buffer.concat(items)));
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

const anyTypes = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 0xffff })))
  .map((types) => {
    const into = new Uint8Array(10_000);
    return into.slice(0, writeTypeBitmap(types, into, 0));
  });

/** A value for each key that is wanted. */
function svcValue(key: number): fc.Arbitrary<Uint8Array> {
  switch (key) {
    case SvcParam.alpn:
      return listOf(counted(1, 10), 1);
    case SvcParam["no-default-alpn"]:
    case SvcParam.ohttp:
      return fc.constant(new Uint8Array(0));
    case SvcParam.port:
      return bytes(2, 2);
    case SvcParam.ipv4hint:
      return listOf(bytes(4, 4), 1);
    case SvcParam.ipv6hint:
      return listOf(bytes(16, 16), 1);
    case SvcParam.ech:
    case SvcParam.dohpath:
      return bytes(1, 20);
    default:
      return bytes(0, 20);
  }
}

const svcKeys = fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 65_534 })), {
  maxLength: 6,
});

const anySvcParams = fc.tuple(svcKeys, fc.boolean()).chain(([keys, areMandatory]) => {
  // RFC 9460 §7.1.1: no-default-alpn needs alpn.
  const all = new Set(keys.includes(SvcParam["no-default-alpn"]) ? [...keys, SvcParam.alpn] : keys);
  const sorted = [...all].toSorted((a, b) => a - b);
  return fc.tuple(...sorted.map(svcValue)).map((values) => {
    const parameters = sorted.map((key, index) => [
      ...uint16(key),
      ...uint16(values[index]!.length),
      ...values[index]!,
    ]);
    const mandatory = areMandatory && sorted.length > 0;
    const listed = mandatory ? [0, 0, ...uint16(sorted.length * 2), ...sorted.flatMap(uint16)] : [];
    return Uint8Array.from([...listed, ...parameters.flat()]);
  });
});

const anyLocation = fc
  .tuple(
    fc.tuple(...[1, 2, 3].map(() => fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 })))),
    fc.integer({ min: -LOC_MOST_LATITUDE, max: LOC_MOST_LATITUDE }),
    fc.integer({ min: -LOC_MOST_LONGITUDE, max: LOC_MOST_LONGITUDE }),
    fc.integer({ min: -LOC_GROUND, max: 0xffff_ffff - LOC_GROUND }),
  )
  .map(([precisions, latitude, longitude, altitude]) => {
    const data = new Uint8Array(16);
    const view = new DataView(data.buffer);
    for (const [index, [mantissa, exponent]] of precisions.entries()) data[index + 1] = (mantissa << 4) | exponent;
    view.setUint32(4, LOC_CENTRE + latitude);
    view.setUint32(8, LOC_CENTRE + longitude);
    view.setUint32(12, LOC_GROUND + altitude);
    return data;
  });

const anyPrefix = fc.boolean().chain((isIpv6) => {
  const size = isIpv6 ? 16 : 4;
  return fc.tuple(bytes(0, size), fc.integer({ min: 0, max: size * 8 }), fc.boolean()).map(([address, prefix, not]) => {
    let { length } = address;
    while (length > 0 && address[length - 1] === 0) length--;
    return Uint8Array.of(0, isIpv6 ? 2 : 1, prefix, (not ? 0x80 : 0) | length, ...address.subarray(0, length));
  });
});

function fieldOf(field: RdataField): fc.Arbitrary<Uint8Array> {
  switch (field) {
    case "ipv4":
    case "u32":
    case "ttl":
    case "time":
      return bytes(4, 4);
    case "ipv6":
      return fc.oneof(
        bytes(16, 16),
        listOf(fc.constantFrom(Uint8Array.of(0, 0), Uint8Array.of(0x20, 1)), 5).map(padded),
      );
    case "name":
      return anyName;
    case "names":
      return listOf(anyName, 0);
    case "host-identity":
      return fc
        .tuple(bytes(1, 32), bytes(1, 1), bytes(1, 300))
        .map(([tag, algorithm, key]) =>
          Uint8Array.of(tag.length, algorithm[0]!, ...uint16(key.length), ...tag, ...key),
        );
    case "u8":
    case "algorithm":
      return bytes(1, 1);
    case "u16":
    case "type":
    case "cert-type":
      return bytes(2, 2);
    case "string":
      return counted(0, 255);
    case "strings":
      return listOf(counted(0, 255), 1);
    case "tag":
      return fc
        .stringMatching(/^[A-Za-z0-9]{1,15}$/)
        .map((tag) => Uint8Array.from(Buffer.from(`${String.fromCharCode(tag.length)}${tag}`)));
    case "text":
      return bytes(0, 300);
    case "hex":
    case "base64":
      return bytes(1, 80);
    case "salt":
      return counted(0, 20);
    case "hash":
      return counted(1, 40);
    case "types":
      return anyTypes;
    case "svc-params":
      return anySvcParams;
    case "location":
      return anyLocation;
    case "prefixes":
      return listOf(anyPrefix, 0);
    case "eui48":
      return bytes(6, 6);
    case "eui64":
    case "node64":
      return bytes(8, 8);
  }
}

function padded(groups: Uint8Array): Uint8Array {
  const address = new Uint8Array(16);
  address.set(groups.subarray(0, 16));
  return address;
}

/** The types that have a text form. */
export const KNOWN_TYPES: readonly number[] = Object.keys(RDATA_FORMAT).map(Number);

/** Well-formed data of a type, names uncompressed. */
export function dataOf(type: number): fc.Arbitrary<Uint8Array> {
  const format = RDATA_FORMAT[type];
  if (format === undefined) return bytes(0, 100);
  return fc.tuple(...format.map(fieldOf)).map((fields) => Uint8Array.from(Buffer.concat(fields)));
}

const anyType = fc.oneof(
  fc.constantFrom(...KNOWN_TYPES),
  fc.integer({ min: 1, max: 0xffff }).filter((type) => !isMessageType(type)),
);

const anyRecord: fc.Arbitrary<DnsRecord> = anyType.chain((type) =>
  fc.record({
    name: anyName,
    type: fc.constant(type),
    class: fc.constant(1),
    ttl: fc.integer({ min: 0, max: 0xffff_ffff }),
    data: dataOf(type),
  }),
);

export const anyMessage: fc.Arbitrary<DnsMessage> = fc.record({
  id: fc.integer({ min: 0, max: 0xffff }),
  flags: fc.integer({ min: 0, max: 0xffff }),
  questions: fc.array(fc.record({ name: anyName, type: anyType, class: fc.constant(1) }), { maxLength: 2 }),
  answers: fc.array(anyRecord, { maxLength: 4 }),
  authority: fc.array(anyRecord, { maxLength: 2 }),
  additional: fc.array(anyRecord, { maxLength: 2 }),
});
