import { BodyFraming } from "../../contract/exchange.ts";
import type { RequestHead, ResponseHead } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";

/**
 * How the body of a request is delimited (RFC 9112 §6.3). Without a length there is none; a request is never read
 * until the connection closes. Content-Length of zero counts as none.
 */
export function requestFraming(head: RequestHead): BodyFraming {
  if (head.chunked) return BodyFraming.chunked;
  return head.contentLength > 0 ? BodyFraming.length : BodyFraming.none;
}

/**
 * How the body of a response is delimited (RFC 9112 §6.3), which depends on the method that it answers: HEAD, 1xx,
 * 204 and 304 have none whatever the fields say, and after 2xx to CONNECT, as after 101, a tunnel begins.
 * Content-Length of zero counts as none.
 */
export function responseFraming(head: ResponseHead, requestMethod: Method): BodyFraming {
  const status = head.status;
  if (requestMethod === Method.HEAD || status < 200 || status === 204 || status === 304) return BodyFraming.none;
  if (requestMethod === Method.CONNECT && status < 300) return BodyFraming.none;
  if (head.chunked) return BodyFraming.chunked;
  if (head.contentLength >= 0) return head.contentLength > 0 ? BodyFraming.length : BodyFraming.none;
  return BodyFraming.untilClose;
}

/** The connection can carry another message after this one (RFC 9112 §9.3), as far as this side says. */
export function isPersistent(head: RequestHead | ResponseHead): boolean {
  return !head.close && (head.minor === 1 || head.keepAlive);
}
