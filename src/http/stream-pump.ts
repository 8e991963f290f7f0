import type { Env } from "../contract/env.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { ReplyProducer } from "../contract/reply-sink.ts";
import { Stamp } from "../contract/trace-record.ts";
import { errorMessage } from "../error-message.ts";

/** Bytes handed to the sink at once, so that one huge chunk of a stream does not have to be queued whole. */
const PIECE = 131_072;

/**
 * Sends a ReadableStream as the body of the exchange's reply, at the client's pace. Off the hot path: it waits by
 * promises. `length`: what Content-Length promised, -1 for no promise; a stream that breaks it is cut off by a reset.
 */
export function pumpStream(stream: ReadableStream<Uint8Array>, exchange: Exchange, length: number, env: Env): void {
  exchange.heldBy = "stream";
  const pump = new StreamPump(stream.getReader(), exchange, length, env);
  exchange.producer = pump;
  void pump.run();
}

class StreamPump implements ReplyProducer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #exchange: Exchange;
  readonly #env: Env;
  #writable: (() => void) | null = null;
  #cancelled = false;
  #started = false;
  #left: number;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, exchange: Exchange, length: number, env: Env) {
    this.#reader = reader;
    this.#exchange = exchange;
    this.#env = env;
    this.#left = length < 0 ? Infinity : length;
  }

  async run(): Promise<void> {
    const { reply, record } = this.#exchange;
    // The head leaves with the first bytes when they are there already, and without them when they take their time.
    setImmediate(() => {
      if (!this.#started && !this.#cancelled) reply.flush();
    });
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (this.#cancelled) return;
        this.#started = true;
        if (done) break;
        this.#left -= value.byteLength;
        if (this.#left < 0) throw new Error("the body is longer than its Content-Length");
        const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
        for (let at = 0; at < bytes.length; at += PIECE) {
          reply.data(bytes, at, Math.min(bytes.length, at + PIECE), null);
          if (!reply.flush()) await this.#untilWritable();
          if (this.#cancelled) return;
        }
      }
      if (this.#left !== Infinity && this.#left > 0) throw new Error("the body is shorter than its Content-Length");
      record.stamps[Stamp.lastByte] = this.#env.now();
      reply.end();
    } catch (error) {
      if (this.#cancelled) return;
      this.#exchange.fail("handler-failed", errorMessage(error));
    }
  }

  onSinkWritable(): void {
    const writable = this.#writable;
    this.#writable = null;
    writable?.();
  }

  cancel(): void {
    this.#cancelled = true;
    this.onSinkWritable();
    this.#reader.cancel().catch(() => {});
  }

  #untilWritable(): Promise<void> {
    return new Promise((resolve) => {
      this.#writable = resolve;
    });
  }
}
