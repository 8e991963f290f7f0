/** Sends records as the messages of one answer, each as full as it can be (RFC 5936 §2.2), as fast as they are taken. */
import { inSlices, type Slices } from "../../time/slices.ts";
import type { RecordSource } from "./record-source.ts";
import { MAX_MESSAGE, OPT_SIZE, TransferMessage } from "./transfer-message.ts";
import type { TsigSigner } from "./tsig-signer.ts";

/** False: the connection is gone. A promise resolves when the next message may be sent. */
export type SendMessage = (message: Uint8Array) => boolean | Promise<void>;

export interface TransferAnswer {
  readonly id: number;
  /** The header's second word. */
  readonly flags: number;
  /** As it stood in the request. */
  readonly question: Uint8Array;
  /** The request had an OPT record: the first message has one too (RFC 5936 §2.2.5). */
  readonly edns: boolean;
  /** In the order in which they are sent. */
  readonly parts: readonly RecordSource[];
  readonly signer: TsigSigner | null;
  /** Seconds since the epoch, for signatures. */
  readonly now: () => number;
}

export interface SentTransfer {
  readonly messages: number;
  readonly records: number;
  readonly bytes: number;
  /** False: the client went away, or a record is too large for any message. */
  readonly complete: boolean;
}

/** Records between two pauses in which others get their turn. */
const FEW = 64;

export async function sendTransfer(answer: TransferAnswer, send: SendMessage): Promise<SentTransfer> {
  const message = new TransferMessage(MAX_MESSAGE - (answer.signer?.room ?? 0) - (answer.edns ? OPT_SIZE : 0));
  const nothing = new Uint8Array(0);
  let messages = 0;
  let records = 0;
  let bytes = 0;
  /** Sends what there is; false when nobody takes it any more. */
  const flush = async (): Promise<boolean> => {
    records += message.count;
    let packet = message.finish(answer.edns && messages === 0);
    if (answer.signer !== null) packet = answer.signer.sign(packet, answer.now());
    bytes += packet.length;
    const taken = send(packet);
    if (taken === false) return false;
    if (taken !== true) await taken;
    messages++;
    message.begin(answer.id, answer.flags, nothing);
    return true;
  };
  message.begin(answer.id, answer.flags, answer.question);
  for (const part of answer.parts) {
    while (await inSlices(fill(message, part))) {
      const isTooLarge = message.count === 0;
      if (isTooLarge || !(await flush()) || !message.add(part)) return { messages, records, bytes, complete: false };
    }
  }
  const complete = message.count === 0 || (await flush());
  return { messages, records, bytes, complete };
}

/** Adds records until there are no more; true: the one that `part` stands at does not fit. */
function* fill(message: TransferMessage, part: RecordSource): Slices<boolean> {
  for (let count = 1; part.next(); count++) {
    if (!message.add(part)) return true;
    if (count % FEW === 0) yield;
  }
  return false;
}
