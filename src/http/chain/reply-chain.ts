import type { BodyLength } from "../../contract/body-length.ts";
import type { BodyOutput, BodyTransform } from "../../contract/body-transform.ts";
import type { Exchange } from "../../contract/exchange.ts";
import type { BodyLinks } from "../../contract/body-links.ts";
import type { FieldEdits } from "../../contract/field-edits.ts";
import type { ResponseHead } from "../../contract/head.ts";
import type { ReplyListener, ReplySink } from "../../contract/reply-sink.ts";
import { ReplyTee } from "./reply-tee.ts";
import { ReplyTransform } from "./reply-transform.ts";

/**
 * What stands between the producer of a reply and the client: changes of the body and listeners, in the order in which
 * the reply meets them. A reply without any has no chain.
 */
export class ReplyChain implements BodyLinks {
  readonly #exchange: Exchange;
  readonly #transforms: ReplyTransform[] = [];
  /** Wired from the last to the first. */
  readonly #links: Array<(next: ReplySink) => ReplySink> = [];
  #tee: ReplyTee | null = null;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Adds what `make` answers, if anything. */
  transform(make: (output: BodyOutput) => BodyTransform | null): void {
    const before = this.#transforms.at(-1) ?? null;
    const link = new ReplyTransform(this.#exchange, before);
    const transform = make(link.output);
    if (transform === null) return;
    this.#transforms.push(link);
    this.#links.push((next) => link.connect(transform, next));
  }

  /** Tells the listeners of the head, and later of what follows it. */
  listen(listeners: readonly ReplyListener[], head: ResponseHead, edits: FieldEdits, length: BodyLength): void {
    const tee = new ReplyTee(listeners);
    this.#tee = tee;
    for (const listener of listeners) listener.begin(head, edits, length);
    this.#links.push((next) => tee.connect(next));
  }

  /** From here on the exchange's reply goes through the links. */
  connect(): void {
    const exchange = this.#exchange;
    exchange.reply = this.#links.reduceRight<ReplySink>((next, link) => link(next), exchange.sink);
    exchange.replyLinks = this.#transforms.length === 0 ? null : this;
  }

  onWritable(): void {
    this.#transforms.at(-1)?.onWritable();
  }

  cancel(): void {
    for (const transform of this.#transforms) transform.cancel();
    this.#tee?.cancel();
  }
}
