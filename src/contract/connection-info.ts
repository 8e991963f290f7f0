import type { UpstreamLink } from "./target.ts";

/** What all exchanges of one connection share. */
export interface ConnectionInfo {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localPort: number;
  /** Name of the listener that it came to, by the plan that its requests are served by. */
  readonly listener: string;
  readonly scheme: "http" | "https";
  /** The peer is in `trustedProxies`: its forwarding fields are believed. */
  readonly trustedPeer: boolean;
  /** Field lines about this peer, made by the upstream stage at the first request and kept for the next ones. */
  forwarding: ForwardingLines | null;
  /** The upstream connection that the client has authenticated on: for its requests alone, and ends with it. */
  readonly bound: UpstreamLink | null;
  /** The idle link is the client's. What was before is retired, and so is the link where there is no client. */
  bind(link: UpstreamLink): void;
  /** The link has closed. */
  unbind(link: UpstreamLink): void;
}

/** Field lines that go to upstreams, good for every request of a connection that names the same authority. */
export interface ForwardingLines {
  readonly localPort: number;
  readonly scheme: string;
  readonly receivedProtocol: string;
  readonly authority: Buffer;
  readonly lines: Buffer;
}
