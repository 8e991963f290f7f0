/** How long connections are kept, and how many. */
export interface StreamLimits {
  /** Milliseconds without a whole query, or with an answer that the client does not take. */
  readonly idleTimeout: number;
  readonly connections: number;
  /** Of one IPv4 address, or one /56 of IPv6. */
  readonly connectionsPerClient: number;
  /** After so many queries a connection is closed. */
  readonly messagesPerConnection: number;
}

/** RFC 7766 §6.2.3 asks for "a few seconds" of idle time, §6.2.2 for limits like these. */
export const STREAM_LIMITS: StreamLimits = {
  idleTimeout: 10_000,
  connections: 4_096,
  connectionsPerClient: 256,
  messagesPerConnection: 1_000_000,
};
