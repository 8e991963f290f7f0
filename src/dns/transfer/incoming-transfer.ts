/**
 * The answer to AXFR or IXFR as it comes, message by message (RFC 5936 §2.2, RFC 1995 §4): knows which of the forms it
 * has from its first two records, holds it to the order that the form has, and to limits. It opens no sockets.
 */
import type { Slices } from "../../time/slices.ts";
import { formatName, isAtOrBelow, sameName } from "../wire/name.ts";
import { Flag, isMessageType, RecordClass, RecordType, ResponseCode, responseCodeName } from "../wire/record-type.ts";
import { isLater } from "../zone/serial.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { RecordList } from "./record-list.ts";
import { RecordReader, TransferError } from "./record-reader.ts";
import { SoaSource, type Soa } from "./record-source.ts";
import type { TransferLimits } from "./transfer-limits.ts";
import type { ZoneDifference } from "./zone-difference.ts";

export type TransferResult =
  | { readonly kind: "zone"; readonly data: ZoneData }
  | { readonly kind: "differences"; readonly differences: readonly ZoneDifference[] }
  /** The primary has nothing newer; `serial` is what it has. */
  | { readonly kind: "current"; readonly serial: number };

export interface TransferRequest {
  readonly id: number;
  /** Lower case. */
  readonly apex: Uint8Array;
  /** Serial that is there already: IXFR. Null: AXFR. */
  readonly serial: number | null;
  readonly limits: TransferLimits;
}

/** What the next record can be. */
type Phase = "first" | "second" | "zone" | "built" | "deleted" | "added" | "done";

/** Records between two pauses, and what one may need without a table growing meanwhile. */
const FEW = 128;
const DATA = 128;

export class IncomingTransfer {
  /** Set when the answer is whole. */
  result: TransferResult | null = null;
  records = 0;
  bytes = 0;
  messages = 0;
  /** Records whose owner lies outside the zone: they are left out, as BIND, NSD and Knot do. */
  ignored = 0;
  /** Owner of the first of them. */
  firstIgnored = "";
  readonly #request: TransferRequest;
  readonly #reader = new RecordReader();
  #phase: Phase = "first";
  /** The SOA that the answer begins and ends with. */
  #newest: Soa | null = null;
  #builder: ZoneBuilder | null = null;
  readonly #differences: ZoneDifference[] = [];
  #from: Soa | null = null;
  #to: Soa | null = null;
  #deleted = new RecordList();
  #added = new RecordList();

  constructor(request: TransferRequest) {
    this.#request = request;
  }

  /**
   * Takes a message whose signature has been verified. True: the answer is whole.
   * @throws TransferError when it cannot be part of a transfer that was asked for, or a limit is passed.
   */
  *take(message: Uint8Array): Slices<boolean> {
    const { limits } = this.#request;
    this.bytes += message.length;
    if (this.bytes > limits.bytes) throw new TransferError(`the transfer is larger than ${limits.bytes} bytes`);
    this.#checkHead(message);
    this.messages++;
    const reader = this.#reader;
    const before = this.records;
    while (reader.next()) {
      if (this.records % FEW === 0) {
        yield;
        if (this.#builder !== null) yield* this.#builder.reserve(FEW, FEW * DATA);
      }
      if (++this.records > limits.records) throw new TransferError(`the zone has more than ${limits.records} records`);
      this.#record(reader);
    }
    // An endless stream of empty messages is none either.
    if (this.records === before) throw new TransferError("a message has no answers");
    if (this.#phase === "second" && this.#isCurrent()) {
      this.#phase = "done";
      this.result = { kind: "current", serial: this.#newest!.serial };
    }
    if (this.#phase === "built") this.#done({ kind: "zone", data: yield* this.#builder!.build() });
    return this.#phase === "done";
  }

  #checkHead(message: Uint8Array): void {
    const { apex, id, serial } = this.#request;
    const reader = this.#reader;
    reader.open(message);
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const flags = view.getUint16(2);
    if (view.getUint16(0) !== id) throw new TransferError("a message has another id");
    if ((flags & Flag.QR) === 0 || ((flags >> 11) & 15) !== 0) throw new TransferError("a message is not an answer");
    const code = flags & 15;
    if (code !== ResponseCode.NOERROR) throw new TransferError(`the primary answers ${responseCodeName(code)}`);
    if ((flags & Flag.TC) !== 0) throw new TransferError("a message is truncated");
    // RFC 5936 §2.2.1: later messages may come without the question.
    if (reader.questionName.length === 0) {
      if (this.messages === 0 && serial === null) throw new TransferError("the first message has no question");
      return;
    }
    const type = serial === null ? RecordType.AXFR : RecordType.IXFR;
    const same = sameName(reader.questionName, apex) && reader.questionType === type;
    if (!same || reader.questionClass !== RecordClass.IN) throw new TransferError("a message has another question");
  }

  /** RFC 1995 §2: a single SOA that is not newer. Over TCP one that is newer is the beginning of more. */
  #isCurrent(): boolean {
    const { serial } = this.#request;
    return serial !== null && !isLater(this.#newest!.serial, serial);
  }

  #record(record: RecordReader): void {
    if (this.#phase === "done" || this.#phase === "built") throw new TransferError("records stand behind the last SOA");
    if (record.class !== RecordClass.IN) throw new TransferError("a record is of another class than the zone");
    if (isMessageType(record.type)) throw new TransferError(`a record is of type ${record.type}, which no zone has`);
    if (this.#phase !== "first" && this.#ignores(record)) return;
    if (record.type === RecordType.SOA) {
      if (!isApex(record, this.#request.apex)) throw new TransferError("an SOA is not the zone's");
      this.#soa(soaFrom(record));
      return;
    }
    switch (this.#phase) {
      case "first":
        throw new TransferError("the transfer does not begin with an SOA");
      case "second":
        this.#beginZone();
        this.#addToZone(record);
        break;
      case "zone":
        this.#addToZone(record);
        break;
      case "deleted":
        this.#deleted.add(record);
        break;
      default:
        this.#added.add(record);
    }
  }

  #ignores({ owner, ownerLength }: RecordReader): boolean {
    const name = owner.subarray(0, ownerLength);
    if (isAtOrBelow(name, this.#request.apex)) return false;
    if (this.ignored++ === 0) this.firstIgnored = formatName(name);
    return true;
  }

  #soa(soa: Soa): void {
    const newest = this.#newest;
    switch (this.#phase) {
      case "first":
        this.#newest = soa;
        this.#phase = "second";
        break;
      case "second":
        // RFC 1995 §4: two SOAs at the beginning are differences, unless the zone has nothing else.
        if (this.#request.serial !== null && soa.serial !== newest!.serial) this.#beginDifference(soa);
        else {
          this.#beginZone();
          this.#endZone(soa);
        }
        break;
      case "zone":
        this.#endZone(soa);
        break;
      case "deleted":
        this.#to = soa;
        this.#phase = "added";
        break;
      default:
        this.#endDifference();
        if (this.#to!.serial !== newest!.serial) this.#beginDifference(soa);
        else if (soa.serial !== newest!.serial)
          throw new TransferError("the differences go on behind the newest serial");
        else this.#done({ kind: "differences", differences: this.#differences });
    }
  }

  #beginZone(): void {
    this.#phase = "zone";
    this.#builder = new ZoneBuilder(this.#request.apex, 1024);
    const soa = new SoaSource(this.#request.apex.slice(), this.#newest!);
    this.#addToZone(soa);
  }

  #addToZone(
    record: { owner: Uint8Array } & Pick<RecordReader, "ownerLength" | "type" | "ttl" | "data" | "dataEnd">,
  ): void {
    const { owner, ownerLength, type, ttl, data, dataEnd } = record;
    const problem = this.#builder!.add(owner, ownerLength, type, ttl, data, 0, dataEnd);
    if (problem !== "") throw new TransferError("the zone is too large");
  }

  #endZone(soa: Soa): void {
    if (soa.serial !== this.#newest!.serial) throw new TransferError("the last SOA has another serial than the first");
    this.#phase = "built";
  }

  #beginDifference(from: Soa): void {
    const expected = this.#differences.at(-1)?.to.serial ?? this.#request.serial;
    if (from.serial !== expected) {
      throw new TransferError(`a difference is from serial ${from.serial}, and ${expected} is what is there`);
    }
    this.#from = from;
    this.#deleted = new RecordList();
    this.#added = new RecordList();
    this.#phase = "deleted";
  }

  #endDifference(): void {
    const from = this.#from!;
    const to = this.#to!;
    if (!isLater(to.serial, from.serial)) throw new TransferError(`serial ${to.serial} does not follow ${from.serial}`);
    this.#differences.push({ from, to, deleted: this.#deleted, added: this.#added });
  }

  #done(result: TransferResult): void {
    this.result = result;
    this.#phase = "done";
  }
}

function isApex(record: RecordReader, apex: Uint8Array): boolean {
  return sameName(record.owner.subarray(0, record.ownerLength), apex);
}

function soaFrom(record: RecordReader): Soa {
  const data = record.data.slice(0, record.dataEnd);
  return { serial: new DataView(data.buffer).getUint32(data.length - 20), ttl: record.ttl, data };
}
