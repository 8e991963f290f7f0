import type { BodyOutput, BodyTransform } from "../../contract/body-transform.ts";
import type { Exchange } from "../../contract/exchange.ts";
import type { RequestBodyLinks } from "../../contract/body-links.ts";
import type { FieldLines } from "../../contract/field-lines.ts";
import type { RequestBodySink } from "../../contract/request-body.ts";
import { TransformRun, type TransformReceiver } from "./transform-run.ts";

/** Changes of a request's body between the client and whoever consumes it, in order. */
export class RequestTransforms implements RequestBodyLinks {
  readonly #exchange: Exchange;
  readonly #links: RequestTransform[] = [];

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Adds what `make` answers, if anything. False: nothing was added. */
  add(make: (output: BodyOutput) => BodyTransform | null): boolean {
    const before = this.#links.at(-1) ?? null;
    const link = new RequestTransform(this.#exchange, before);
    const transform = make(link.output);
    if (transform === null) return false;
    link.begin(transform);
    if (before !== null) before.next = link;
    this.#links.push(link);
    return true;
  }

  connect(sink: RequestBodySink): RequestBodySink {
    this.#links.at(-1)!.next = sink;
    return this.#links[0]!;
  }

  onWritable(): void {
    this.#links.at(-1)!.onWritable();
  }

  cancel(): void {
    for (const link of this.#links) link.cancel();
  }
}

class RequestTransform implements RequestBodySink, TransformReceiver {
  /** Null until somebody consumes the body: nothing is fed before. */
  next: RequestBodySink | null = null;
  readonly #run: TransformRun = new TransformRun(this);
  readonly #exchange: Exchange;
  /** The transform before this one; null: the client feeds it. */
  readonly #before: RequestTransform | null;
  #trailers: FieldLines | null = null;

  constructor(exchange: Exchange, before: RequestTransform | null) {
    this.#exchange = exchange;
    this.#before = before;
  }

  get output(): BodyOutput {
    return this.#run;
  }

  begin(transform: BodyTransform): void {
    this.#run.begin(transform);
  }

  onWritable(): void {
    this.#run.onWritable();
  }

  cancel(): void {
    this.#run.cancel();
  }

  // ---- RequestBodySink

  onBody(bytes: Buffer, start: number, end: number): void {
    this.#run.feed(bytes, start, end);
  }

  onBodyTrailers(lines: FieldLines): void {
    this.#trailers = lines;
  }

  onBodyEnd(): void {
    this.#run.feedEnd();
  }

  flush(): boolean {
    return this.#run.flush();
  }

  // ---- TransformReceiver

  onBytes(bytes: Buffer): void {
    this.next?.onBody(bytes, 0, bytes.length, null);
  }

  flushNext(): boolean {
    return this.next === null || this.next.flush();
  }

  onEnd(): void {
    if (this.#trailers !== null) this.next?.onBodyTrailers(this.#trailers);
    this.next?.onBodyEnd();
  }

  onFailure(detail: string): void {
    this.#exchange.fail("policy-failed", detail);
  }

  onDemand(): void {
    if (this.#before !== null) this.#before.onWritable();
    else this.#exchange.body.resume();
  }
}
