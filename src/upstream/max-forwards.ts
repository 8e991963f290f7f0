import type { Exchange } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import { FIELD_STRIDE, NAME_END, NAME_START, type RequestHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import { NO_BODY, type Reply } from "../contract/reply.ts";
import { isToken, token } from "../http/fields/field-name.ts";

/**
 * Max-Forwards (RFC 9110 §7.6.2): how many more times a TRACE or OPTIONS request may go on. At 0 the edge is its end and
 * answers; else it goes on with one less. With other methods, or when it is no number, it is left alone.
 */

const MAX_FORWARDS = token("max-forwards");
const DIGITS = /^\d{1,9}$/;
/** RFC 9110 §9.3.8: what is likely to be secret is not reflected. */
const SECRET = /^(?:authorization|proxy-authorization|cookie|roundtrip-explain)$/i;

/** Edits of a request that has none. */
const EDITS = new FieldEdits();

/** The reply of the request's end, or null: it goes on, with `exchange.edits` for its field. */
export function applyMaxForwards(exchange: Exchange, head: RequestHead): Reply | null {
  if (exchange.method !== Method.OPTIONS && exchange.method !== Method.TRACE) return null;
  const { fieldCount, offsets, bytes } = head;
  for (let at = 0; at < fieldCount * FIELD_STRIDE; at += FIELD_STRIDE) {
    if (!isToken(bytes, offsets[at + NAME_START]!, offsets[at + NAME_END]!, MAX_FORWARDS)) continue;
    const value = head.value(at);
    if (!DIGITS.test(value)) return null;
    const left = Number(value);
    if (left === 0) return exchange.method === Method.TRACE ? reflection(head) : options();
    if (exchange.edits === null) {
      EDITS.reset();
      exchange.edits = EDITS;
    }
    exchange.edits.remove(at);
    exchange.edits.addLines(Buffer.from(`Max-Forwards: ${left - 1}\r\n`));
    return null;
  }
  return null;
}

function options(): Reply {
  return { status: 200, fields: [["Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"]], body: NO_BODY };
}

/** RFC 9110 §9.3.8: the message as it came. */
function reflection(head: RequestHead): Reply {
  const lines = head.entries().filter(([name]) => !SECRET.test(name));
  const text = `${head.methodName()} ${head.target()} HTTP/${head.receivedProtocol}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  return {
    status: 200,
    fields: [["Content-Type", "message/http"]],
    body: { kind: "bytes", bytes: Buffer.from(text, "latin1") },
  };
}
