import { BodyLength } from "./body-length.ts";

/**
 * A request as it goes to an upstream, whichever of its targets that will be: the same bytes can wait in a queue and be
 * sent again elsewhere (a retry). Recycled by the upstream stage.
 *
 * `prepare` writes the request line and the end-to-end fields; the head stays open there. The link that sends it closes
 * it with what belongs to its hop alone: HTTP/1.1 with its framing and the empty line. What is kept of the body for a
 * further attempt lies behind the head, framed as HTTP/1.1 frames it.
 */
export class OutboundRequest {
  bytes: Buffer = Buffer.allocUnsafeSlow(2_048);
  /** Bytes in use: the head, then as much of the body as was joined to it. */
  length = 0;
  /** End of the end-to-end fields. */
  fieldsEnd = 0;
  /** End of the head as the link closed it; 0 = it is open. */
  headLength = 0;
  /** The request named no host (HTTP/1.0): the target's address stands in for it. */
  needsHost = false;
  /** Protocols that the client asks to switch to (RFC 9110 §7.8); "" = none. */
  upgrade = "";
  bodyLength: BodyLength = BodyLength.none;
  /** `bytes` holds the whole request, so it can be sent again. */
  complete = false;
  /** Body bytes were passed on that are not in `bytes`: a further attempt is impossible. */
  streamed = false;
}
