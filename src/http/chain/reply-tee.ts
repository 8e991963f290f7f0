import type { BodyLength } from "../../contract/body-length.ts";
import type { Exchange } from "../../contract/exchange.ts";
import type { FieldEdits } from "../../contract/field-edits.ts";
import type { FieldLines } from "../../contract/field-lines.ts";
import type { ResponseHead } from "../../contract/head.ts";
import type { ReplyListener, ReplySink } from "../../contract/reply-sink.ts";
import type { Transport } from "../../contract/transport.ts";

/** A reply that goes on as it is, and is told to listeners besides. */
export class ReplyTee implements ReplySink {
  #listeners: readonly ReplyListener[];
  #next: ReplySink | null = null;

  constructor(listeners: readonly ReplyListener[]) {
    this.#listeners = listeners;
  }

  connect(next: ReplySink): this {
    this.#next = next;
    return this;
  }

  get begun(): boolean {
    return this.#next!.begun;
  }

  interim(head: ResponseHead): void {
    this.#next!.interim(head);
  }

  begin(head: ResponseHead, edits: FieldEdits | null, length: BodyLength): void {
    this.#next!.begin(head, edits, length);
  }

  /** The listeners first: whoever writes the bytes may change the memory before them. */
  data(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    for (const listener of this.#listeners) listener.data(bytes, start, end);
    this.#next!.data(bytes, start, end, owner);
  }

  trailers(lines: FieldLines): void {
    for (const listener of this.#listeners) listener.trailers(lines);
    this.#next!.trailers(lines);
  }

  flush(): boolean {
    return this.#next!.flush();
  }

  end(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener.end();
    this.#next!.end();
  }

  abort(): void {
    this.cancel();
    this.#next!.abort();
  }

  switchProtocols(head: ResponseHead, edits: FieldEdits | null): void {
    this.cancel();
    this.#next!.switchProtocols(head, edits);
  }

  /** The reply will not be whole. */
  cancel(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener.abort();
  }
}

/** Those who were to listen to the reply hear that there is none for them. */
export function dismissListeners(exchange: Exchange): void {
  const { listeners } = exchange;
  if (listeners === null) return;
  exchange.listeners = null;
  for (const listener of listeners) listener.abort();
}
