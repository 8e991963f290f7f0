/** UDP: answers what comes to one datagram socket, all of one turn together. */
import type { DatagramHandler, DatagramPeer, DatagramSocket } from "../../contract/datagram.ts";
import type { Network } from "../../contract/transport.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import { HANDED_OVER, type Responder, UDP_SIZE } from "../authority/responder.ts";

/** Bytes that the kernel may queue. */
const SOCKET_BUFFER = 4 << 20;
/** Longer queries are dropped. */
const QUERY_SIZE = 2_048;
/** Messages that handlers may be at together. */
const MOST_HANDLED = 256;

class UdpClient implements DnsClient {
  readonly transport = "udp";
  /** The datagram's at hand. */
  peer: DatagramPeer;

  constructor(peer: DatagramPeer) {
    this.peer = peer;
  }

  get address(): string {
    return this.peer.address;
  }

  get port(): number {
    return this.peer.port;
  }
}

class UdpHandler implements DatagramHandler {
  readonly #responder: Responder;
  /** Made for the first query, and used for all. */
  #client: UdpClient | null = null;
  /** Messages that handlers are at. */
  #handled = 0;

  constructor(responder: Responder) {
    this.#responder = responder;
  }

  onDatagram(bytes: Uint8Array, start: number, end: number, peer: DatagramPeer, socket: DatagramSocket): void {
    this.#client ??= new UdpClient(peer);
    this.#client.peer = peer;
    const at = socket.reserve(UDP_SIZE);
    const length = this.#responder.respond(bytes, start, end, socket.out, at, UDP_SIZE, this.#client);
    if (length > 0) socket.commit(length, peer);
    else if (length === HANDED_OVER) this.#handOver(bytes.slice(start, end), peer.keep(), socket);
  }

  #handOver(message: Uint8Array, peer: DatagramPeer, socket: DatagramSocket): void {
    // Whoever sends so many gets no answer to some, as from any server under load.
    if (this.#handled >= MOST_HANDLED) return;
    this.#handled++;
    const send = (answer: Uint8Array): boolean => {
      socket.send(answer, 0, answer.length, peer);
      return true;
    };
    this.#responder
      .handler!.handle(message, new UdpClient(peer), send)
      .catch(() => {
        // It could not be answered, and the client asks again.
      })
      .finally(() => this.#handled--);
  }
}

/** Answers on `host:port` (port 0: any free one). Rejects with the system's error (EADDRINUSE …). */
export function listenUdp(network: Network, responder: Responder, host: string, port: number): Promise<DatagramSocket> {
  return network.bindDatagram(host, port, new UdpHandler(responder), { buffer: SOCKET_BUFFER, largest: QUERY_SIZE });
}
