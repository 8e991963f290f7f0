import { atOnce } from "../../time/slices.ts";
import { type DnsMessage, type DnsRecord, readMessage, writeMessage } from "../wire/message.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { TransferError } from "./record-reader.ts";
import type { Dial, MessageStream, Primary } from "./message-stream.ts";
import { type RecordSource, soaOf } from "./record-source.ts";
import { incremental, wholeZone } from "./transfer-parts.ts";
import { diffZones, type ZoneDifference } from "./zone-difference.ts";

/** A primary without sockets: says what it was asked, and answers as it is told to. */
export class FakePrimary {
  readonly primary: Primary;
  /** What it was asked: "SOA", "AXFR", "IXFR 3", and "dial". */
  readonly asked: string[] = [];
  zone: ZoneData;
  /** What IXFR answers; null: the whole zone. */
  difference: ZoneDifference | null = null;
  /** It does not take connections. */
  down = false;
  /** It takes connections, and says nothing until they are closed. */
  silent = false;
  /** Changes each answer; null: nothing more comes. */
  spoil: (answer: Uint8Array, type: number) => Uint8Array | null = (answer) => answer;

  constructor(zone: ZoneData, address = "192.0.2.1") {
    this.zone = zone;
    this.primary = { address, port: 53, key: null };
  }

  /** A new version, with the difference from the one before. */
  change(zone: ZoneData): void {
    this.difference = atOnce(diffZones(this.zone, zone))!;
    this.zone = zone;
  }

  dial(): MessageStream {
    this.asked.push("dial");
    if (this.down) throw new TransferError("no connection");
    const answers: Uint8Array[] = [];
    const closed = Promise.withResolvers<Uint8Array>();
    closed.promise.catch(() => undefined);
    return {
      send: (message) => void answers.push(...this.#answer(readMessage(message))),
      receive: () => {
        if (this.silent) return closed.promise;
        const next = answers.shift();
        return next === undefined ? Promise.reject(new TransferError("nothing came")) : Promise.resolve(next);
      },
      close: () => closed.reject(new TransferError("the connection was closed here")),
    };
  }

  #answer({ id, questions, authority }: DnsMessage): Uint8Array[] {
    const { type } = questions[0]!;
    const serial = type === 251 ? new DataView(authority[0]!.data.buffer).getUint32(authority[0]!.data.length - 20) : 0;
    this.asked.push(type === 6 ? "SOA" : type === 252 ? "AXFR" : `IXFR ${serial}`);
    const answers = type === 6 ? [soaRecord(this.zone)] : this.#records(type, serial);
    const spoiled = this.spoil(writeMessage({ id, flags: 0x8400, questions, answers }), type);
    return spoiled === null ? [] : [spoiled];
  }

  #records(type: number, serial: number): DnsRecord[] {
    const difference = this.difference?.from.serial === serial ? this.difference : null;
    const parts = type === 252 ? wholeZone(this.zone) : incremental(this.zone, serial, difference);
    return parts.flatMap((part) => [...recordsOfSource(part)]);
  }
}

export function dialFakes(primaries: readonly FakePrimary[]): Dial {
  return (primary) => {
    const found = primaries.find((one) => one.primary === primary)!;
    return new Promise((resolve) => resolve(found.dial()));
  };
}

function soaRecord(zone: ZoneData): DnsRecord {
  const { ttl, data } = soaOf(zone);
  return { name: zone.apex, type: 6, class: 1, ttl, data };
}

function* recordsOfSource(source: RecordSource): Generator<DnsRecord> {
  while (source.next()) {
    const name = source.owner.slice(source.ownerStart, source.ownerStart + source.ownerLength);
    yield {
      name,
      type: source.type,
      class: 1,
      ttl: source.ttl,
      data: source.data.slice(source.dataStart, source.dataEnd),
    };
  }
}
