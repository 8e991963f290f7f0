import { isIPv6 } from "node:net";
import type { DatagramHandler, DatagramOptions, DatagramPeer, DatagramSocket } from "../contract/datagram.ts";
import { ignoreErrors, largestDatagram, setBuffers } from "./datagram-options.ts";
import { reportHandlerFailure } from "./handler-failure.ts";
import { openLibc } from "./libc.ts";
import { encodeSocketAddress } from "./socket-address.ts";

/**
 * UDP over `Bun.udpSocket`, for systems without epoll. An ICMP error that one peer provokes must not cost another its
 * datagram: errors are turned off at the socket where that can be done, and everywhere a send that fails is tried
 * again, since the failure was not its own. Bound to a wildcard address the system chooses where an answer leaves from.
 */

/** Each try takes one error off the socket. */
const TRIES = 8;
/** Datagrams that are sent together at most. */
const BATCH = 256;
const OUT = 4 * 65_536;
const MOST = 65_507;

/** What it needs of Bun's socket. */
export type UdpSocket = Pick<Bun.udp.Socket<"uint8array">, "hostname" | "port" | "sendMany" | "close">;

class BunPeer implements DatagramPeer {
  address: string;
  port: number;

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
  }

  keep(): DatagramPeer {
    return new BunPeer(this.address, this.port);
  }
}

export class BunDatagramSocket implements DatagramSocket {
  unsent = 0;
  tooLong = 0;
  readonly host: string;
  port = 0;
  readonly out = new Uint8Array(OUT);
  readonly #handler: DatagramHandler;
  readonly #largest: number;
  readonly #peer = new BunPeer("", 0);
  #socket: UdpSocket | null = null;
  /** Where the next datagram begins. */
  #at = 0;
  /** What is to be sent, in the form that `sendMany` takes: bytes, port, address. */
  readonly #batch: Array<Uint8Array | number | string> = [];
  #scheduled = false;
  readonly #turn = (): void => {
    this.#scheduled = false;
    this.#sendBatch();
  };

  constructor(host: string, handler: DatagramHandler, largest: number) {
    this.host = host;
    this.#handler = handler;
    this.#largest = largest;
  }

  adopt(socket: UdpSocket): void {
    this.#socket = socket;
    this.port = socket.port;
  }

  onDatagram(bytes: Uint8Array, port: number, address: string): void {
    if (bytes.length > this.#largest) {
      this.tooLong++;
      return;
    }
    if (this.#socket === null) return;
    const peer = this.#peer;
    peer.address = address;
    peer.port = port;
    try {
      this.#handler.onDatagram(bytes, 0, bytes.length, peer, this);
    } catch (error) {
      reportHandlerFailure(error);
    }
  }

  peer(address: string, port: number): DatagramPeer | null {
    const encoded = encodeSocketAddress(address, port);
    if (encoded === null || (isIPv6(address) && !isIPv6(this.host))) return null;
    return new BunPeer(address, port);
  }

  reserve(size: number): number {
    if (size < 0 || size > MOST) throw new RangeError(`a datagram has at most ${MOST} bytes, not ${size}`);
    if (this.#batch.length >= BATCH * 3 || this.#at + size > OUT) this.#sendBatch();
    return this.#at;
  }

  commit(length: number, { address, port }: DatagramPeer): void {
    // Bun would refuse the whole batch. Such a port can be forged in what came.
    if (port === 0) {
      this.unsent++;
      return;
    }
    const at = this.#at;
    this.#at = at + length;
    this.#batch.push(this.out.subarray(at, at + length), port, address);
    // Bun calls for each datagram that is there before anything else runs: then all go out by one system call.
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  send(bytes: Uint8Array, start: number, end: number, to: DatagramPeer): void {
    const at = this.reserve(end - start);
    this.out.set(bytes.subarray(start, end), at);
    this.commit(end - start, to);
  }

  stop(): void {
    this.#sendBatch();
    this.#socket?.close();
    this.#socket = null;
  }

  #sendBatch(): void {
    const batch = this.#batch;
    let failures = 0;
    while (batch.length > 0) {
      const sent = this.#sendMany(batch);
      batch.splice(0, sent * 3);
      failures = sent > 0 ? 0 : failures + 1;
      if (failures < TRIES) continue;
      // It is the first one's own fault (no route to its address), or there is no room, which Bun does not
      // tell apart: those behind it are to go out.
      batch.splice(0, 3);
      this.unsent++;
      failures = 0;
    }
    this.#at = 0;
  }

  /** How many went out. */
  #sendMany(batch: ReadonlyArray<Uint8Array | number | string>): number {
    try {
      return this.#socket?.sendMany(batch) ?? 0;
    } catch {
      // An error of an earlier packet that was waiting at the socket.
      return 0;
    }
  }
}

/** Rejects with the system's error when the address cannot be bound. */
export async function bindBunDatagram(
  host: string,
  port: number,
  handler: DatagramHandler,
  options: DatagramOptions = {},
): Promise<DatagramSocket> {
  const datagrams = new BunDatagramSocket(host, handler, largestDatagram(options));
  const socket = await Bun.udpSocket({
    hostname: host,
    port,
    binaryType: "uint8array",
    socket: {
      data: (_, bytes, from, address) => datagrams.onDatagram(bytes, from, address),
      error() {
        // ICMP: a peer has gone. Without a handler Bun closes the socket.
      },
    },
  });
  const libc = openLibc();
  if (typeof libc !== "string" && "fd" in socket && typeof socket.fd === "number") {
    ignoreErrors(libc, socket.fd, isIPv6(socket.hostname));
    if (options.buffer !== undefined) setBuffers(libc, socket.fd, options.buffer);
  }
  datagrams.adopt(socket);
  return datagrams;
}
