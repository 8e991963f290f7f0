import type { Acceptor, DialHandler, Dialing, Listening, Network } from "../../../src/contract/transport.ts";
import { NameDial } from "../../../src/transport/name-dial.ts";
import { Names } from "../../../src/transport/names.ts";
import { FakeTimers } from "../../../src/transport/timers-for-tests.ts";
import { FakeLoop } from "./fake-loop.ts";
import { FakeTransport, type Wire } from "./fake-transport.ts";
import { Peer } from "./peer.ts";
import { ReadBuffers } from "./read-buffers.ts";

/** What becomes of a connect: `hang` is left to the test. */
export type DialOutcome = "accept" | "refuse" | "exhausted" | "hang";

const LOCAL_PORT = 8_080;

/** A connect under way. */
export class Dial implements Dialing {
  readonly outcome = "";
  readonly address: string;
  settled = false;
  /** Nobody waits for it any more. */
  cancelled = false;
  readonly #network: FakeNetwork;
  readonly #handler: DialHandler;

  constructor(network: FakeNetwork, address: string, handler: DialHandler) {
    this.#network = network;
    this.address = address;
    this.#handler = handler;
  }

  accept(): void {
    if (this.settled) return;
    this.settled = true;
    const [peerAddress = "", port = "0"] = this.address.split(":");
    const transport = new FakeTransport(this.#network, { peerAddress, peerPort: Number(port), localPort: LOCAL_PORT });
    transport.handler = this.#handler;
    this.#network.upstreams.push(new Peer(transport, this.#network, this.address));
    this.#handler.onConnect(transport);
  }

  cancel(): void {
    if (this.settled) return;
    this.settled = true;
    this.cancelled = true;
  }

  refuse(reason = "ECONNREFUSED"): void {
    if (this.settled) return;
    this.settled = true;
    this.#handler.onConnectError(reason);
  }
}

/** A network without sockets: clients come by `connect`, upstreams are the other ends of what the edge dialled. */
export class FakeNetwork implements Network, Wire {
  readonly loop = new FakeLoop();
  readonly buffers = new ReadBuffers();
  readonly open = new Set<FakeTransport>();
  /** Connects in the order they were asked for. */
  readonly dials: Dial[] = [];
  /** Other ends of upstream connections, in the order they were made. */
  readonly upstreams: Peer[] = [];
  /** By address; default accept. */
  readonly outcomes = new Map<string, DialOutcome>();
  /** Sizes of reads; Infinity: as they were sent. */
  segment = Infinity;
  /** Writes take so many bytes each, in turn; empty: all that they are given. */
  cuts: readonly number[] = [];
  /** Addresses of host names, in the resolver's order. */
  readonly hosts = new Map<string, readonly string[]>();
  readonly timers = new FakeTimers();
  readonly #names = new Names(
    (name, found) => this.loop.later(() => found(this.hosts.get(name) ?? [], "ENOTFOUND")),
    () => this.timers.now,
  );
  #turn = 0;
  #acceptor: Acceptor | null = null;
  #port = 40_000;

  cut(): number {
    return this.cuts.length === 0 ? Infinity : this.cuts[this.#turn++ % this.cuts.length]!;
  }

  listen(host: string, port: number, accept: Acceptor): Listening {
    this.#acceptor = accept;
    return {
      host,
      port,
      setBacklog: () => true,
      stop: () => {
        this.#acceptor = null;
      },
    };
  }

  bindDatagram(): Promise<never> {
    return Promise.reject(new Error("dialogues are streams"));
  }

  dial(host: string, port: number, handler: DialHandler): Dialing {
    if (this.hosts.has(host)) return new NameDial(this, this.#names, host, port, handler, this.timers.after);
    const dial = new Dial(this, `${host}:${port}`, handler);
    this.dials.push(dial);
    const outcome = this.outcomes.get(dial.address) ?? "accept";
    if (outcome === "accept") this.loop.later(() => dial.accept());
    else if (outcome === "refuse") this.loop.later(() => dial.refuse());
    else if (outcome === "exhausted") this.loop.later(() => dial.refuse("EMFILE"));
    return dial;
  }

  /** A client connects. Who is refused sees a reset. */
  connect(peerAddress = "192.0.2.1"): Peer {
    const transport = new FakeTransport(this, { peerAddress, peerPort: this.#port++, localPort: LOCAL_PORT });
    transport.handler = this.#acceptor?.(transport) ?? null;
    if (transport.handler === null) transport.abort();
    return new Peer(transport, this, peerAddress);
  }
}
