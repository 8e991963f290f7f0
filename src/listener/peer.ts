import { unmapped } from "../bytes/address.ts";
import type { ConnectionInfo, ForwardingLines } from "../contract/connection-info.ts";
import type { LiveListener, Plan } from "../contract/plan.ts";
import type { UpstreamLink } from "../contract/target.ts";
import type { Transport } from "../contract/transport.ts";

/** Who is at the other end of a client connection, and what of it is kept from request to request. */
export class Peer implements ConnectionInfo {
  readonly scheme = "http";
  readonly peerAddress: string;
  readonly localPort: number;
  listener = "";
  /** When the connection was accepted, nanoseconds. */
  readonly accepted: number;
  trustedPeer = false;
  forwarding: ForwardingLines | null = null;
  bound: UpstreamLink | null = null;
  /** Exchanges completed on the connection. */
  sequence = 0;
  readonly #transport: Transport;
  readonly #listener: LiveListener;

  constructor(transport: Transport, listener: LiveListener, plan: Plan, accepted: number) {
    this.#transport = transport;
    this.#listener = listener;
    this.peerAddress = unmapped(transport.peerAddress);
    this.localPort = transport.localPort;
    this.accepted = accepted;
    this.adopt(plan);
  }

  get peerPort(): number {
    return this.#transport.peerPort;
  }

  bind(link: UpstreamLink): void {
    const { bound } = this;
    if (bound === link) return;
    this.bound = link;
    bound?.retire();
  }

  unbind(link: UpstreamLink): void {
    if (this.bound === link) this.bound = null;
  }

  /** The client is gone, and what was its alone with it. */
  leave(): void {
    this.bound?.retire();
  }

  /** The next requests are served by this plan. */
  adopt(plan: Plan): void {
    this.trustedPeer = plan.trustedProxies.size > 0 && plan.trustedProxies.has(this.peerAddress);
    this.forwarding = null;
    this.listener = this.#listener.plan.name;
  }
}
