/** The client's side of HTTP/1.1: reads replies in order and compares each with what must come. */
import type { Exchange } from "./requests.ts";

type Waiting = "head" | "length" | "chunk-line" | "chunk" | "chunk-end" | "trailers" | "end";

export class ResponseReader {
  /** What must come, in order. */
  readonly expected: Exchange[] = [];
  /** Bytes that came. */
  received = 0;
  /** Lawful 502s. */
  failures = 0;
  /** The last reply announced that the connection closes. */
  closing = false;
  readonly #onComplete: (exchange: Exchange) => void;
  #pending: Buffer = Buffer.alloc(0);
  #waiting: Waiting = "head";
  #left = 0;
  /** Bytes of the reply's body that came. */
  #at = 0;
  /** The reply's status is another than expected, and lawful: its body is not compared. */
  #failed = false;
  #lastHead = "";

  constructor(onComplete: (exchange: Exchange) => void) {
    this.#onComplete = onComplete;
  }

  /** The head of the reply that is under way has come. */
  get begun(): boolean {
    return this.#waiting !== "head";
  }

  /** For a report. */
  get state(): string {
    return `after ${excerpt(this.#lastHead)}: ${this.#waiting}, ${this.#at} bytes of the body came, ${this.#left} wanted, ${this.#pending.length} pending`;
  }

  /** @throws with what is wrong. */
  read(fresh: Buffer): void {
    this.received += fresh.length;
    let bytes = this.#pending.length === 0 ? fresh : Buffer.concat([this.#pending, fresh]);
    for (;;) {
      const used = this.#step(bytes);
      if (used < 0) break;
      bytes = bytes.subarray(used);
    }
    this.#pending = bytes;
  }

  /** The edge sent FIN. Answers whether that completed a reply that had no other end. */
  end(): void {
    if (this.#waiting === "end") this.#complete();
  }

  #step(bytes: Buffer): number {
    switch (this.#waiting) {
      case "head": {
        if (bytes.length > 0 && this.expected.length === 0) {
          throw new Error(`a reply to nothing: ${excerpt(bytes.latin1Slice(0, EXCERPT))}`);
        }
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0) return -1;
        this.#head(bytes.latin1Slice(0, end + 2));
        return end + 4;
      }
      case "length":
      case "chunk":
      case "end": {
        if (bytes.length === 0) return -1;
        const taken = bytes.subarray(0, this.#left);
        this.#body(taken);
        this.#left -= taken.length;
        if (this.#left === 0) {
          if (this.#waiting === "length") this.#complete();
          else this.#waiting = "chunk-end";
        }
        return taken.length;
      }
      case "chunk-line": {
        const end = bytes.indexOf("\r\n");
        if (end < 0) return -1;
        const line = bytes.latin1Slice(0, end);
        if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`no chunk size: ${excerpt(line)}`);
        this.#left = Number.parseInt(line, 16);
        this.#waiting = this.#left === 0 ? "trailers" : "chunk";
        return end + 2;
      }
      case "chunk-end": {
        if (bytes.length < 2) return -1;
        if (bytes.latin1Slice(0, 2) !== "\r\n") throw new Error("no CRLF behind a chunk");
        this.#waiting = "chunk-line";
        return 2;
      }
      case "trailers": {
        const end = bytes.indexOf("\r\n");
        if (end < 0) return -1;
        if (end === 0) this.#complete();
        return end + 2;
      }
    }
  }

  #head(head: string): void {
    const exchange = this.expected[0]!;
    this.#lastHead = head;
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    this.#failed = exchange.mayFail && status === 502 && /\r\nproxy-status:.*upstream-closed/i.test(head);
    if (status !== exchange.status && !this.#failed)
      throw new Error(`status ${status} instead of ${exchange.status}: ${excerpt(head)}`);
    if (this.#failed) this.failures++;
    const seed = /\r\nx-seed: (\d+)\r\n/i.exec(head)?.[1];
    if (exchange.proxied && !this.#failed && Number(seed) !== exchange.seed) {
      throw new Error(`the reply to ${seed} instead of ${exchange.seed}`);
    }
    this.closing = /\r\nconnection: close\r\n/i.test(head);
    if (exchange.closes && !this.closing) throw new Error(`no "Connection: close": ${excerpt(head)}`);
    this.#at = 0;
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
    if (exchange.bodyless) this.#complete();
    else if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
      if (length !== undefined) throw new Error(`both framings: ${excerpt(head)}`);
      this.#waiting = "chunk-line";
    } else if (length !== undefined) {
      this.#left = Number(length);
      this.#waiting = "length";
      if (this.#left === 0) this.#complete();
    } else {
      this.#left = Infinity;
      this.#waiting = "end";
    }
  }

  #body(bytes: Buffer): void {
    const { body, name } = this.expected[0]!;
    const at = this.#at;
    this.#at += bytes.length;
    if (this.#failed) return;
    if (this.#at > body.length) throw new Error(`${name}: more than ${body.length} bytes`);
    if (body.compare(bytes, 0, bytes.length, at, this.#at) !== 0) {
      throw new Error(`${name}: the body differs between ${at} and ${this.#at} of ${body.length}`);
    }
  }

  #complete(): void {
    const exchange = this.expected.shift()!;
    if (exchange.truncated && !this.#failed) throw new Error(`${exchange.name}: a body that was cut looks whole`);
    if (this.#at !== exchange.body.length && !this.#failed) {
      throw new Error(`${exchange.name}: ${this.#at} bytes instead of ${exchange.body.length}`);
    }
    this.#waiting = "head";
    this.#onComplete(exchange);
  }
}

const EXCERPT = 200;

function excerpt(text: string): string {
  return JSON.stringify(text.slice(0, EXCERPT));
}
