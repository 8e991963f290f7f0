import { atOnce } from "../../src/time/slices.ts";
import type { DnsClient } from "../../src/dns/authority/dns-client.ts";
import type { Responder } from "../../src/dns/authority/responder.ts";
import type { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { AccessRules } from "../../src/dns/transfer/access-rules.ts";
import { applyDifferences } from "../../src/dns/transfer/apply-differences.ts";
import { IncomingTransfer, type TransferResult } from "../../src/dns/transfer/incoming-transfer.ts";
import { TransferError } from "../../src/dns/transfer/record-reader.ts";
import { TransferHandler } from "../../src/dns/transfer/transfer-handler.ts";
import { createTsigKey, type TsigKey, TsigKeyring } from "../../src/dns/transfer/tsig-key.ts";
import { TsigSigner } from "../../src/dns/transfer/tsig-signer.ts";
import { writeMessage } from "../../src/dns/wire/message.ts";
import { recordsOf } from "../../src/dns/zone/records-for-tests.ts";
import { readZone, wireName, zoneText } from "../../tests/support/dns-zones.ts";
import { check } from "./check.ts";

const CHILD = zoneText("child.example.test");
const APEX = wireName(CHILD.apex);
const ZONE = readZone(CHILD);
/** The serial in the zone file is 7. */
const SERIAL = 7;
/** Id of what we asked for. */
const ID = 1;
const LIMITS = { records: 10_000, bytes: 1_000_000 };
const AXFR = 252;
const IXFR = 251;

export const KEY: TsigKey = createTsigKey({ name: "key.", algorithm: "hmac-sha256", secret: "c2VjcmV0IHNlY3JldA==" });

/** Everybody may have every zone: what is tried is the reading. `now`: milliseconds, as all signatures have it. */
export function transferHandler(zones: ZoneSet, responder: Responder, now: number): TransferHandler {
  const keys = new TsigKeyring([KEY]);
  const everybody = new AccessRules([{ addresses: ["0.0.0.0/0", "::/0"] }], keys);
  return new TransferHandler({
    keys: () => keys,
    zones: { served: (apex) => zones.get(apex), access: () => everybody, journal: () => null, notified: () => 0 },
    respond: (...parameters) => responder.respond(...parameters),
    now: () => now,
  });
}

/** Answers the messages that the handler sends. */
export async function handle(handler: TransferHandler, packet: Uint8Array, client: DnsClient): Promise<Uint8Array[]> {
  const sent: Uint8Array[] = [];
  await handler.handle(packet, client, (message) => {
    sent.push(message.slice());
    return true;
  });
  return sent;
}

export function signed(packet: Uint8Array, now: number): Buffer {
  return Buffer.from(new TsigSigner(KEY).sign(packet, Math.floor(now / 1_000)));
}

function question(type: number): { name: Uint8Array; type: number; class: number } {
  return { name: APEX, type, class: 1 };
}

/** Answers to AXFR and to IXFR. */
export function transferAnswers(): Buffer[] {
  const soa = (serial: number): { name: Uint8Array; type: number; class: number; ttl: number; data: Uint8Array } => {
    const data = Uint8Array.from(ZONE.recordData(ZONE.recordStart[ZONE.findSet(0, 6)]!));
    new DataView(data.buffer).setUint32(data.length - 20, serial);
    return { name: APEX, type: 6, class: 1, ttl: 600, data };
  };
  const address = (label: string, last: number): ReturnType<typeof soa> => {
    return {
      name: wireName(`${label}.${CHILD.apex}`),
      type: 1,
      class: 1,
      ttl: 600,
      data: Uint8Array.of(192, 0, 2, last),
    };
  };
  const records = [address("www", 111), address("new", 1), address("host", 2)];
  const whole = [soa(8), ...records, soa(8)];
  const differences = [soa(9), soa(7), records[0]!, soa(8), records[1]!, soa(8), soa(9), records[2]!, soa(9)];
  return [
    { flags: 0x8400, questions: [question(AXFR)], answers: whole },
    { flags: 0x8400, questions: [question(IXFR)], answers: whole },
    { flags: 0x8400, questions: [question(IXFR)], answers: differences },
    { flags: 0x8400, questions: [question(IXFR)], answers: [soa(7)] },
  ].map((message) => Buffer.from(writeMessage({ id: ID, ...message })));
}

/** The message as the answer to AXFR, or to IXFR. @throws Error when something else than a `TransferError` comes of it. */
export function checkTransferAnswer(input: Buffer, isIncremental: boolean): string {
  const transfer = new IncomingTransfer({ id: ID, apex: APEX, serial: isIncremental ? SERIAL : null, limits: LIMITS });
  // As a stream gives it: with memory of its own.
  const message = Uint8Array.from(input);
  try {
    if (!atOnce(transfer.take(message))) return "more";
    return resultOf(transfer.result!);
  } catch (error) {
    if (error instanceof TransferError) return error.message.replaceAll(/"[^"]*"|\d+/g, "");
    throw error;
  }
}

function resultOf(result: TransferResult): string {
  switch (result.kind) {
    case "zone":
      return `a zone of ${Math.min(recordsOf(result.data).length, 5)} records or more`;
    case "differences": {
      const zone = atOnce(applyDifferences(ZONE, result.differences));
      check(zone.serial !== SERIAL || result.differences.length === 0, "differences that change nothing");
      return `differences: ${result.differences.length}, ${recordsOf(zone).length} records`;
    }
    case "current":
      return "current";
  }
}
