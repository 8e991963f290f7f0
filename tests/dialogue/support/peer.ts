import type { FakeLoop } from "./fake-loop.ts";
import type { FakeTransport, Left } from "./fake-transport.ts";

/** What a peer needs to know of its network. */
interface Segmented {
  readonly loop: FakeLoop;
  readonly segment: number;
}

/** What is longer comes in pieces of `PIECE` bytes where it would come byte by byte: its content is not parsed. */
const LARGE = 4_096;
const PIECE = 997;

/** The other end of a connection with the edge: a client or an upstream, as a test plays it. */
export class Peer {
  readonly address: string;
  readonly transport: FakeTransport;
  readonly #network: Segmented;
  #read = 0;
  /** It has sent FIN or RST. */
  #over = false;

  constructor(transport: FakeTransport, network: Segmented, address: string) {
    this.transport = transport;
    this.#network = network;
    this.address = address;
  }

  /** How the edge left the connection. */
  get left(): Left {
    return this.transport.left;
  }

  /** It may still send. */
  get speaks(): boolean {
    return !this.#over && this.transport.live;
  }

  /** Sends, in pieces of the network's size, each of which is handled before the next one comes. */
  send(bytes: string | Buffer): void {
    const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    const size = all.length > LARGE ? Math.max(this.#network.segment, PIECE) : this.#network.segment;
    for (let at = 0; at < all.length; at += size) {
      this.transport.deliver(all.subarray(at, at + size));
      this.#network.loop.run();
    }
  }

  /** Sends FIN; it goes on reading. */
  end(): void {
    this.#over = true;
    this.transport.deliverEnd();
    this.#network.loop.run();
  }

  reset(): void {
    this.#over = true;
    this.transport.deliverReset();
    this.#network.loop.run();
  }

  /** From now on the edge can write so many bytes, and no more. */
  stop(capacity = 0): void {
    this.transport.capacity = capacity;
  }

  takes(bytes = Infinity): void {
    this.transport.allow(bytes);
    this.#network.loop.run();
  }

  /** What came since the last call. */
  read(): Buffer {
    const fresh = this.transport.written.slice(this.#read);
    this.#read = this.transport.written.length;
    return Buffer.concat(fresh);
  }
}
