/** The sockets from which NOTIFY goes out: one for each address family, made when it is first needed. */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";

export type PacketTaker = (packet: Uint8Array, address: string, port: number) => void;

export class NotifySocket {
  readonly #taker: PacketTaker;
  readonly #sockets = new Map<"udp4" | "udp6", Socket>();

  constructor(taker: PacketTaker) {
    this.#taker = taker;
  }

  /** A packet that cannot be sent is lost like any other: whoever waits for its answer sends another. */
  send(packet: Uint8Array, address: string, port: number): void {
    const family = isIPv6(address) ? "udp6" : "udp4";
    const socket = this.#sockets.get(family) ?? this.#open(family);
    socket.send(packet, port, address, () => undefined);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #open(family: "udp4" | "udp6"): Socket {
    const socket = createSocket(family);
    // An ICMP error that one target provokes comes here and must not end the process.
    socket.on("error", () => undefined);
    socket.on("message", (packet, { address, port }) => this.#taker(new Uint8Array(packet), address, port));
    socket.unref();
    this.#sockets.set(family, socket);
    return socket;
  }
}
