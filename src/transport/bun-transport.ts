import { isIP } from "node:net";

import type { Socket, TCPSocketListener } from "bun";

import type { CertificatePair } from "../contract/certificate-source.ts";
import type { TlsFacts } from "../contract/tls-facts.ts";
import type {
  Acceptor,
  DialHandler,
  Dialing,
  Listening,
  Network,
  Transport,
  TransportHandler,
} from "../contract/transport.ts";
import { bindBunDatagram } from "./bun-datagram.ts";
import { reportHandlerFailure } from "./handler-failure.ts";
import { NameDial } from "./name-dial.ts";
import { systemNames } from "./names.ts";
import { bunConnectReason } from "./shortage.ts";

/**
 * Plain TCP over `Bun.listen` and `Bun.connect`: the default transport on every platform.
 *
 * Bun hands out a fresh buffer for every read, so to `retain` one is only to say so; `write` never buffers behind our
 * back.
 */

/** One socket, its way out (`Transport`) and whoever hears of what comes in: the socket's `data` slot holds it. */
class BunTransport<Handler extends TransportHandler> implements Transport {
  /** Null once the connection is given up or gone. */
  socket: LinkedSocket | null = null;
  handler: Handler | null;
  peerAddress = "";
  localPort = 0;
  /** We have sent FIN. */
  halfClosed = false;
  /** The handler knows of the peer's FIN, or will not hear of one. */
  ended = false;
  /** The peer has sent FIN. */
  finished = false;
  /** Over TLS. */
  readonly #secure: boolean;
  /** Somebody keeps the buffer of the read that is being handled. */
  retained = false;

  constructor(handler: Handler | null, secure = false) {
    this.handler = handler;
    this.#secure = secure;
  }

  get tls(): TlsFacts | null {
    return this.#secure && this.socket !== null ? tlsFacts(this.socket) : null;
  }

  get peerPort(): number {
    return this.socket?.remotePort ?? 0;
  }

  write(bytes: Buffer, start: number, end: number): number {
    const socket = this.socket;
    if (socket === null) return -1;
    const taken = socket.write(bytes, start, end - start);
    // The failed write has taken the error from the socket: the reset that follows would look like a FIN.
    if (taken < 0 && !this.halfClosed) this.ended = true;
    return taken;
  }

  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    this.socket?.resume();
  }

  shutdown(): void {
    this.halfClosed = true;
    this.socket?.shutdown();
  }

  close(): void {
    const socket = this.socket;
    this.detach();
    socket?.end();
  }

  abort(): void {
    const socket = this.socket;
    this.detach();
    socket?.terminate();
  }

  retain(bytes: Buffer): Buffer {
    this.retained = true;
    return bytes;
  }

  /** What was kept is garbage now. */
  release(): void {}

  handOver(handler: Handler, bytes: Buffer, start: number, end: number): void {
    const { socket } = this;
    if (socket === null) return;
    this.handler = handler;
    socket.resume();
    try {
      if (end > start) handler.onData(bytes, start, end);
      if (this.finished && this.handler === handler) handler.onEnd();
    } catch (error) {
      onFailure(socket, error);
    }
  }

  /** Nothing more is written, and nothing more is heard: Bun has no way to take the handlers off a socket. */
  detach(): void {
    this.socket = null;
    this.handler = null;
  }
}

type LinkedSocket = Socket<BunTransport<TransportHandler>>;

/** Null before the handshake is over. */
function tlsFacts(socket: LinkedSocket): TlsFacts | null {
  const version = socket.getTLSVersion();
  if (version === "") return null;
  const protocol = socket.alpnProtocol;
  return {
    version,
    cipher: (socket.getCipher() as { name?: string } | undefined)?.name ?? "",
    serverName: (socket.getServername() ?? "").toLowerCase(),
    protocol: typeof protocol === "string" ? protocol : "",
  };
}

/** From this many bytes on the memory of a read is given back as soon as it was handled. */
const RELEASED = 16_384;

function onData(socket: LinkedSocket, bytes: Buffer): void {
  const transport = socket.data;
  try {
    transport.handler?.onData(bytes, 0, bytes.length);
  } catch (error) {
    onFailure(socket, error);
  }
  if (bytes.length < RELEASED) return;
  if (transport.retained) transport.retained = false;
  else release(bytes);
}

/**
 * Frees a read's memory at once instead of at the next garbage collection, so that the next read gets it while it is
 * still in the processor's cache: a detached buffer holds none.
 */
function release(bytes: Buffer): void {
  (bytes.buffer as ArrayBuffer).transfer(0);
}

function onDrain(socket: LinkedSocket): void {
  try {
    socket.data.handler?.onWritable();
  } catch (error) {
    onFailure(socket, error);
  }
}

function onEnd(socket: LinkedSocket): void {
  const transport = socket.data;
  if (transport.ended) return;
  transport.ended = true;
  transport.finished = true;
  try {
    transport.handler?.onEnd();
  } catch (error) {
    onFailure(socket, error);
  }
}

/** After our FIN Bun does not tell the peer's by `end`: it closes at once, with an error only when it was no FIN. */
function onClosed(socket: LinkedSocket, error?: unknown): void {
  if (error === undefined && socket.data.halfClosed) onEnd(socket);
  onGone(socket);
}

function onGone(socket: LinkedSocket): void {
  const { data } = socket;
  const { handler } = data;
  data.detach();
  handler?.onClose();
}

/** An error of ours costs the one connection that it happened on, never the process with all others. */
function onFailure(socket: LinkedSocket, error: unknown): void {
  reportHandlerFailure(error);
  const { handler } = socket.data;
  socket.data.abort();
  handler?.onClose();
}

function listen(host: string, port: number, accept: Acceptor): Listening {
  return listenWith(host, port, accept, {}, {});
}

/**
 * The same over TLS. `protocols`: what ALPN may choose (RFC 7301); a client that offers only others is refused. Several
 * may listen on one port, so that a new certificate's listener can stand beside the old one's until that stops. Throws
 * the error of a bad certificate too.
 */
export function listenSecurely(
  host: string,
  port: number,
  { certificate, key }: CertificatePair,
  protocols: readonly string[],
  accept: Acceptor,
): Listening {
  const names = protocols.map((name) => Buffer.from(`${String.fromCharCode(name.length)}${name}`, "latin1"));
  const tls = { cert: certificate, key, ALPNProtocols: Buffer.concat(names) };
  // With this handler `open` comes before the handshake, so that its duration is the connection's to limit.
  return listenWith(host, port, accept, { tls, reusePort: true }, { handshake(): void {} });
}

function listenWith(host: string, port: number, accept: Acceptor, options: object, handlers: object): Listening {
  const listener: TCPSocketListener<BunTransport<TransportHandler>> = Bun.listen<BunTransport<TransportHandler>>({
    ...options,
    hostname: host,
    port,
    allowHalfOpen: true,
    socket: {
      ...handlers,
      open(socket: LinkedSocket): void {
        const transport = new BunTransport<TransportHandler>(null, "tls" in options);
        socket.data = transport;
        // A peer that has reset already has no address any more.
        const address: string | undefined = socket.remoteAddress;
        if (address === undefined) {
          socket.terminate();
          return;
        }
        transport.socket = socket;
        transport.peerAddress = address;
        transport.localPort = listener.port;
        try {
          transport.handler = accept(transport);
        } catch (error) {
          reportHandlerFailure(error);
        }
        if (transport.handler === null) transport.abort();
      },
      data: onData,
      drain: onDrain,
      end: onEnd,
      close: onClosed,
      error: onGone,
    },
  });
  return { host, port: listener.port, setBacklog: () => false, stop: () => listener.stop(false) };
}

const DIAL_HANDLERS = {
  open(socket: LinkedSocket): void {
    const transport = socket.data as BunTransport<DialHandler>;
    if (transport.handler === null) {
      socket.terminate();
      return;
    }
    transport.socket = socket;
    try {
      transport.handler.onConnect(transport);
    } catch (error) {
      onFailure(socket, error);
    }
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

/** A connect to one address. `Bun.connect` cannot be called off: a connection that comes too late is closed as it opens. */
class BunDial implements Dialing {
  readonly outcome = "";
  readonly #transport: BunTransport<DialHandler>;

  constructor(host: string, port: number, handler: DialHandler) {
    const data = new BunTransport(handler);
    data.peerAddress = host;
    this.#transport = data;
    const socket = DIAL_HANDLERS;
    Bun.connect<BunTransport<TransportHandler>>({ hostname: host, port, allowHalfOpen: true, data, socket }).catch(
      (error: unknown) => {
        if (data.socket === null) data.handler?.onConnectError(bunConnectReason(errnoName(error), host));
      },
    );
  }

  cancel(): void {
    this.#transport.detach();
  }
}

export const bunNetwork: Network = {
  listen,
  bindDatagram: bindBunDatagram,
  dial(host: string, port: number, handler: DialHandler): Dialing {
    return isIP(host) === 0
      ? new NameDial(bunNetwork, systemNames, host, port, handler)
      : new BunDial(host, port, handler);
  },
};
