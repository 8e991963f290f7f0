import { atOnce } from "../../time/slices.ts";
import { type DnsMessage, type DnsRecord, readMessage, writeMessage } from "../wire/message.ts";
import { formatName, lowerName, parseName, ROOT } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { Flag, RecordType, responseCodeName, typeName, typeNumber } from "../wire/record-type.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { readZoneFile } from "../zone/read-zone-file-for-tests.ts";
import type { AuthoritativeZone } from "./authoritative-zone.ts";
import { Responder } from "./responder.ts";
import { ZoneSet } from "./zone-set.ts";

/** A name in wire form. */
export function wire(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new Error(`${text} ${name}`);
  return name;
}

/** A zone from its text; without an SOA it gets one. */
export function zoneFrom(text: string, apex = "example."): ZoneData {
  const origin = lowerName(wire(apex));
  const builder = new ZoneBuilder(origin);
  const soa = /\bSOA\s+[a-z@]\S*\s+\S+\s+\d/.test(text) ? "" : "@ 3600 SOA ns1 hostmaster 1 7200 900 1209600 300\n";
  const lines = text.split("\n").map((line) => line.trim());
  const problems = readZoneFile(Buffer.from(`$TTL 3600\n${soa}${lines.join("\n")}\n`), {
    file: "test",
    origin,
    sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
  return atOnce(builder.build());
}

/** An answer in words: records as "owner type data", signatures as "owner RRSIG type". */
export interface Reply {
  readonly code: string;
  readonly isAuthoritative: boolean;
  readonly answer: string[];
  readonly authority: string[];
  readonly additional: string[];
  readonly message: DnsMessage;
}

const OUT = new Uint8Array(65_535);
const CLIENT = { address: "192.0.2.1", port: 5353, transport: "tcp" } as const;
const OPT = { name: ROOT, type: RecordType.OPT, class: 1_232, ttl: 0x8000, data: new Uint8Array(0) };

/** Asks zones as a client over TCP does. */
export function ask(zones: readonly AuthoritativeZone[], name: string, type: string, dnssec = false): Reply {
  const set = new ZoneSet();
  for (const zone of zones) set.set(zone);
  return askResponder(new Responder(set), name, type, dnssec);
}

/** The same of a responder that stays. */
export function askResponder(responder: Responder, name: string, type: string, dnssec = false): Reply {
  const questions = [{ name: wire(name), type: typeNumber(type)!, class: 1 }];
  const packet = writeMessage({ id: 1, flags: 0, questions, additional: dnssec ? [OPT] : [] });
  const length = responder.respond(packet, 0, packet.length, OUT, 0, OUT.length, CLIENT);
  const message = readMessage(OUT.slice(0, length));
  return {
    code: responseCodeName(message.flags & 15),
    isAuthoritative: (message.flags & Flag.AA) !== 0,
    answer: message.answers.map(words),
    authority: message.authority.map(words),
    additional: message.additional.filter((record) => record.type !== RecordType.OPT).map(words),
    message,
  };
}

export function words({ name, type, data }: DnsRecord): string {
  if (type === RecordType.RRSIG) return `${formatName(name)} RRSIG ${typeName((data[0]! << 8) | data[1]!)}`;
  return `${formatName(name)} ${typeName(type)} ${formatRdata(type, data)}`;
}
