/**
 * Answers what is more than a query: AXFR, IXFR, NOTIFY, and whatever is signed by TSIG. A signed query is answered like
 * any other, and the answer is signed.
 */
import { inSlices } from "../../time/slices.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import type { MessageHandler } from "../authority/message-handler.ts";
import { HEADER } from "../wire/message-cursor.ts";
import { DnsQuery, DROPPED, PLAIN_UDP } from "../wire/query.ts";
import { Flag, Opcode, RecordClass, RecordType, ResponseCode } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import type { AccessRules } from "./access-rules.ts";
import { RecordReader, TransferError } from "./record-reader.ts";
import type { RecordSource } from "./record-source.ts";
import { type SendMessage, sendTransfer, type SentTransfer } from "./send-transfer.ts";
import { MAX_MESSAGE, OPT_SIZE, TransferMessage } from "./transfer-message.ts";
import { incremental, soaAlone, wholeZone } from "./transfer-parts.ts";
import type { TsigKey, TsigKeyring } from "./tsig-key.ts";
import { notAuthorised, signRefusal, type TsigRequest, verifyRequest } from "./tsig-request.ts";
import { TsigError } from "./tsig-record.ts";
import { TsigSigner } from "./tsig-signer.ts";
import type { ZoneJournal } from "./zone-journal.ts";

/** What we send over UDP at most, like every other answer. */
const UDP_SIZE = 1_232;
/** A header, the longest question, OPT: this much there is room for whatever else must go in. */
const LEAST = 300;

/** What the server knows of a zone, by its apex (lower case). */
export interface TransferZones {
  /** The zone as it is served; `usable` false: expired, or never there. */
  served(apex: Uint8Array): { readonly data: ZoneData; readonly usable?: boolean } | null;
  /** Who may have it. */
  access(apex: Uint8Array): AccessRules | null;
  journal(apex: Uint8Array): ZoneJournal | null;
  /** A primary says that the zone has changed; answers the response code. `serial`: what it has now, when it says so. */
  notified(apex: Uint8Array, address: string, key: TsigKey | null, serial: number | null): number;
}

export interface TransferHandlerOptions {
  /** The keys as they are now. */
  readonly keys: () => TsigKeyring;
  readonly zones: TransferZones;
  /** `Responder.respond`: answers plain queries. */
  readonly respond: (
    bytes: Uint8Array,
    start: number,
    end: number,
    out: Uint8Array,
    at: number,
    limit: number,
    client: DnsClient,
  ) => number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Zones that are sent at the same time; further clients are told to come again (SERVFAIL). Default 32. */
  readonly transfers?: number;
  /** A transfer has ended. */
  readonly sent?: (apex: Uint8Array, address: string, transfer: SentTransfer) => void;
}

/** A request as it is being answered. */
interface Exchange {
  readonly id: number;
  readonly opcode: number;
  readonly question: Uint8Array;
  readonly apex: Uint8Array;
  readonly type: number;
  readonly edns: boolean;
  readonly udpSize: number;
  readonly client: DnsClient;
  readonly send: SendMessage;
  readonly key: TsigKey | null;
  readonly signer: TsigSigner | null;
}

export class TransferHandler implements MessageHandler {
  readonly #options: TransferHandlerOptions;
  readonly #query = new DnsQuery();
  #running = 0;

  constructor(options: TransferHandlerOptions) {
    this.#options = options;
  }

  handles(query: DnsQuery): boolean {
    if (query.tsigStart !== 0) return true;
    if (query.opcode === Opcode.NOTIFY) return true;
    return query.opcode === Opcode.QUERY && (query.type === RecordType.AXFR || query.type === RecordType.IXFR);
  }

  async handle(request: Uint8Array, client: DnsClient, send: SendMessage): Promise<void> {
    // Not as a Buffer, whose `slice` is no copy.
    const message = new Uint8Array(request.buffer, request.byteOffset, request.length);
    const query = this.#query;
    const code = query.read(message, 0, message.length);
    if (code === DROPPED) return;
    const keys = this.#options.keys();
    const signed = query.tsigStart === 0 ? null : verifyRequest(message, query.tsigStart, keys, this.#now());
    const exchange = begin(query, signed, client, send);
    if (signed !== null && !signed.valid) return this.#refuseSignature(exchange, signed);
    if (code !== ResponseCode.NOERROR) return this.#answer(exchange, code);
    if (
      signed !== null &&
      exchange.opcode !== Opcode.QUERY &&
      !keys.advance(signed.key, client.address, signed.record.time)
    ) {
      return this.#refuseSignature(exchange, replayed(signed));
    }
    if (exchange.opcode === Opcode.NOTIFY) return this.#notified(exchange, query.class, signed?.message ?? message);
    const isTransfer = exchange.type === RecordType.AXFR || exchange.type === RecordType.IXFR;
    if (exchange.opcode === Opcode.QUERY && isTransfer) {
      const serial = query.soaStart === 0 ? null : serialAt(signed?.message ?? message);
      return this.#transfer(exchange, query.class, serial);
    }
    return this.#respond(exchange, signed?.message ?? message);
  }

  /** Seconds. */
  #now(): number {
    return Math.floor((this.#options.now?.() ?? Date.now()) / 1_000);
  }

  // ---- transfers out

  async #transfer(exchange: Exchange, kind: number, serial: number | null): Promise<void> {
    const { zones } = this.#options;
    const { apex, client, key, type } = exchange;
    if (kind !== RecordClass.IN) return this.#answer(exchange, ResponseCode.NOTAUTH);
    const zone = zones.served(apex);
    const access = zones.access(apex);
    if (zone === null) return this.#answer(exchange, ResponseCode.NOTAUTH);
    if (access === null || !access.allows(client.address, key)) return this.#answer(exchange, ResponseCode.REFUSED);
    if (zone.usable === false) return this.#answer(exchange, ResponseCode.SERVFAIL);
    if (type === RecordType.IXFR && serial === null) return this.#answer(exchange, ResponseCode.FORMERR);
    const { data } = zone;
    if (client.transport === "udp") {
      // RFC 5936 §4.2: there is no AXFR over UDP.
      if (type === RecordType.AXFR) return this.#answer(exchange, ResponseCode.FORMERR);
      return this.#sendOne(exchange, data, await this.#incremental(data, serial!));
    }
    if (this.#running >= (this.#options.transfers ?? 32)) return this.#answer(exchange, ResponseCode.SERVFAIL);
    const { id, question, edns, signer, send } = exchange;
    const now = (): number => this.#now();
    const { address } = client;
    this.#running++;
    try {
      const parts = type === RecordType.AXFR ? wholeZone(data) : await this.#incremental(data, serial!);
      const sent = await sendTransfer({ id, flags: Flag.QR | Flag.AA, question, edns, parts, signer, now }, send);
      this.#options.sent?.(apex, address, sent);
      // The server ends the connection: half a zone must not look like a whole one.
      if (!sent.complete) throw new Error("a transfer could not be sent to its end");
    } finally {
      this.#running--;
    }
  }

  async #incremental(zone: ZoneData, serial: number): Promise<RecordSource[]> {
    const journal = this.#options.zones.journal(zone.apex);
    return incremental(zone, serial, journal === null ? null : await inSlices(journal.since(serial)));
  }

  /** RFC 1995 §2: over UDP all in one packet, or the SOA alone, which sends the client to TCP. */
  async #sendOne(exchange: Exchange, zone: ZoneData, parts: readonly RecordSource[]): Promise<void> {
    const { id, question, edns, udpSize, signer } = exchange;
    const room = Math.min(udpSize, UDP_SIZE) - (signer?.room ?? 0) - (edns ? OPT_SIZE : 0);
    const message = new TransferMessage(Math.max(room, LEAST));
    const fill = (sources: readonly RecordSource[]): boolean => {
      message.begin(id, Flag.QR | Flag.AA, question);
      for (const source of sources) while (source.next()) if (!message.add(source)) return false;
      return true;
    };
    if (!fill(parts)) fill(soaAlone(zone));
    await this.#send(exchange, message.finish(edns));
  }

  // ---- NOTIFY

  async #notified(exchange: Exchange, kind: number, message: Uint8Array): Promise<void> {
    const { apex, type, client, key } = exchange;
    if (kind !== RecordClass.IN || type !== RecordType.SOA) return this.#answer(exchange, ResponseCode.NOTIMP);
    return this.#answer(exchange, this.#options.zones.notified(apex, client.address, key, serialAt(message)));
  }

  // ---- plain queries that were signed

  async #respond(exchange: Exchange, message: Uint8Array): Promise<void> {
    const { client, udpSize, signer } = exchange;
    const most = client.transport === "udp" ? Math.min(udpSize, UDP_SIZE) : MAX_MESSAGE;
    const out = new Uint8Array(MAX_MESSAGE);
    const limit = Math.max(most - (signer?.room ?? 0), LEAST);
    const length = this.#options.respond(message, 0, message.length, out, 0, limit, client);
    if (length === 0) return;
    // A forwarder may have given the query another id than it was signed with (RFC 8945 §4.2, Original ID): that one waits.
    out[0] = exchange.id >> 8;
    out[1] = exchange.id & 0xff;
    await this.#send(exchange, out.subarray(0, length));
  }

  // ---- answers without records

  async #answer(exchange: Exchange, code: number): Promise<void> {
    await this.#send(exchange, emptyAnswer(exchange, code));
  }

  async #refuseSignature(exchange: Exchange, request: TsigRequest & { valid: false }): Promise<void> {
    await exchange.send(signRefusal(emptyAnswer(exchange, request.responseCode), request, this.#now()));
  }

  async #send({ signer, send }: Exchange, message: Uint8Array): Promise<void> {
    await send(signer === null ? message.slice() : signer.sign(message, this.#now()));
  }
}

function begin(query: DnsQuery, signed: TsigRequest | null, client: DnsClient, send: SendMessage): Exchange {
  const valid = signed !== null && signed.valid;
  const { address, port, transport } = client;
  return {
    id: query.id,
    opcode: query.opcode,
    question: query.packet.slice(HEADER, query.questionEnd),
    apex: query.name.slice(0, query.nameLength),
    type: query.type,
    edns: query.edns,
    udpSize: query.edns ? query.udpSize : PLAIN_UDP,
    // The server uses its object again for the next packet.
    client: { address, port, transport },
    send,
    key: valid ? signed.key : null,
    signer: valid ? new TsigSigner(signed.key, signed.record.mac) : null,
  };
}

function replayed(signed: TsigRequest & { valid: true }): TsigRequest & { valid: false } {
  return notAuthorised(TsigError.BADTIME, signed.key, signed.record);
}

/** Codes above 15 stand in EDNS, which these answers can do without. */
function emptyAnswer({ id, opcode, question, edns }: Exchange, code: number): Uint8Array {
  const message = new TransferMessage();
  const authoritative = opcode === Opcode.NOTIFY && code === ResponseCode.NOERROR ? Flag.AA : 0;
  message.begin(id, Flag.QR | (opcode << 11) | authoritative | (code & 15), question);
  return message.finish(edns);
}

/** Serial of the first SOA among the records: of a NOTIFY's answer section or an IXFR's authority section; null without. */
function serialAt(message: Uint8Array): number | null {
  const reader = new RecordReader();
  try {
    reader.open(message);
    reader.includeAuthority();
    while (reader.next()) {
      if (reader.type !== RecordType.SOA) continue;
      return new DataView(reader.data.buffer, reader.data.byteOffset).getUint32(reader.dataEnd - 20);
    }
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
  }
  return null;
}
