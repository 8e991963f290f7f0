/** Zones and queries for tests, from text. */
import { atOnce } from "../../time/slices.ts";
import { writeMessage, type DnsRecord } from "../wire/message.ts";
import { parseName } from "../wire/name.ts";
import { RecordType, typeNumber } from "../wire/record-type.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import { readZoneFile } from "../zone/read-zone-file-for-tests.ts";
import { AuthoritativeZone } from "./authoritative-zone.ts";
import { ZoneSet } from "./zone-set.ts";

export const SHOP = `$ORIGIN shop.test.
$TTL 3600
@ SOA ns1 hostmaster 7 7200 900 1209600 300
@ NS ns1
@ MX 10 mail
ns1 A 192.0.2.53
mail A 192.0.2.25
www 60 A 192.0.2.80
*.wild A 192.0.2.81
alias CNAME www
sub NS ns.sub
ns.sub A 192.0.2.82
big TXT ${Array.from({ length: 8 }, (_, index) => `"${String(index).repeat(200)}"`).join(" ")}
many A ( 192.0.2.1 )
${Array.from({ length: 60 }, (_, index) => `many A 198.51.100.${index}`).join("\n")}
`;

export function wireName(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new Error(`${text} ${name}`);
  return name;
}

export function authoritativeZone(apex: string, text: string): AuthoritativeZone {
  const origin = wireName(apex);
  const builder = new ZoneBuilder(origin);
  const problems = readZoneFile(Buffer.from(text), {
    file: apex,
    origin,
    sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return new AuthoritativeZone(atOnce(builder.build()));
}

/** Only `shop.test.` */
export function shopZones(): ZoneSet {
  const zones = new ZoneSet();
  zones.set(authoritativeZone("shop.test.", SHOP));
  return zones;
}

/** Its code, and its data as hexadecimal text. */
export type Option = readonly [code: number, data: string];

export interface OptParts {
  readonly size?: number;
  readonly version?: number;
  readonly dnssecOk?: boolean;
  /** Data as hexadecimal text. */
  readonly options?: readonly Option[];
}

export function optRecord({ size = 1_232, version = 0, dnssecOk = false, options = [] }: OptParts = {}): DnsRecord {
  const data = options.flatMap(([code, value]) => {
    const bytes = Buffer.from(value, "hex");
    return [code >> 8, code & 0xff, bytes.length >> 8, bytes.length & 0xff, ...bytes];
  });
  const ttl = version * 0x10000 + (dnssecOk ? 0x8000 : 0);
  return { name: new Uint8Array(1), type: RecordType.OPT, class: size, ttl, data: Uint8Array.from(data) };
}

export interface QueryParts {
  readonly id?: number;
  readonly flags?: number;
  readonly class?: number;
  readonly opt?: OptParts;
}

/** A query in wire form. */
export function queryPacket(name: string, type: string, parts: QueryParts = {}): Uint8Array {
  return writeMessage({
    id: parts.id ?? 0x1234,
    flags: parts.flags ?? 0,
    questions: [{ name: wireName(name), type: typeNumber(type)!, class: parts.class ?? 1 }],
    additional: parts.opt === undefined ? [] : [optRecord(parts.opt)],
  });
}

/** The options of an answer, by code, as hexadecimal text. */
export function optionsOf(records: readonly DnsRecord[]): Map<number, string> | null {
  const opt = records.find((record) => record.type === RecordType.OPT);
  if (opt === undefined) return null;
  const options = new Map<number, string>();
  const { data } = opt;
  for (let at = 0; at < data.length;) {
    const length = (data[at + 2]! << 8) | data[at + 3]!;
    options.set((data[at]! << 8) | data[at + 1]!, Buffer.from(data.subarray(at + 4, at + 4 + length)).toString("hex"));
    at += 4 + length;
  }
  return options;
}
