import type { DnsClient } from "../dns/authority/dns-client.ts";
import { Responder } from "../dns/authority/responder.ts";
import type { ZoneSet } from "../dns/authority/zone-set.ts";
import type { Steering } from "../dns/steering/steering.ts";
import { type DnsMessage, readMessage, writeMessage } from "../dns/wire/message.ts";
import { formatName, parseName } from "../dns/wire/name.ts";
import { DnsQuery } from "../dns/wire/query.ts";
import { formatRdata } from "../dns/wire/rdata-text.ts";
import { Flag, RecordClass, RecordType, ResponseCode, responseCodeName, typeName } from "../dns/wire/record-type.ts";
import type { NameAnswer, NameRecords } from "../explain/name-answer.ts";

const OUT = new Uint8Array(0xffff);
const TYPES = ["A", "AAAA"] as const;

/**
 * Asks the zones for a host as a client would: a packet through the same responder as the wire's, and for a steered name
 * the steps that its answer took. Null for what is not a name: an IP address, or nothing.
 */
export function explainName(
  zones: ZoneSet,
  steering: Steering | null,
  host: string,
  address: string,
): NameAnswer | null {
  const name = parseName(host.endsWith(".") ? host : `${host}.`);
  if (typeof name === "string" || isAddress(host)) return null;
  const client: DnsClient = { address, port: 0, transport: "tcp" };
  // Of its own: no limit on rates is used up.
  const responder = new Responder(zones);
  let zone = "";
  let serial = -1;
  const answers = TYPES.map((text): NameRecords => {
    const question = { name, type: RecordType[text], class: RecordClass.IN };
    const packet = writeMessage({ id: 0, flags: 0, questions: [question] });
    const query = new DnsQuery();
    query.read(packet, 0, packet.length);
    const found = zones.find(query);
    if (found === null)
      return { type: text, code: responseCodeName(ResponseCode.REFUSED), records: [], referral: [], steps: [] };
    zone = formatName(found.data.apex);
    serial = found.data.serial;
    const steps = steering?.explain(query, client, null, Date.now())?.map((step) => step.text) ?? [];
    const respond = (): number => responder.respond(packet, 0, packet.length, OUT, 0, OUT.length, client);
    const length = steering === null ? respond() : steering.peek(respond);
    return { ...recordsOf(readMessage(OUT.slice(0, length))), type: text, steps };
  });
  return { host, zone, serial, answers };
}

function recordsOf(message: DnsMessage): Pick<NameRecords, "code" | "records" | "referral"> {
  const isReferral = (message.flags & Flag.AA) === 0 && message.answers.length === 0;
  const servers = message.authority.filter(({ type }) => type === RecordType.NS);
  return {
    code: responseCodeName(message.flags & 15),
    records: message.answers.map(({ name, type, ttl, data }) => ({
      name: formatName(name),
      type: typeName(type),
      ttl,
      data: formatRdata(type, data),
    })),
    referral: isReferral ? servers.map(({ data }) => formatName(data)) : [],
  };
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
