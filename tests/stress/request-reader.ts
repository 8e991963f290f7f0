/** The origin's side of HTTP/1.1: strict, since what comes was written by the edge. */
import { content } from "../e2e/support/content.ts";

export interface OriginRequest {
  readonly method: string;
  /** First segment of the path. */
  readonly kind: string;
  readonly seed: number;
  /** Of the body that the path is about: the response's, or an upload's. */
  readonly length: number;
  received: number;
  /** All of it came. */
  complete: boolean;
  /** "ok", or where the body differed from the seed's content. */
  verdict: string;
  answered: boolean;
}

type Waiting = "head" | "length" | "chunk-line" | "chunk" | "chunk-end" | "trailers";

export class RequestReader {
  readonly #onHead: (request: OriginRequest) => void;
  readonly #onComplete: (request: OriginRequest) => void;
  #pending: Buffer = Buffer.alloc(0);
  #waiting: Waiting = "head";
  #left = 0;
  #request: OriginRequest | null = null;

  constructor(onHead: (request: OriginRequest) => void, onComplete: (request: OriginRequest) => void) {
    this.#onHead = onHead;
    this.#onComplete = onComplete;
  }

  /** Answers what is wrong with the bytes, or null. */
  read(fresh: Buffer): string | null {
    let bytes = this.#pending.length === 0 ? fresh : Buffer.concat([this.#pending, fresh]);
    try {
      for (;;) {
        const used = this.#step(bytes);
        if (used < 0) break;
        bytes = bytes.subarray(used);
      }
    } catch (error) {
      return `${error instanceof Error ? error.message : String(error)} in ${JSON.stringify(bytes.latin1Slice(0, 200))}`;
    }
    this.#pending = bytes;
    return null;
  }

  /** Answers how many bytes were used; -1: more are needed. */
  #step(bytes: Buffer): number {
    switch (this.#waiting) {
      case "head": {
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0) return -1;
        this.#head(bytes.latin1Slice(0, end + 2));
        return end + 4;
      }
      case "length":
      case "chunk": {
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
        if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`no chunk size: ${line}`);
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
    const [, method = "", kind = "", seed = "", length = ""] =
      /^(\w+) \/([\w-]+)\/(\d+)\/(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    if (method === "") throw new Error("no request line");
    const request = {
      method,
      kind,
      seed: Number(seed),
      length: Number(length),
      received: 0,
      complete: false,
      verdict: "ok",
      answered: false,
    };
    this.#request = request;
    const contentLength = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
    this.#left = Number(contentLength ?? 0);
    if (/\r\ntransfer-encoding: *chunked\r\n/i.test(head)) {
      if (contentLength !== undefined) throw new Error("both framings");
      this.#waiting = "chunk-line";
    } else {
      this.#waiting = "length";
    }
    this.#onHead(request);
    if (this.#waiting === "length" && this.#left === 0) this.#complete();
  }

  #body(bytes: Buffer): void {
    const request = this.#request!;
    const start = request.received;
    request.received += bytes.length;
    if (request.verdict !== "ok") return;
    if (request.received > request.length) request.verdict = `more than ${request.length} bytes`;
    else if (!content(request.seed, request.length).subarray(start, request.received).equals(bytes)) {
      request.verdict = `different between ${start} and ${request.received}`;
    }
  }

  #complete(): void {
    const request = this.#request!;
    this.#waiting = "head";
    request.complete = true;
    this.#onComplete(request);
  }
}
