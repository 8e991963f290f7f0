import type { BodyLength } from "../contract/body-length.ts";
import type { ResponseHead } from "../contract/head.ts";
import { Protocol } from "../contract/protocol.ts";
import type { Reply } from "../contract/reply.ts";
import { DecodedResponse } from "./fields/decoded-head.ts";
import type { HeadLimits } from "./head-limits.ts";

/** What the edge writes itself is not limited by what it accepts from others. */
const LIMITS: HeadLimits = { requestLine: 65_536, field: 65_536, fields: 1_000, head: 131_072 };

const RESPONSE = new DecodedResponse();
const CONTENT_LENGTH = Buffer.from("Content-Length");

/**
 * A reply that the edge made, as a head: from here on it goes the same way as an upstream's response, past the same
 * policies. Holds until the next call. Throws a RangeError when a field is not valid (RFC 9110 §5.5).
 */
export function replyHead(reply: Reply): ResponseHead {
  const { status } = reply;
  check(reply, RESPONSE.begin(Protocol.http11, status, LIMITS));
  for (const [name, value] of reply.fields) check(reply, RESPONSE.field(bytesOf(name), bytesOf(value)));
  const length = replyLength(reply);
  // RFC 9110 §8.6: no Content-Length in 1xx and 204; in 304 only the length of the representation, which is not known here.
  if (length >= 0 && status >= 200 && status !== 204 && status !== 304)
    check(reply, RESPONSE.field(CONTENT_LENGTH, bytesOf(String(length))));
  check(reply, RESPONSE.end());
  return RESPONSE.head;
}

/** Of its body; -1 = not known (`BodyLength.unknown`). */
export function replyLength(reply: Reply): BodyLength {
  const { body } = reply;
  return body.kind === "none" ? 0 : body.kind === "bytes" ? body.bytes.length : body.length;
}

/** A character that is no byte becomes one that no field may hold, so that the field is refused. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes[i] = code > 0xff ? 0 : code;
  }
  return bytes;
}

function check(reply: Reply, result: number): void {
  if (result < 0) throw new RangeError(`the reply's fields are not valid: ${JSON.stringify(reply.fields)}`);
}
