/**
 * The seam between protocol and socket. `Bun.listen`, `node:tls` and an FFI epoll loop can stand behind it; the
 * core sees no other I/O. All calls are synchronous and nothing here allocates per read or write.
 */

import type { DatagramNetwork } from "./datagram.ts";
import type { TlsFacts } from "./tls-facts.ts";

/** What a transport calls. After `onClose` it calls nothing any more. */
export interface TransportHandler {
  /**
   * Bytes [start, end) came. They hold until the call returns; a handler that keeps them copies, or takes the whole
   * buffer by `Transport.retain`. Bytes before `start` may be overwritten during the call (headroom for a head).
   */
  onData(bytes: Buffer, start: number, end: number): void;
  /** A write that was cut short can go on. */
  onWritable(): void;
  /** The peer will send no more (FIN); writing is still possible. */
  onEnd(): void;
  /** The connection is gone, by either side or by an error. */
  onClose(): void;
}

/** One byte stream connection. */
export interface Transport {
  /** Address of the peer, without port: dotted quad or RFC 5952 IPv6 text. */
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localPort: number;
  /** Null on a plain connection, and before the handshake is over. */
  readonly tls: TlsFacts | null;
  /** Writes bytes [start, end); answers how many the kernel took (0…), or -1 when the connection is gone. */
  write(bytes: Buffer, start: number, end: number): number;
  pause(): void;
  resume(): void;
  /** Sends FIN; reading goes on. */
  shutdown(): void;
  /** Closes in order: what was written is delivered. */
  close(): void;
  /** Resets the connection (RST): the peer learns that what it received is not whole. */
  abort(): void;
  /**
   * A buffer with the same bytes at the same offsets that outlives the `onData` call, the caller's until `release`;
   * null when these bytes are better copied.
   */
  retain(bytes: Buffer, start: number, end: number): Buffer | null;
  /** Gives back what `retain` answered, once for each time. Works on a connection that is gone, too. */
  release(bytes: Buffer): void;
  /**
   * Another handler has the connection from here on. It is given bytes [start, end), which were read already, at once;
   * then the peer's FIN when that had come. Reading goes on for it, whatever was paused. The handler before hears
   * nothing more. Allowed inside `onData` and outside of it; on a connection that is gone it does nothing.
   */
  handOver(handler: TransportHandler, bytes: Buffer, start: number, end: number): void;
}

export interface DialHandler extends TransportHandler {
  onConnect(transport: Transport): void;
  /** No connection came about; `reason` is the errno name where one is known (ECONNREFUSED …). */
  onConnectError(reason: string): void;
}

/** A connect under way. */
export interface Dialing {
  /**
   * Of a host that was dialled by name, for a person: which address answered, and what became of others that were tried.
   * "" for an address, and while nothing is known.
   */
  readonly outcome: string;
  /** Nobody waits for it any more: what it holds is closed, and the handler hears nothing of it. Nothing once it has ended. */
  cancel(): void;
}

/** Opens connections to upstreams. */
export interface Dialer {
  /** To an address, or to whichever address of a name answers first (RFC 8305). The handler hears nothing before this returns. */
  dial(host: string, port: number, handler: DialHandler): Dialing;
}

/** Answers who handles a new connection, or null to refuse it. */
export type Acceptor = (transport: Transport) => TransportHandler | null;

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** How many connections may wait to be accepted. False: this network cannot tell the system; it stays as it was. */
  setBacklog(backlog: number): boolean;
  /** No further connection is accepted; live ones go on. */
  stop(): void;
}

export interface ListenOptions {
  /** Connections that may wait to be accepted; `net.core.somaxconn` may allow fewer. */
  readonly backlog: number;
}

/** A way to the network: `Bun.listen` and `Bun.connect`, or an epoll loop of our own. The core sees no more of it. */
export interface Network extends Dialer, DatagramNetwork {
  /** Listens on `host:port` (port 0: any free one). Throws the system's error (EADDRINUSE …). */
  listen(host: string, port: number, accept: Acceptor, options?: ListenOptions): Listening;
}
