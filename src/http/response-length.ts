import { BodyLength } from "../contract/body-length.ts";
import type { ResponseHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import { isBodyless } from "./status.ts";

/**
 * The length of a response's body, which depends on the method that it answers (RFC 9110 §6.4.1): HEAD, 1xx, 204 and
 * 304 have none whatever the fields say, and after 2xx to CONNECT, as after 101, a tunnel begins.
 */
export function responseLength(head: ResponseHead, requestMethod: Method): BodyLength {
  const { status } = head;
  if (isBodyless(status, requestMethod === Method.HEAD)) return BodyLength.none;
  if (requestMethod === Method.CONNECT && status < 300) return BodyLength.none;
  return head.contentLength < 0 ? BodyLength.unknown : head.contentLength;
}
