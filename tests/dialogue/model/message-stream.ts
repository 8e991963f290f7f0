/** How the body of a message ends. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" }
  /** Whatever comes from here on is no message. */
  | { readonly kind: "tunnel" };

export interface MessageHandler {
  /** Names are in lower case; of repeated fields the last one counts. */
  onHead(startLine: string, fields: ReadonlyMap<string, string>): Framing;
  onBody(text: string): void;
  /** A line behind the last chunk. */
  onTrailer(line: string): void;
  /** The message is whole. */
  onEnd(): void;
}

type Waiting = "head" | "length" | "chunk-line" | "chunk" | "chunk-end" | "trailers" | "close" | "tunnel";

/** Reads HTTP/1.1 messages as the edge writes them, strictly and without its code. @throws Error at the first flaw. */
export class MessageStream {
  readonly #handler: MessageHandler;
  #pending = "";
  #waiting: Waiting = "head";
  #left = 0;

  constructor(handler: MessageHandler) {
    this.#handler = handler;
  }

  /** Part of a message has come. */
  get inside(): boolean {
    return this.#waiting !== "tunnel" && (this.#waiting !== "head" || this.#pending !== "");
  }

  /** A body is coming whose end is the connection's. */
  get untilClose(): boolean {
    return this.#waiting === "close";
  }

  read(text: string): void {
    this.#pending += text;
    while (this.#step());
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(taken.length);
    return taken;
  }

  /** The line without CRLF, or null while it is not whole. */
  #line(): string | null {
    const end = this.#pending.indexOf("\r\n");
    return end < 0 ? null : this.#take(end + 2).slice(0, -2);
  }

  /** False: more is needed. */
  #step(): boolean {
    if (this.#pending === "") return false;
    switch (this.#waiting) {
      case "head": {
        const end = this.#pending.indexOf("\r\n\r\n");
        if (end < 0) return false;
        this.#head(this.#take(end + 4).slice(0, -4));
        return true;
      }
      case "length":
      case "chunk": {
        const taken = this.#take(this.#left);
        this.#left -= taken.length;
        this.#handler.onBody(taken);
        if (this.#left > 0) return false;
        if (this.#waiting === "chunk") this.#waiting = "chunk-end";
        else this.#end();
        return true;
      }
      case "chunk-line": {
        const line = this.#line();
        if (line === null) return false;
        if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`no chunk size: ${JSON.stringify(line)}`);
        this.#left = Number.parseInt(line, 16);
        this.#waiting = this.#left === 0 ? "trailers" : "chunk";
        return true;
      }
      case "chunk-end": {
        if (this.#pending.length < 2) return false;
        if (this.#take(2) !== "\r\n") throw new Error("no CRLF behind a chunk");
        this.#waiting = "chunk-line";
        return true;
      }
      case "trailers": {
        const line = this.#line();
        if (line === "") this.#end();
        else if (line !== null) this.#handler.onTrailer(line);
        return line !== null;
      }
      case "close":
      case "tunnel":
        this.#handler.onBody(this.#take(this.#pending.length));
        return false;
    }
  }

  #head(head: string): void {
    const [startLine = "", ...lines] = head.split("\r\n");
    const fields = new Map<string, string>();
    for (const line of lines) {
      const [, name = "", value = ""] = /^([!-9;-~]+): ?(.*)$/.exec(line) ?? [];
      if (name === "") throw new Error(`no field: ${JSON.stringify(line)}`);
      fields.set(name.toLowerCase(), value);
    }
    const framing = this.#handler.onHead(startLine, fields);
    switch (framing.kind) {
      case "none":
        this.#end();
        return;
      case "length":
        this.#left = framing.length;
        this.#waiting = "length";
        if (framing.length === 0) this.#end();
        return;
      case "chunked":
        this.#waiting = "chunk-line";
        return;
      case "close":
      case "tunnel":
        this.#waiting = framing.kind;
    }
  }

  #end(): void {
    this.#waiting = "head";
    this.#handler.onEnd();
  }
}

/** As the fields of a message say; without any, `otherwise`. @throws Error when they say it twice. */
export function framingOf(fields: ReadonlyMap<string, string>, otherwise: Framing): Framing {
  const length = fields.get("content-length");
  const coding = fields.get("transfer-encoding");
  if (length !== undefined && coding !== undefined) throw new Error("both framings");
  if (coding !== undefined) {
    if (coding !== "chunked") throw new Error(`coding ${coding}`);
    return { kind: "chunked" };
  }
  return length === undefined ? otherwise : { kind: "length", length: Number(length) };
}
