/** The dialogue with a primary: its serial, then differences or the whole zone, over one connection if it can be. */
import { inSlices } from "../../time/slices.ts";
import { randomInt } from "node:crypto";
import { isLater } from "../zone/serial.ts";
import { sameName } from "../wire/name.ts";
import { type DnsRecord, writeMessage } from "../wire/message.ts";
import { Flag, RecordClass, RecordType, ResponseCode, responseCodeName } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { applyDifferences } from "./apply-differences.ts";
import { IncomingTransfer, type TransferResult } from "./incoming-transfer.ts";
import type { TransferLimits } from "./transfer-limits.ts";
import type { Dial, MessageStream, Primary } from "./message-stream.ts";
import { RecordReader, TransferError } from "./record-reader.ts";
import { soaOf } from "./record-source.ts";
import { TsigAnswers } from "./tsig-answers.ts";
import { TsigSigner } from "./tsig-signer.ts";
import { errorMessage } from "../../error-message.ts";

export interface AskOptions {
  readonly dial: Dial;
  /** Lower case. */
  readonly apex: Uint8Array;
  /** What is there; null: nothing, or nothing that counts any more. */
  readonly current: ZoneData | null;
  readonly limits: TransferLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes a newer zone; answers "" or why it will not have it. */
  readonly accept: (zone: ZoneData) => string | Promise<string>;
  /** Ends the dialogue at once; the reason is an error that says why. What has been accepted by then stays so. */
  readonly signal: AbortSignal;
}

export interface Asked {
  /** The newer zone; null when the primary has none. */
  readonly zone: ZoneData | null;
  /** What the primary has. */
  readonly serial: number;
  readonly how: "current" | "AXFR" | "IXFR";
  readonly records: number;
  readonly bytes: number;
  /** Records that were left out because they lie outside the zone, and the owner of the first. */
  readonly ignored: number;
  readonly firstIgnored: string;
  /** Why the differences that the primary sent were of no use; empty when they were, or when none were asked for. */
  readonly fallback: string;
}

/** The primary has nothing newer. */
const NOTHING = {
  zone: null,
  how: "current",
  records: 0,
  bytes: 0,
  ignored: 0,
  firstIgnored: "",
  fallback: "",
} as const;

/**
 * The zone has been accepted when there is one in the answer.
 * @throws TransferError when the primary cannot be reached, refuses, or sends what is no transfer, or no usable zone.
 */
export async function askPrimary(primary: Primary, options: AskOptions): Promise<Asked> {
  const { current, signal } = options;
  const line = new PrimaryLine(primary, options);
  const abort = (): void => line.close();
  signal.addEventListener("abort", abort);
  try {
    if (current === null) return await whole(line, options);
    const serial = await line.serial();
    if (!isLater(serial, current.serial)) return { ...NOTHING, serial };
    try {
      return await differences(line, options, current, serial);
    } catch (error) {
      if (!(error instanceof TransferError) || signal.aborted) throw error;
      // Whatever is wrong with IXFR (not implemented, not fitting, cut off), the whole zone may still come.
      line.close();
      return { ...(await whole(line, options)), fallback: error.message };
    }
  } catch (error) {
    // A connection that was closed from here says no more than that.
    refuseIfStopped(signal);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    line.close();
  }
}

async function whole(line: PrimaryLine, options: AskOptions): Promise<Asked> {
  const transfer = await line.transfer(null);
  const result = transfer.result!;
  if (result.kind !== "zone") throw new TransferError("the answer to AXFR is not a zone");
  return { ...(await accepted(result.data, transfer, options)), how: "AXFR" };
}

async function differences(line: PrimaryLine, options: AskOptions, current: ZoneData, newest: number): Promise<Asked> {
  const transfer = await line.transfer(current);
  const answer: TransferResult = transfer.result!;
  switch (answer.kind) {
    case "current":
      throw new TransferError(`the answer to IXFR has serial ${answer.serial}, and the one to SOA ${newest}`);
    case "zone":
      return { ...(await accepted(answer.data, transfer, options)), how: "AXFR" };
    case "differences": {
      const zone = await inSlices(applyDifferences(current, answer.differences));
      return { ...(await accepted(zone, transfer, options)), how: "IXFR" };
    }
  }
}

async function accepted(
  zone: ZoneData,
  { records, bytes, ignored, firstIgnored }: IncomingTransfer,
  { current, accept, signal }: AskOptions,
): Promise<Omit<Asked, "how">> {
  const { serial } = zone;
  if (current !== null && !isLater(serial, current.serial)) throw new TransferError(`serial ${serial} is not newer`);
  refuseIfStopped(signal);
  const problem = await accept(zone);
  if (problem !== "") throw new TransferError(`the zone is not usable: ${problem}`);
  return { zone, serial, records, bytes, ignored, firstIgnored, fallback: "" };
}

/** One connection to a primary, made when it is needed, and again after `close`. */
class PrimaryLine {
  readonly #primary: Primary;
  readonly #options: AskOptions;
  #stream: MessageStream | null = null;

  constructor(primary: Primary, options: AskOptions) {
    this.#primary = primary;
    this.#options = options;
  }

  close(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  async serial(): Promise<number> {
    const { apex } = this.#options;
    const { id, receive } = await this.#ask(RecordType.SOA, []);
    const message = await receive();
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const reader = new RecordReader();
    reader.open(message);
    const flags = view.getUint16(2);
    const code = flags & 15;
    if (view.getUint16(0) !== id || (flags & Flag.QR) === 0) throw new TransferError("a message is not an answer");
    if (code !== ResponseCode.NOERROR) throw new TransferError(`the primary answers ${responseCodeName(code)}`);
    if ((flags & Flag.AA) === 0) throw new TransferError("the primary is not authoritative for the zone");
    while (reader.next()) {
      if (reader.type !== RecordType.SOA || reader.class !== RecordClass.IN) continue;
      if (!sameName(reader.owner.subarray(0, reader.ownerLength), apex)) continue;
      return new DataView(reader.data.buffer, reader.data.byteOffset).getUint32(reader.dataEnd - 20);
    }
    throw new TransferError("the primary's answer has no SOA");
  }

  /** IXFR from `current`, or AXFR. */
  async transfer(current: ZoneData | null): Promise<IncomingTransfer> {
    const { apex, limits } = this.#options;
    const soa =
      current === null ? [] : [{ name: apex, type: RecordType.SOA, class: RecordClass.IN, ...soaOf(current) }];
    const { id, receive, answers } = await this.#ask(current === null ? RecordType.AXFR : RecordType.IXFR, soa);
    const transfer = new IncomingTransfer({ id, apex, serial: current?.serial ?? null, limits });
    while (!(await inSlices(transfer.take(await receive())))) {
      // The next message.
    }
    if (answers !== null && !answers.complete) throw new TransferError("the last message is not signed");
    return transfer;
  }

  async #ask(type: number, authority: readonly DnsRecord[]): Promise<Asking> {
    const { apex, now, signal } = this.#options;
    const { key } = this.#primary;
    refuseIfStopped(signal);
    this.#stream ??= await this.#options.dial(this.#primary);
    const stream = this.#stream;
    refuseIfStopped(signal);
    const id = randomInt(0x10000);
    const query = writeMessage({ id, flags: 0, questions: [{ name: apex, type, class: RecordClass.IN }], authority });
    const signer = key === null ? null : new TsigSigner(key);
    stream.send(signer === null ? query : signer.sign(query, seconds(now)));
    const answers = signer === null ? null : new TsigAnswers(signer.key, signer.mac);
    const receive = async (): Promise<Uint8Array> => {
      const message = await stream.receive();
      const problem = answers?.check(message, seconds(now)) ?? "";
      if (problem !== "") throw new TransferError(`the answer cannot be trusted: ${problem}`);
      return message;
    };
    return { id, receive, answers };
  }
}

interface Asking {
  readonly id: number;
  /** The next message of the answer, verified. */
  readonly receive: () => Promise<Uint8Array>;
  readonly answers: TsigAnswers | null;
}

function refuseIfStopped({ aborted, reason }: AbortSignal): void {
  if (aborted) throw new TransferError(errorMessage(reason));
}

function seconds(now: () => number): number {
  return Math.floor(now() / 1_000);
}
