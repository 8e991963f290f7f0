/**
 * Finds the head and the end of one response in the bytes as they come, and counts its body. Made for looking at
 * single responses of a known server, not for forwarding: the strict codec of the edge is `http/h1`.
 */

const HEAD_END = Buffer.from("\r\n\r\n");
const MAX_HEAD = 256 * 1024;
const LINE_FEED = 0x0a;

type Body =
  | { kind: "length"; left: number }
  | { kind: "until-close" }
  | { kind: "chunk-line" | "chunk-end" | "trailers"; line: string }
  | { kind: "chunk-data"; left: number };

export class ResponseReader {
  readonly #bodyless: boolean;
  #head: Buffer = Buffer.alloc(0);
  #body: Body | null = null;
  status = 0;
  fields: Array<[string, string]> = [];
  bodyBytes = 0;
  done = false;

  /** The method of the request decides whether there is a body (RFC 9112 §6.3). */
  constructor(method: string) {
    this.#bodyless = method === "HEAD";
  }

  /** @throws Error when the bytes are no HTTP/1 response. */
  push(bytes: Buffer): void {
    let rest = bytes;
    while (!this.done && this.#body === null) {
      const behind = this.#readHead(rest);
      if (behind === null) return;
      rest = behind;
    }
    this.#readBody(rest);
  }

  /** The peer closed: was the response whole? */
  endOfInput(): boolean {
    if (this.#body?.kind === "until-close") this.done = true;
    return this.done;
  }

  /** Answers the bytes behind the head, or null while it is not whole. */
  #readHead(bytes: Buffer): Buffer | null {
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#head.length > MAX_HEAD) throw new Error(`the response's head is larger than ${MAX_HEAD} bytes`);
      return null;
    }
    const lines = this.#head.latin1Slice(0, end).split("\r\n");
    const rest = this.#head.subarray(end + HEAD_END.length);
    this.#head = Buffer.alloc(0);
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(lines[0]!);
    if (status === null) throw new Error("the answer is not an HTTP/1 response");
    this.status = Number(status[1]);
    this.fields = lines.slice(1).map(splitField);
    // An interim response comes before the final one; after 101 the connection speaks another protocol.
    if (this.status === 101) this.done = true;
    else if (this.status >= 200) this.#beginBody();
    return rest;
  }

  #beginBody(): void {
    if (this.#bodyless || this.status === 204 || this.status === 304) {
      this.done = true;
    } else if (/(^|,)\s*chunked\s*$/i.test(this.#field("transfer-encoding") ?? "")) {
      this.#body = { kind: "chunk-line", line: "" };
    } else if (this.#field("content-length") !== undefined) {
      this.#body = { kind: "length", left: Number(this.#field("content-length")) };
    } else {
      this.#body = { kind: "until-close" };
    }
  }

  #field(name: string): string | undefined {
    return this.fields.findLast(([given]) => given.toLowerCase() === name)?.[1];
  }

  #readBody(bytes: Buffer): void {
    let at = 0;
    for (;;) {
      const body = this.#body;
      if (this.done || body === null) return;
      if (body.kind === "until-close") {
        this.bodyBytes += bytes.length - at;
        return;
      }
      if (body.kind === "length" || body.kind === "chunk-data") {
        const taken = Math.min(body.left, bytes.length - at);
        body.left -= taken;
        this.bodyBytes += taken;
        at += taken;
        if (body.left > 0) return;
        if (body.kind === "length") this.done = true;
        else this.#body = { kind: "chunk-end", line: "" };
        continue;
      }
      if (at >= bytes.length) return;
      at = this.#readLine(body, bytes, at);
    }
  }

  /** One line of chunked framing, perhaps in parts; answers the offset behind what was read. */
  #readLine(body: { kind: "chunk-line" | "chunk-end" | "trailers"; line: string }, bytes: Buffer, at: number): number {
    const feed = bytes.indexOf(LINE_FEED, at);
    body.line += bytes.latin1Slice(at, feed < 0 ? bytes.length : feed);
    if (feed < 0) return bytes.length;
    const line = body.line.replace(/\r$/, "");
    body.line = "";
    if (body.kind === "chunk-end") {
      this.#body = { kind: "chunk-line", line: "" };
    } else if (body.kind === "trailers") {
      this.done = line === "";
    } else {
      const size = /^[0-9a-fA-F]{1,13}(?=$|[ \t;])/.exec(line);
      if (size === null) throw new Error("the response's chunked framing is broken");
      const left = Number.parseInt(size[0], 16);
      this.#body = left === 0 ? { kind: "trailers", line: "" } : { kind: "chunk-data", left };
    }
    return feed + 1;
  }
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}
