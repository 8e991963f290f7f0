import { BodyLength } from "../../contract/body-length.ts";

/** How a body is delimited (RFC 9112 §6.3). */
export const BodyFraming = { none: 0, length: 1, chunked: 2, untilClose: 3 } as const;
export type BodyFraming = (typeof BodyFraming)[keyof typeof BodyFraming];

/**
 * How the body of a request is delimited (RFC 9112 §6.3). Without a length there is none, and an unknown one is
 * chunked: a request is never read until the connection closes. A length of zero counts as none.
 */
export function requestFraming(length: BodyLength): BodyFraming {
  if (length === BodyLength.unknown) return BodyFraming.chunked;
  return length > 0 ? BodyFraming.length : BodyFraming.none;
}

/** How the body of a response is delimited (RFC 9112 §6.3). A length of zero counts as none. */
export function responseFraming(length: BodyLength, chunked: boolean): BodyFraming {
  if (length === BodyLength.unknown) return chunked ? BodyFraming.chunked : BodyFraming.untilClose;
  return length > 0 ? BodyFraming.length : BodyFraming.none;
}
