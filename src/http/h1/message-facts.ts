/**
 * What only an HTTP/1.x connection needs to know of a message, beside its head: of the head that was parsed last, in
 * either direction, until the next one is. Whoever parses reads it at once.
 */
export interface MessageFacts {
  /** Transfer-Encoding is exactly `chunked`. */
  chunked: boolean;
  /** The connection can carry another message after this one (RFC 9112 §9.3), as far as its sender says. */
  persistent: boolean;
  /** Of a response: seconds that its sender keeps the connection idle, and requests that it still takes; -1: not said. */
  keepAliveTimeout: number;
  keepAliveMax: number;
}

export const facts: MessageFacts = { chunked: false, persistent: false, keepAliveTimeout: -1, keepAliveMax: -1 };
