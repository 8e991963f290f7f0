/**
 * The seam between protocol and datagram socket: DNS, and whatever else speaks UDP, sees no other I/O. Nothing here
 * allocates per datagram: what a call hands out holds within that call, and what is sent is written where it is sent from.
 */

/** Who a datagram came from, and at which of our addresses it arrived. One object may stand for many in turn. */
export interface DatagramPeer {
  /** Without port: dotted quad or RFC 5952 IPv6 text; IPv4 peers of a socket for both as IPv4-mapped (`::ffff:…`). */
  readonly address: string;
  readonly port: number;
  /** The same for good: for an answer that is sent after the call. */
  keep(): DatagramPeer;
}

/** What a socket calls. After `DatagramSocket.stop` it calls nothing any more. */
export interface DatagramHandler {
  /** One datagram, bytes [start, end). `bytes`, as `peer`, hold until the call returns. Whatever it throws costs this datagram. */
  onDatagram(bytes: Uint8Array, start: number, end: number, peer: DatagramPeer, socket: DatagramSocket): void;
}

export interface DatagramOptions {
  /** Bytes that the kernel may queue each way; it may allow fewer. Default: the system's. */
  readonly buffer?: number;
  /** Bytes of a datagram that is received, at most 65,535: a longer one is dropped. Default 2,048. */
  readonly largest?: number;
}

/**
 * One bound UDP socket. What is sent in the course of one turn leaves together, at the turn's end. An answer leaves from
 * the address at which its datagram arrived, also when the socket is bound to a wildcard address. ICMP errors that a
 * peer provokes are nobody's: they cost no other peer its datagram.
 */
export interface DatagramSocket {
  readonly host: string;
  readonly port: number;
  /**
   * Datagrams that were not sent: nowhere to (no route, port 0), or the kernel's buffer was full, and the queue behind it
   * too, where there is one (256 datagrams, on epoll).
   */
  readonly unsent: number;
  /** Datagrams that were longer than `largest`. */
  readonly tooLong: number;
  /** One to send to; null when `address` is none (a name), or one that this socket cannot reach (another family). */
  peer(address: string, port: number): DatagramPeer | null;
  /** Where `reserve` gives room. It is the same memory for as long as the socket lives. */
  readonly out: Uint8Array;
  /** Room for a datagram of at most `size` bytes, 65,507 or less: its offset in `out`, until the next call of this or `send`. */
  reserve(size: number): number;
  /** Sends the first `length` bytes of what was reserved last. */
  commit(length: number, to: DatagramPeer): void;
  /** Sends bytes [start, end), which are copied. */
  send(bytes: Uint8Array, start: number, end: number, to: DatagramPeer): void;
  /** Sends what was committed, and closes. */
  stop(): void;
}

/** Binds datagram sockets. */
export interface DatagramNetwork {
  /** Binds `host:port` (port 0: any free one). Rejects with the system's error (EADDRINUSE …). */
  bindDatagram(
    host: string,
    port: number,
    handler: DatagramHandler,
    options?: DatagramOptions,
  ): Promise<DatagramSocket>;
}
