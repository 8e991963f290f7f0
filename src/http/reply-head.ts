import type { BodyLength } from "../contract/body-length.ts";
import { ResponseHead } from "../contract/head.ts";
import type { Reply } from "../contract/reply.ts";
import { reasonPhrase } from "./status.ts";
import type { HeadLimits } from "./head-limits.ts";
import { parseResponseHead } from "./h1/response-head.ts";

/** What the edge writes itself is not limited by what it accepts from others. */
const LIMITS: HeadLimits = { requestLine: 65_536, field: 65_536, fields: 1_000, head: 131_072 };

/**
 * A reply that the edge made, as a head in bytes: from here on it goes the same way as an upstream's response, past
 * the same policies. Holds until the next call. Throws a RangeError when a field is not valid (RFC 9110 §5.5).
 */
export function replyHead(reply: Reply): ResponseHead {
  const { status } = reply;
  let text = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
  for (const [name, value] of reply.fields) text += `${name}: ${value}\r\n`;
  const length = replyLength(reply);
  // RFC 9110 §8.6: no Content-Length in 1xx and 204; in 304 only the length of the representation, which is not known here.
  if (length >= 0 && status !== 204 && status !== 304) text += `Content-Length: ${length}\r\n`;
  const bytes = Buffer.from(`${text}\r\n`, "latin1");
  const position = parseResponseHead(bytes, 0, bytes.length, HEAD, LIMITS);
  if (position !== bytes.length)
    throw new RangeError(`the reply's fields are not valid: ${JSON.stringify(reply.fields)}`);
  return HEAD;
}

const HEAD = new ResponseHead();

/** Of its body; -1 = not known (`BodyLength.unknown`). */
export function replyLength(reply: Reply): BodyLength {
  const { body } = reply;
  return body.kind === "none" ? 0 : body.kind === "bytes" ? body.bytes.length : body.length;
}
