import { BodyLength } from "../../contract/body-length.ts";
import type { BodyOutput, BodyTransform } from "../../contract/body-transform.ts";
import type { Exchange } from "../../contract/exchange.ts";
import type { FieldEdits } from "../../contract/field-edits.ts";
import type { FieldLines } from "../../contract/field-lines.ts";
import type { ResponseHead } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import type { ReplySink } from "../../contract/reply-sink.ts";
import { isBodyless } from "../status.ts";
import { TransformRun, type TransformReceiver } from "./transform-run.ts";

/** A link of the reply chain that gives the body to a transform, and passes on what that makes of it. */
export class ReplyTransform implements ReplySink, TransformReceiver {
  readonly #exchange: Exchange;
  /** The transform before this one; null: the producer feeds it. */
  readonly #before: ReplyTransform | null;
  readonly #run: TransformRun = new TransformRun(this);
  #next: ReplySink | null = null;
  #trailers: FieldLines | null = null;
  /** Bytes of the body that are still to come; Infinity: nobody knows. */
  #left = Infinity;

  constructor(exchange: Exchange, before: ReplyTransform | null) {
    this.#exchange = exchange;
    this.#before = before;
  }

  get output(): BodyOutput {
    return this.#run;
  }

  connect(transform: BodyTransform, next: ReplySink): this {
    this.#run.begin(transform);
    this.#next = next;
    return this;
  }

  // ---- ReplySink

  get begun(): boolean {
    return this.#next!.begun;
  }

  interim(head: ResponseHead): void {
    this.#next!.interim(head);
  }

  begin(head: ResponseHead, edits: FieldEdits | null, length: BodyLength): void {
    const bodyless = isBodyless(head.status, this.#exchange.method === Method.HEAD);
    this.#left = bodyless || length === BodyLength.unknown ? Infinity : Math.max(0, length);
    this.#next!.begin(head, edits, BodyLength.unknown);
  }

  data(bytes: Buffer, start: number, end: number): void {
    this.#left -= end - start;
    if (this.#left < 0) this.abort();
    else this.#run.feed(bytes, start, end);
  }

  trailers(lines: FieldLines): void {
    this.#trailers = lines;
  }

  flush(): boolean {
    return this.#run.flush();
  }

  /** Behind a transform nobody can tell that a body was cut short, so it is told here. */
  end(): void {
    if (this.#left > 0 && this.#left !== Infinity) this.abort();
    else this.#run.feedEnd();
  }

  abort(): void {
    this.#run.cancel();
    this.#next!.abort();
  }

  /** A tunnel has no body that could be changed: no chain with transforms is made for one. */
  switchProtocols(head: ResponseHead, edits: FieldEdits | null): void {
    this.#run.cancel();
    this.#next!.switchProtocols(head, edits);
  }

  // ---- from the client's side

  onWritable(): void {
    this.#run.onWritable();
  }

  cancel(): void {
    this.#run.cancel();
  }

  // ---- TransformReceiver

  onBytes(bytes: Buffer): void {
    this.#next!.data(bytes, 0, bytes.length, null);
  }

  flushNext(): boolean {
    return this.#next!.flush();
  }

  onEnd(): void {
    if (this.#trailers !== null) this.#next!.trailers(this.#trailers);
    this.#next!.end();
  }

  onFailure(detail: string): void {
    this.#exchange.fail("policy-failed", detail);
  }

  onDemand(): void {
    if (this.#before !== null) this.#before.onWritable();
    else this.#exchange.producer?.onSinkWritable();
  }
}
