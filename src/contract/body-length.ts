/**
 * How much body a message has: the number of its bytes (≥ 0), or one of the names. How that is put on the wire
 * (Content-Length, chunks, the end of a stream or of a connection) is for each protocol's encoder.
 */
export const BodyLength = {
  /** There is none, whatever Content-Length says (RFC 9110 §6.4.1: HEAD, 1xx, 204, 304; a request without one). */
  none: -2,
  /** It ends when its sender says so. */
  unknown: -1,
} as const;
export type BodyLength = number;
