import { framingOf, type Framing } from "./message-stream.ts";
import { bodyOf, hasBody, methodOf, requestText, type Answered, type Asked, type RequestKind } from "./messages.ts";
import { ModelPeer } from "./model-peer.ts";

/** A client: what it has asked, and whether what it gets can be the answers, and no one else's. */
export class ModelClient extends ModelPeer {
  readonly asked: Asked[] = [];
  /** Replies that were whole. */
  replies = 0;
  /** Of the reply that is coming; null: the edge has made it. */
  #reply: Answered | null = null;
  #interim = false;
  /** The edge's FIN was looked at. */
  #over = false;

  /** What it asked last may become a tunnel, is broken or ends the connection: it asks no more. */
  get silent(): boolean {
    const last = this.asked.at(-1)?.kind;
    return last === "upgrade" || last === "broken-head" || last === "broken-body" || last === "get-close";
  }

  ask(kind: RequestKind, length: number): void {
    if (!this.speaks || this.silent) return;
    const tag = `${this.name}r${this.asked.length}`;
    const body = hasBody(kind) ? bodyOf(tag, length) : "";
    const text = requestText(kind, tag, body);
    const start = this.queued;
    this.enqueue(text);
    const broken = kind === "broken-head" || kind === "broken-body";
    const end = broken ? Infinity : this.queued;
    const asked: Asked = { tag, kind, method: methodOf(kind), body, start, end, whole: false };
    this.asked.push(asked);
    this.ledger.asked.set(tag, asked);
  }

  protected tunnelled({ tag }: Answered): string {
    return this.ledger.tunnelled.get(tag) ?? "";
  }

  protected noteTunnelled(tunnel: Answered, text: string): void {
    this.ledger.tunnelled.set(tunnel.tag, this.tunnelled(tunnel) + text);
  }

  protected noteSent(): void {
    for (const one of this.asked) one.whole ||= one.end <= this.sent;
  }

  /** Looks at what came. @throws Error when it cannot be right. */
  check(): void {
    this.stream.read(this.peer.read().latin1Slice());
    const { left } = this.peer;
    if (this.#over || this.reset || left === "open" || left === "reset") return;
    this.#over = true;
    // FIN says that all is there.
    if (this.stream.untilClose) this.#complete();
    else if (this.stream.inside) throw new Error(`${this.name}: FIN in mid-reply`);
    const { tunnel } = this;
    if (tunnel !== null && !tunnel.whole) throw new Error(`${this.name}: FIN of a tunnel whose upstream has sent none`);
    if (tunnel !== null && this.body !== tunnel.body)
      throw new Error(`${this.name}: FIN before the tunnel's last byte`);
  }

  // ---- MessageHandler

  onHead(startLine: string, fields: ReadonlyMap<string, string>): Framing {
    const asked = this.asked[this.replies];
    if (asked === undefined || this.sent <= asked.start)
      throw new Error(`${this.name}: a reply to nothing: ${startLine}`);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(startLine)?.[1]);
    const tag = fields.get("x-tag");
    if (tag !== undefined && tag !== asked.tag) throw new Error(`${asked.tag} got the reply to ${tag}`);
    this.#interim = status < 200 && status !== 101;
    if (this.#interim) return { kind: "none" };
    this.body = "";
    const id = fields.get("x-reply");
    this.#reply = id === undefined ? null : this.ledger.answered.get(id)!;
    const known = this.#reply !== null || fields.has("proxy-status") || asked.kind === "own";
    if (!known) throw new Error(`${asked.tag}: nobody has sent ${startLine}`);
    if (status === 101) {
      if (asked.kind !== "upgrade" || this.#reply === null) throw new Error(`${asked.tag} was switched`);
      this.tunnel = this.#reply;
      return { kind: "tunnel" };
    }
    // Who has not seen the whole head does not know that no body is wanted.
    const unknown = fields.get("proxy-status")?.includes("head-timeout") === true;
    if ((asked.method === "HEAD" && !unknown) || status === 204 || status === 304) return { kind: "none" };
    const framing = framingOf(fields, { kind: "close" });
    if (framing.kind === "close" && asked.kind !== "get-1.0") throw new Error(`${asked.tag}: no framing`);
    if (framing.kind === "chunked" && asked.kind === "get-1.0") throw new Error(`${asked.tag}: chunks for HTTP/1.0`);
    return framing;
  }

  onBody(text: string): void {
    this.body += text;
    const reply = this.tunnel ?? this.#reply;
    if (reply !== null && !reply.body.startsWith(this.body)) {
      throw new Error(
        `${this.asked[this.replies]!.tag}: not the body of ${reply.id}: ${JSON.stringify(text.slice(-80))}`,
      );
    }
  }

  onTrailer(line: string): void {
    if (line !== `X-Late: ${this.#reply?.id}`) throw new Error(`${this.#reply?.id} has the trailer ${line}`);
  }

  onEnd(): void {
    if (!this.#interim) this.#complete();
    this.#interim = false;
  }

  #complete(): void {
    const reply = this.#reply;
    this.replies++;
    if (reply === null) return;
    if (!reply.whole) throw new Error(`${reply.tag}: ${reply.id} (${reply.kind}) looks whole and is not`);
    if (reply.body !== this.body) throw new Error(`${reply.tag}: ${this.body.length} bytes of ${reply.body.length}`);
    this.#reply = null;
  }
}
