import type { Peer } from "../support/peer.ts";
import { MessageStream, type Framing, type MessageHandler } from "./message-stream.ts";
import { bodyOf, type Answered, type Asked } from "./messages.ts";

/** What all parties know of each other. */
export interface Ledger {
  readonly asked: Map<string, Asked>;
  readonly answered: Map<string, Answered>;
  /** Bytes that a client has sent into the tunnel that its request became. */
  readonly tunnelled: Map<string, string>;
}

/** Bytes that go into a tunnel at once. */
const MOST_TUNNELLED = 30_000;

/** The other end of one of the edge's connections: it sends what waits piece by piece, and reads messages strictly. */
export abstract class ModelPeer implements MessageHandler {
  readonly peer: Peer;
  /** After 101: the response whose body is what the upstream sends into the tunnel. */
  tunnel: Answered | null = null;
  fin = false;
  reset = false;
  protected readonly name: string;
  protected readonly ledger: Ledger;
  protected readonly stream: MessageStream = new MessageStream(this);
  /** Of the message that is coming. */
  protected body = "";
  /** Bytes that were ever queued, and that of them were sent. */
  protected queued = 0;
  protected sent = 0;
  #queue = "";

  constructor(peer: Peer, name: string, ledger: Ledger) {
    this.peer = peer;
    this.name = name;
    this.ledger = ledger;
  }

  get speaks(): boolean {
    return this.peer.speaks;
  }

  get pending(): boolean {
    return this.#queue !== "";
  }

  protected enqueue(text: string): void {
    this.#queue += text;
    this.queued += text.length;
  }

  /** Sends so many bytes of what it has to say. */
  feed(bytes: number): void {
    if (!this.speaks) return;
    const { tunnel } = this;
    if (tunnel !== null && !this.pending) {
      const text = bodyOf(`${this.name}t${this.tunnelled(tunnel).length}`, Math.min(bytes, MOST_TUNNELLED));
      this.noteTunnelled(tunnel, text);
      this.peer.send(text);
      return;
    }
    const text = this.#queue.slice(0, bytes);
    this.#queue = this.#queue.slice(text.length);
    this.sent += text.length;
    this.noteSent();
    this.peer.send(text);
  }

  end(): void {
    if (!this.speaks) return;
    this.fin = true;
    this.noteEnd();
    this.peer.end();
  }

  abort(): void {
    if (!this.speaks) return;
    this.reset = true;
    this.peer.reset();
  }

  /** Looks at what came. @throws Error when it cannot be right. */
  abstract check(): void;

  /** What it has sent into its tunnel. */
  protected abstract tunnelled(tunnel: Answered): string;
  protected abstract noteTunnelled(tunnel: Answered, text: string): void;
  /** `sent` has grown. */
  protected abstract noteSent(): void;
  /** It sends FIN. */
  protected noteEnd(): void {}

  // ---- MessageHandler

  abstract onHead(startLine: string, fields: ReadonlyMap<string, string>): Framing;
  abstract onBody(text: string): void;
  abstract onTrailer(line: string): void;
  abstract onEnd(): void;
}
