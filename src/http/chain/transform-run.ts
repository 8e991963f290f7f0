import type { BodyOutput, BodyTransform } from "../../contract/body-transform.ts";

/** What comes out of a transform, and what it asks for. */
export interface TransformReceiver {
  onBytes(bytes: Buffer): void;
  onEnd(): void;
  onFailure(detail: string): void;
  /** What it was given leaves. False: it takes no more for now. */
  flushNext(): boolean;
  /** The source of the body may go on. */
  onDemand(): void;
}

/** One transform at work on one body, in either direction: who is full, who waits for whom, and its single end. */
export class TransformRun implements BodyOutput {
  readonly #receiver: TransformReceiver;
  #transform: BodyTransform | null = null;
  /** The source is on the stack: it flushes when it returns. */
  #fed = false;
  #full = false;
  /** The source's body is whole. */
  #fedAll = false;
  #over = false;

  constructor(receiver: TransformReceiver) {
    this.#receiver = receiver;
  }

  begin(transform: BodyTransform): void {
    this.#transform = transform;
  }

  // ---- from the source

  feed(bytes: Buffer, start: number, end: number): void {
    if (this.#over || this.#fedAll) return;
    this.#fed = true;
    this.#transform!.write(bytes, start, end);
    this.#fed = false;
  }

  feedEnd(): void {
    if (this.#over || this.#fedAll) return;
    this.#fedAll = true;
    this.#transform!.end();
    // What is still to come comes by itself; what is there leaves now.
    if (!this.#over) this.#full = !this.#receiver.flushNext();
  }

  /** What came out leaves. False: the source must stop until `onDemand`. */
  flush(): boolean {
    this.#full = !this.#receiver.flushNext();
    return !this.#full && !this.#transform!.full;
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#transform?.cancel();
  }

  // ---- from the receiver

  onWritable(): void {
    if (this.#over) return;
    this.#full = false;
    this.#transform!.onOutputWritable();
    this.resume();
  }

  // ---- BodyOutput

  get full(): boolean {
    return this.#full;
  }

  write(bytes: Uint8Array): void {
    if (this.#over || bytes.length === 0) return;
    this.#receiver.onBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    if (!this.#fed) this.#full = !this.#receiver.flushNext();
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#receiver.onEnd();
  }

  fail(detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#receiver.onFailure(detail);
  }

  resume(): void {
    if (!this.#over && !this.#fedAll && !this.#full && !this.#transform!.full) this.#receiver.onDemand();
  }
}
