/**
 * UDP over `Bun.udpSocket`. Each address is bound by itself, so that an answer leaves from the address that the query
 * came to. An ICMP error that one client provokes must not cost another its answer: errors are turned off at the socket
 * where that can be done, and everywhere a send that fails is tried again, since the failure was not its own.
 */
import { isIPv6 } from "node:net";
import type { DnsClient } from "../authority/dns-client.ts";
import { HANDED_OVER, type Responder, UDP_SIZE } from "../authority/responder.ts";
import { reportFailure } from "./report-failure.ts";
import { prepareUdpSocket } from "./socket-options.ts";

/** Bytes that the kernel may queue. */
const SOCKET_BUFFER = 4 << 20;
/** Each try takes one error off the socket. */
const TRIES = 8;
/** Answers that are sent together at most. */
const BATCH = 256;
/** Messages that handlers may be at together. */
export const MOST_HANDLED = 256;

/** What it needs of Bun's socket. */
export type UdpSocket = Pick<Bun.udp.Socket<"uint8array">, "hostname" | "port" | "sendMany" | "close">;

export interface UdpListening {
  readonly host: string;
  readonly port: number;
  /** Answers that the kernel did not take: it was out of buffers. */
  readonly unsent: number;
  stop(): void | Promise<void>;
}

class UdpClient implements DnsClient {
  address = "";
  port = 0;
  readonly transport = "udp";
}

/** Over one socket. */
export class UdpListener implements UdpListening {
  unsent = 0;
  host = "";
  port = 0;
  readonly #responder: Responder;
  readonly #client = new UdpClient();
  #socket: UdpSocket | null = null;
  /** Answers that are to be sent, one behind the other, … */
  readonly #out = new Uint8Array(BATCH * UDP_SIZE);
  #outLength = 0;
  /** … and in the form that `sendMany` takes: bytes, port, address. */
  #batch: Array<Uint8Array | number | string> = [];
  #scheduled = false;
  /** Messages that handlers are at. */
  #handled = 0;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.#sendBatch();
  };

  constructor(responder: Responder) {
    this.#responder = responder;
  }

  adopt(socket: UdpSocket): void {
    this.#socket = socket;
    this.host = socket.hostname;
    this.port = socket.port;
    if ("fd" in socket && typeof socket.fd === "number") {
      prepareUdpSocket(socket.fd, isIPv6(socket.hostname), SOCKET_BUFFER);
    }
  }

  onDatagram(bytes: Uint8Array, port: number, address: string): void {
    const client = this.#client;
    client.address = address;
    client.port = port;
    const at = this.#outLength;
    const length = this.#responder.respond(bytes, 0, bytes.length, this.#out, at, UDP_SIZE, client);
    if (length > 0) {
      this.#outLength = at + length;
      this.#batch.push(this.#out.subarray(at, at + length), port, address);
      if (this.#batch.length >= BATCH * 3) this.#sendBatch();
      else if (!this.#scheduled) this.#schedule();
    } else if (length === HANDED_OVER) {
      this.#handOver(bytes, port, address);
    }
  }

  stop(): void {
    this.#sendBatch();
    this.#socket?.close();
    this.#socket = null;
  }

  /** Bun calls for each datagram that is there before anything else runs: then all go out by one system call. */
  #schedule(): void {
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  #sendBatch(): void {
    const batch = this.#batch;
    let failures = 0;
    while (batch.length > 0) {
      const sent = this.#sendMany(batch);
      batch.splice(0, sent * 3);
      failures = sent > 0 ? 0 : failures + 1;
      if (failures < TRIES) continue;
      // It is the first one's own fault (a port of 0, no route to its address): those behind it are to go out.
      batch.splice(0, 3);
      this.unsent++;
      failures = 0;
    }
    this.#outLength = 0;
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

  #send(bytes: Uint8Array, port: number, address: string): boolean {
    const batch = [bytes, port, address];
    for (let count = 0; count < TRIES; count++) if (this.#sendMany(batch) === 1) return true;
    this.unsent++;
    return false;
  }

  #handOver(bytes: Uint8Array, port: number, address: string): void {
    // Whoever sends so many gets no answer to some, as from any server under load.
    if (this.#handled >= MOST_HANDLED) return;
    this.#handled++;
    const client = { address, port, transport: "udp" } as const;
    const handler = this.#responder.handler!;
    const send = (message: Uint8Array): boolean => this.#send(message, port, address);
    handler
      .handle(bytes.slice(), client, send)
      .catch(() => {
        // It could not be answered, and the client asks again.
      })
      .finally(() => this.#handled--);
  }
}

/** Answers on `host:port` (port 0: any free one). Rejects with the system's error (EADDRINUSE …). */
export async function listenUdp(responder: Responder, host: string, port: number): Promise<UdpListening> {
  const listener = new UdpListener(responder);
  const socket = await Bun.udpSocket({
    hostname: host,
    port,
    binaryType: "uint8array",
    socket: {
      data(_, bytes, from, address) {
        try {
          listener.onDatagram(bytes, from, address);
        } catch (error) {
          reportFailure(error);
        }
      },
      error() {
        // ICMP: a client has gone. Without a handler Bun closes the socket.
      },
    },
  });
  listener.adopt(socket);
  return listener;
}
