import { DnsQuery } from "../wire/query.ts";
import type { AnswerSource } from "./answer-source.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";
import type { DnsClient } from "./dns-client.ts";
import type { MessageHandler } from "./message-handler.ts";
import { UDP_SIZE } from "./packet-writer.ts";

/** The longest message there is. */
const MAX_MESSAGE = 65_535;

/** Writes the answer to a message into `out`, in at most `limit` bytes; answers its length, 0: none. */
export type Complete = (
  message: Uint8Array,
  answer: CompiledAnswer | null,
  out: Uint8Array,
  limit: number,
  client: DnsClient,
) => number;

/**
 * Questions whose answers come later. The responder names it as the handler of such a message, so that it waits as a
 * transfer does: whoever listens bounds how many wait, and the memory of each is given back with its answer.
 */
export class DeferredAnswers implements MessageHandler {
  readonly answersOnce = true;
  readonly #source: AnswerSource;
  readonly #complete: Complete;

  constructor(source: AnswerSource, complete: Complete) {
    this.#source = source;
    this.#complete = complete;
  }

  /** It is named by who knows that the answer comes later. */
  handles(): boolean {
    return false;
  }

  async handle(
    message: Uint8Array,
    client: DnsClient,
    send: (message: Uint8Array) => boolean | Promise<void>,
  ): Promise<void> {
    const query = new DnsQuery();
    query.read(message, 0, message.length);
    const answer = await new Promise<CompiledAnswer | null>((resolve) => {
      this.#source.answerLater!(query, client, resolve);
    });
    const limit = client.transport === "udp" ? UDP_SIZE : MAX_MESSAGE;
    const out = new Uint8Array(limit);
    const length = this.#complete(message, answer, out, limit, client);
    if (length > 0) await send(out.subarray(0, length));
  }
}
