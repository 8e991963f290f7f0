import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, type ResponseHead, VALUE_END, VALUE_START } from "../../contract/head.ts";
import { COMMA, HTAB, SP, ZERO } from "../fields/characters.ts";
import { isToken, token } from "../fields/field-name.ts";
import { facts } from "./message-facts.ts";

/**
 * Keep-Alive (RFC 2068 §19.7.1.1): how long the sender keeps the connection without a further request, and how many more it
 * takes on it. A hint: what is malformed in it is passed over.
 */

const TIMEOUT = token("timeout");
const MAX = token("max");
const EQUALS = 0x3d;
/** Beyond it a number says no more than "very long". */
const MOST = 1_000_000_000;

/** Notes in `facts` what the Keep-Alive fields from `at` on, the first of them, say. */
export function readKeepAlive(bytes: Buffer, head: ResponseHead, first: number): void {
  for (let at = first; at >= 0; at = head.find(FieldId.keepAlive, at + FIELD_STRIDE)) {
    readParameters(bytes, head.offsets[at + VALUE_START]!, head.offsets[at + VALUE_END]!);
  }
}

function readParameters(bytes: Buffer, start: number, end: number): void {
  for (let from = start; from < end;) {
    let to = from;
    while (to < end && bytes[to] !== COMMA) to++;
    readParameter(bytes, from, to);
    from = to + 1;
  }
}

function readParameter(bytes: Buffer, start: number, end: number): void {
  let from = start;
  while (from < end && (bytes[from] === SP || bytes[from] === HTAB)) from++;
  let equals = from;
  while (equals < end && bytes[equals] !== EQUALS) equals++;
  const value = numberAt(bytes, equals + 1, end);
  if (value < 0) return;
  if (isToken(bytes, from, equals, TIMEOUT)) facts.keepAliveTimeout = value;
  else if (isToken(bytes, from, equals, MAX)) facts.keepAliveMax = value;
}

/** The digits from `start` to `end`, white space behind them aside; -1 when it is not a number. */
function numberAt(bytes: Buffer, start: number, end: number): number {
  let to = end;
  while (to > start && (bytes[to - 1] === SP || bytes[to - 1] === HTAB)) to--;
  if (start >= to) return -1;
  let value = 0;
  for (let at = start; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = Math.min(MOST, value * 10 + digit);
  }
  return value;
}
