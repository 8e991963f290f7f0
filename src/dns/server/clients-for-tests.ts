/** Name servers of tests, and clients that talk to them over real sockets. */
import { connect, type Socket } from "node:net";
import { shopZones } from "../authority/zones-for-tests.ts";
import { type DnsServerOptions, type RunningDnsServer, startDnsServer } from "./dns-server.ts";

export const HOST = "127.0.0.1";
/** What the certificates of servers name. */
export const NAMES: readonly string[] = ["dns.shop.test", "localhost", HOST];
const running: RunningDnsServer[] = [];
const sockets: Socket[] = [];

/** Behind each test. */
export async function stopServers(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of running.splice(0)) await server.stop(0);
}

export async function startServer(options: Partial<DnsServerOptions> = {}): Promise<RunningDnsServer> {
  const listen = [
    { transport: "udp", host: HOST, port: 0 },
    { transport: "tcp", host: HOST, port: 0 },
  ] as const;
  const server = await startDnsServer({ zones: shopZones(), listen, rateLimit: false, ...options });
  running.push(server);
  return server;
}

export function portOf(server: RunningDnsServer, transport: "udp" | "tcp" | "tls"): number {
  return server.listening.find((one) => one.transport === transport)!.port;
}

export function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]);
}

/** Splits a stream into its messages. */
class Messages {
  readonly all: Uint8Array[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #wanted = 0;
  #resolve: (() => void) | null = null;

  add(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length >= 2 && this.#bytes.length >= 2 + this.#bytes.readUInt16BE(0)) {
      const end = 2 + this.#bytes.readUInt16BE(0);
      this.all.push(Uint8Array.from(this.#bytes.subarray(2, end)));
      this.#bytes = this.#bytes.subarray(end);
    }
    if (this.all.length >= this.#wanted) this.#resolve?.();
  }

  count(wanted: number): Promise<void> {
    this.#wanted = wanted;
    if (this.all.length >= wanted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}

export interface StreamClient {
  readonly socket: Socket;
  readonly messages: Messages;
  /** Resolves when the server has closed; the number of bytes is not of interest. */
  readonly closed: Promise<void>;
}

export function openTcp(port: number): StreamClient {
  return follow(connect({ port, host: HOST, allowHalfOpen: true }));
}

export function follow(socket: Socket): StreamClient {
  sockets.push(socket);
  const messages = new Messages();
  socket.on("data", (bytes) => messages.add(bytes as Buffer));
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on("end", resolve);
    socket.on("close", () => resolve());
  });
  return { socket, messages, closed };
}

/** A UDP client; `answers` by id. */
export async function openUdp(port: number): Promise<{
  ask: (packet: Uint8Array) => void;
  answers: Map<number, Uint8Array>;
  close: () => void;
}> {
  const answers = new Map<number, Uint8Array>();
  const socket = await Bun.udpSocket({
    hostname: HOST,
    binaryType: "uint8array",
    socket: {
      data: (_, bytes) => void answers.set((bytes[0]! << 8) | bytes[1]!, bytes),
      error() {},
    },
  });
  return { ask: (packet) => void socket.send(packet, port, HOST), answers, close: () => socket.close() };
}

export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !condition(); tries++) await Bun.sleep(10);
}
