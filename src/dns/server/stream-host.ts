/** What the connections of a server share: who answers, the clock, and how many there may be. */
import type { Acceptor, Transport, TransportHandler } from "../../contract/transport.ts";
import type { TimerWheel } from "../../time/wheel.ts";
import { ClientAddress } from "../authority/client-address.ts";
import type { Responder } from "../authority/responder.ts";
import { StreamConnection } from "./stream-connection.ts";
import type { StreamLimits } from "./stream-limits.ts";

export class StreamHost {
  readonly responder: Responder;
  readonly wheel: TimerWheel;
  readonly limits: StreamLimits;
  /** Connections that were refused for a limit. */
  refused = 0;
  readonly #connections = new Set<StreamConnection>();
  readonly #clients = new Map<string, number>();
  #whenEmpty: (() => void) | null = null;

  constructor(responder: Responder, wheel: TimerWheel, limits: StreamLimits) {
    this.responder = responder;
    this.wheel = wheel;
    this.limits = limits;
  }

  get connections(): number {
    return this.#connections.size;
  }

  acceptor(secure: boolean): Acceptor {
    return (transport) => this.#accept(transport, secure);
  }

  /** A connection has gone. */
  closed(connection: StreamConnection): void {
    if (!this.#connections.delete(connection)) return;
    const client = clientKey(connection.client.address);
    const others = this.#clients.get(client)! - 1;
    if (others === 0) this.#clients.delete(client);
    else this.#clients.set(client, others);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  /** Closes all as soon as they are answered, at the latest after `timeout` milliseconds. */
  async drain(timeout: number): Promise<void> {
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenEmpty = resolve;
    const timer = setTimeout(resolve, timeout);
    await promise;
    clearTimeout(timer);
    for (const connection of this.#connections) connection.abort();
  }

  #accept(transport: Transport, secure: boolean): TransportHandler | null {
    const { limits } = this;
    const client = clientKey(transport.peerAddress);
    const others = this.#clients.get(client) ?? 0;
    if (this.#connections.size >= limits.connections || others >= limits.connectionsPerClient) {
      this.refused++;
      return null;
    }
    this.#clients.set(client, others + 1);
    const connection = new StreamConnection(transport, secure, this);
    this.#connections.add(connection);
    return connection;
  }
}

const ADDRESS = new ClientAddress();

/** What stands for a client: its IPv4 address, or the /56 of IPv6 that one customer has. */
function clientKey(address: string): string {
  ADDRESS.read(address);
  return ADDRESS.length === 16 ? Buffer.from(ADDRESS.bytes.subarray(0, 7)).toString("hex") : address;
}
