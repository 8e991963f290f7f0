import { writeSync } from "node:fs";
import type { Socket, TCPSocketListener } from "bun";

import type { Acceptor, DialHandler, Listening, Network, Transport, TransportHandler } from "../contract/transport.ts";

/**
 * Plain TCP over `Bun.listen` and `Bun.connect`: the default transport on every platform.
 *
 * Bun hands out a fresh buffer for every read, so `retain` has nothing to do; `write` never buffers behind our back.
 */

class BunTransport implements Transport {
  #socket: Socket<unknown> | null;
  readonly peerAddress: string;
  readonly localPort: number;
  /** We have sent FIN. */
  halfClosed = false;

  constructor(socket: Socket<unknown>, peerAddress: string, localPort: number) {
    this.#socket = socket;
    this.peerAddress = peerAddress;
    this.localPort = localPort;
  }

  get peerPort(): number {
    return this.#socket?.remotePort ?? 0;
  }

  write(bytes: Buffer, start: number, end: number): number {
    const socket = this.#socket;
    return socket === null ? -1 : socket.write(bytes, start, end - start);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  shutdown(): void {
    this.halfClosed = true;
    this.#socket?.shutdown();
  }

  close(): void {
    this.#leave()?.end();
  }

  abort(): void {
    this.#leave()?.terminate();
  }

  retain(bytes: Buffer): Buffer {
    return bytes;
  }

  /** The socket is gone: nothing is written to it and nothing it says is heard. */
  detach(): void {
    this.#socket = null;
  }

  #leave(): Socket<unknown> | null {
    const socket = this.#socket;
    if (socket === null) return null;
    this.#socket = null;
    // Bun has no way to take the handlers off: the data slot decides who hears.
    (socket as Socket<Link | null>).data = null;
    return socket;
  }
}

/** Joins a socket with its transport and whoever handles it. */
interface Link {
  transport: BunTransport | null;
  handler: TransportHandler;
}

interface DialLink extends Link {
  handler: DialHandler;
}

type LinkedSocket = Socket<Link | null>;

function onData(socket: LinkedSocket, bytes: Buffer): void {
  const link = socket.data;
  if (link === null) return;
  try {
    link.handler.onData(bytes, 0, bytes.length);
  } catch (error) {
    onFailure(socket, error);
  }
}

function onDrain(socket: LinkedSocket): void {
  try {
    socket.data?.handler.onWritable();
  } catch (error) {
    onFailure(socket, error);
  }
}

function onEnd(socket: LinkedSocket): void {
  try {
    socket.data?.handler.onEnd();
  } catch (error) {
    onFailure(socket, error);
  }
}

/** An error of ours costs the one connection that it happened on, never the process with all others. */
function onFailure(socket: LinkedSocket, error: unknown): void {
  report(error);
  const link = socket.data;
  if (link === null) return;
  socket.data = null;
  link.transport?.detach();
  socket.terminate();
  link.handler.onClose();
}

let reported = 0;

/** The first errors are told in full, so that a flood of them does not fill a disk. */
function report(error: unknown): void {
  reported++;
  if (reported > 100) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    writeSync(2, `roundtrip: internal error (${reported}): ${text}\n`);
  } catch {
    // Nobody reads standard error.
  }
}

/** After our FIN Bun does not tell the peer's by `end`: it closes at once, with an error only when it was no FIN. */
function onClosed(socket: LinkedSocket, error?: unknown): void {
  const link = socket.data;
  if (error === undefined && link?.transport?.halfClosed === true) onEnd(socket);
  onGone(socket);
}

function onGone(socket: LinkedSocket): void {
  const link = socket.data;
  if (link === null) return;
  socket.data = null;
  link.transport?.detach();
  link.handler.onClose();
}

function listen(host: string, port: number, accept: Acceptor): Listening {
  const options = {
    hostname: host,
    port,
    allowHalfOpen: true,
    socket: {
      open(socket: LinkedSocket): void {
        // A peer that has reset already has no address any more.
        const address: string | undefined = socket.remoteAddress;
        const transport = new BunTransport(socket, address ?? "", listener.port);
        const handler = address === undefined ? null : accept(transport);
        if (handler === null) {
          socket.data = null;
          socket.terminate();
          return;
        }
        socket.data = { transport, handler };
      },
      data: onData,
      drain: onDrain,
      end: onEnd,
      close: onClosed,
      error: onGone,
    },
  };
  const listener: TCPSocketListener<Link | null> = Bun.listen<Link | null>(options);
  return { host, port: listener.port, stop: () => listener.stop(false) };
}

const DIAL_HANDLERS = {
  open(socket: LinkedSocket): void {
    const link = socket.data as DialLink | null;
    if (link === null) {
      socket.terminate();
      return;
    }
    const transport = new BunTransport(socket, "", 0);
    link.transport = transport;
    link.handler.onConnect(transport);
  },
  data: onData,
  drain: onDrain,
  end: onEnd,
  close: onClosed,
  error: onGone,
  // `Bun.connect` reports a failure here and by its promise: the promise is the one that always comes.
  connectError(): void {},
};

function errnoName(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "ECONNREFUSED";
}

export const bunNetwork: Network = {
  listen,
  dial(host: string, port: number, handler: DialHandler): void {
    const link: DialLink = { transport: null, handler };
    Bun.connect<Link | null>({ hostname: host, port, allowHalfOpen: true, data: link, socket: DIAL_HANDLERS }).catch(
      (error: unknown) => {
        if (link.transport === null) handler.onConnectError(errnoName(error));
      },
    );
  },
};
