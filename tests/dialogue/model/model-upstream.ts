import { framingOf, type Framing } from "./message-stream.ts";
import { endOf, responseText, type Answered, type Asked, type RequestKind, type ResponseKind } from "./messages.ts";
import { ModelPeer } from "./model-peer.ts";

/** An upstream's end of a connection: whether what it is asked can be a client's request, and what it answers. */
export class ModelUpstream extends ModelPeer {
  /** The request under way, its head at least. */
  request: Asked | null = null;
  /** Final responses; the last one is to the request under way when `#asked` is as many. */
  readonly #answers: Answered[] = [];
  #asked = 0;
  #replies = 0;
  #whole = false;
  #fromTunnel = "";

  /** It has a request and has not begun to answer. */
  get owes(): boolean {
    return this.request !== null && this.#answers.length < this.#asked;
  }

  /** The last answer ends with the connection. */
  get mustEnd(): boolean {
    return this.#answers.at(-1)?.endsBy === "fin";
  }

  /** The whole request has come. */
  get hasAll(): boolean {
    return this.#whole;
  }

  respond(kind: ResponseKind, length: number): void {
    const { request } = this;
    if (!this.speaks || request === null || !this.owes) return;
    const id = `${this.name}a${this.#replies++}`;
    const { text, own, body } = responseText(kind, request, id, length);
    const end = this.queued + own;
    this.enqueue(text);
    if (kind === "interim" || kind === "continue") return;
    const answer: Answered = { id, tag: request.tag, kind, body, end, endsBy: endOf(kind, request), whole: false };
    this.#answers.push(answer);
    this.ledger.answered.set(id, answer);
    if (kind === "switch" && request.kind === "upgrade") this.tunnel = answer;
  }

  protected tunnelled({ body }: Answered): string {
    return body;
  }

  protected noteTunnelled(tunnel: Answered, text: string): void {
    tunnel.body += text;
  }

  protected noteSent(): void {
    for (const one of this.#answers) one.whole ||= one.endsBy === "length" && one.end <= this.sent;
  }

  protected override noteEnd(): void {
    const last = this.#answers.at(-1);
    if (last?.endsBy === "fin") {
      // A body until the close is as long as what was said of it.
      const unsaid = Math.max(last.end - this.sent, 0);
      last.whole = last.kind === "until-close" ? unsaid <= last.body.length : unsaid === 0;
      if (last.whole) last.body = last.body.slice(0, last.body.length - unsaid);
    }
  }

  check(): void {
    const text = this.peer.read().latin1Slice();
    if (this.tunnel === null) {
      this.stream.read(text);
      return;
    }
    this.#fromTunnel += text;
    const sent = this.ledger.tunnelled.get(this.tunnel.tag) ?? "";
    if (!sent.startsWith(this.#fromTunnel))
      throw new Error(`${this.tunnel.tag}: not what was sent into the tunnel: ${text}`);
  }

  // ---- MessageHandler

  onHead(startLine: string, fields: ReadonlyMap<string, string>): Framing {
    const [, method, tag = ""] = /^([A-Z]+) \/(\w+) HTTP\/1\.1$/.exec(startLine) ?? [];
    const asked = this.ledger.asked.get(tag);
    if (asked === undefined || asked.method !== method) throw new Error(`${this.name}: nobody asks ${startLine}`);
    if (NEVER_PROXIED.includes(asked.kind)) throw new Error(`${tag} came to an upstream`);
    const before = this.#answers.at(-1);
    if (this.#answers.length < this.#asked || before?.whole === false) {
      throw new Error(`${this.name}: asked ${tag} before the answer to the last one was whole`);
    }
    if (before !== undefined && CLOSING.includes(before.kind)) throw new Error(`${tag} behind ${before.kind}`);
    this.request = asked;
    this.#asked++;
    this.body = "";
    this.#whole = false;
    return framingOf(fields, { kind: "none" });
  }

  onBody(text: string): void {
    const tag = this.request?.tag ?? "";
    this.body += text;
    if (!this.request!.body.startsWith(this.body)) throw new Error(`${tag}: not the body that was sent: ${text}`);
  }

  onTrailer(line: string): void {
    if (line !== `X-Late: ${this.request!.tag}`) throw new Error(`${this.request!.tag} has the trailer ${line}`);
  }

  onEnd(): void {
    const asked = this.request!;
    if (!asked.whole) throw new Error(`${asked.tag} looks whole to ${this.name} and is not`);
    if (this.body !== asked.body) throw new Error(`${asked.tag}: ${this.body.length} bytes of ${asked.body.length}`);
    this.#whole = true;
  }
}

const NEVER_PROXIED: readonly RequestKind[] = ["own", "handled", "handled-post", "broken-head"];
/** No request follows them on their connection. */
const CLOSING: readonly ResponseKind[] = ["closing", "http-1.0", "more-behind"];
