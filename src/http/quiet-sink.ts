import { BodyLength } from "../contract/body-length.ts";
import type { Exchange, ReplySink } from "../contract/exchange.ts";
import type { FieldEdits } from "../contract/field-edits.ts";
import type { FieldLines } from "../contract/field-lines.ts";
import type { ResponseHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import { isBodyless } from "./status.ts";

/**
 * The sink of an exchange without a client: nothing is kept but how the reply went. It takes everything at once and
 * holds to the rules of every sink.
 */
export class QuietSink implements ReplySink {
  begun = false;
  /** Of the final reply; 0 = it has not begun. */
  status = 0;
  /** Bytes of the body that a client would have got. */
  received = 0;
  /** `clean`: the reply is whole; `aborted`: it never will be. */
  ending: "open" | "clean" | "aborted" = "open";
  /** Set as soon as there is one: what is asked decides whether a reply has a body. */
  exchange: Exchange | null = null;
  #length: BodyLength = BodyLength.unknown;
  #bodyless = false;

  interim(_head: ResponseHead): void {}

  begin(head: ResponseHead, _edits: FieldEdits | null, length: BodyLength): void {
    if (this.ending !== "open") return;
    if (this.begun) {
      this.abort();
      return;
    }
    this.begun = true;
    this.status = head.status;
    this.#bodyless = isBodyless(head.status, this.exchange?.method === Method.HEAD);
    this.#length = length === BodyLength.none ? 0 : length;
  }

  data(_bytes: Buffer, start: number, end: number): void {
    if (this.#bodyless || this.ending !== "open") return;
    if (this.#length >= 0 && this.received + end - start > this.#length) this.abort();
    else this.received += end - start;
  }

  trailers(_lines: FieldLines): void {}

  flush(): boolean {
    return true;
  }

  end(): void {
    if (this.ending !== "open") return;
    const short = !this.#bodyless && this.received < this.#length;
    this.ending = short ? "aborted" : "clean";
  }

  abort(): void {
    if (this.ending === "open") this.ending = "aborted";
  }

  switchProtocols(head: ResponseHead, _edits: FieldEdits | null): void {
    if (this.begun || this.ending !== "open") return;
    this.begun = true;
    this.status = head.status;
    this.#length = BodyLength.unknown;
  }
}
