import type { DatagramHandler, DatagramOptions, DatagramSocket } from "../../contract/datagram.ts";
import type { Acceptor, DialHandler, Dialing, Listening, ListenOptions, Network } from "../../contract/transport.ts";
import { bindDatagram } from "./bind-datagram.ts";
import { DatagramArena } from "./datagram-arena.ts";
import { EpollDial } from "./epoll-dial.ts";
import { listenByEpoll } from "./epoll-listener.ts";
import { EpollLoop } from "./epoll-loop.ts";
import { NameDial } from "../name-dial.ts";
import { systemNames } from "../names.ts";
import { encodeSocketAddress } from "../socket-address.ts";

/**
 * Plain TCP and UDP by system calls of our own: the fastest transport, on Linux. Every read goes into the same memory, and the
 * loop makes no call to the kernel that it can do without.
 */
class EpollNetwork implements Network {
  readonly #loop: EpollLoop;
  #arena: DatagramArena | null = null;

  constructor(loop: EpollLoop) {
    this.#loop = loop;
  }

  listen(host: string, port: number, accept: Acceptor, options?: ListenOptions): Listening {
    return listenByEpoll(this.#loop, host, port, accept, options);
  }

  dial(host: string, port: number, handler: DialHandler): Dialing {
    const numeric = encodeSocketAddress(host, port);
    if (numeric !== null) return new EpollDial(this.#loop, numeric, handler);
    return new NameDial(this, systemNames, host, port, handler);
  }

  async bindDatagram(
    host: string,
    port: number,
    handler: DatagramHandler,
    options: DatagramOptions = {},
  ): Promise<DatagramSocket> {
    this.#arena ??= new DatagramArena();
    return bindDatagram(this.#loop, this.#arena, host, port, handler, options);
  }
}

let network: Network | string | null = null;

/** The network of this thread, the same at every call; or why there is none, in words. */
export function epollNetwork(): Network | string {
  if (network !== null) return network;
  const loop = EpollLoop.open();
  network = typeof loop === "string" ? loop : new EpollNetwork(loop);
  return network;
}
