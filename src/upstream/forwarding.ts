import type { Exchange } from "../contract/exchange.ts";
import type { ConnectionInfo, ForwardingLines } from "../contract/connection-info.ts";
import { FieldId } from "../contract/field-id.ts";
import { FIELD_STRIDE, type RequestHead, NAME_END, NAME_START } from "../contract/head.ts";
import type { ForwardingPlan } from "../contract/plan.ts";
import { isWithheldForwarded } from "../http/fields/field-table.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import { Method } from "../contract/method.ts";
import { NO_BODY, type Reply } from "../contract/reply.ts";
import { isToken, token } from "../http/fields/field-name.ts";

/**
 * What a request says of its way (RFC 9110 §7.6).
 *
 * Fields that tell the upstream who asked: X-Forwarded-*, X-Real-IP, Forwarded (RFC 7239) and Via (RFC 9110 §7.6.3).
 *
 * What came in such fields was left out by the parser. Only a trusted peer's values are carried on, with the peer
 * appended; anybody else's are dropped, so an upstream can believe what it reads.
 */

const CRLF = "\r\n";
/** The value differs from request to request: whoever writes the lines writes it behind them. */
const TRACEPARENT = "traceparent: ";

/** RFC 7239 §6: an IPv6 node is bracketed and quoted. */
function forwardedNode(address: string): string {
  return address.includes(":") ? `"[${address}]"` : address;
}

/** The lines for a peer whose fields are not believed. */
function peerLines(connection: ConnectionInfo, plan: ForwardingPlan, head: RequestHead): string {
  const { peerAddress, scheme, localPort } = connection;
  const authority = head.authority();
  let text = "";
  if (plan.via !== "") text += `Via: ${head.receivedProtocol} ${plan.via}${CRLF}`;
  if (plan.xRealIp) text += `X-Real-IP: ${peerAddress}${CRLF}`;
  if (plan.xForwarded) {
    text += `X-Forwarded-For: ${peerAddress}${CRLF}X-Forwarded-Proto: ${scheme}${CRLF}X-Forwarded-Port: ${localPort}${CRLF}`;
    if (authority !== "") text += `X-Forwarded-Host: ${authority}${CRLF}`;
  }
  if (plan.forwarded) text += `Forwarded: ${forwardedElement(connection, authority)}${CRLF}`;
  if (plan.traceparent) text += TRACEPARENT;
  return text;
}

/** RFC 7239 §4. An authority holds nothing that would need escaping in a quoted-string. */
function forwardedElement({ peerAddress, scheme }: ConnectionInfo, authority: string): string {
  const host = authority === "" ? "" : `;host="${authority}"`;
  return `for=${forwardedNode(peerAddress)};proto=${scheme}${host}`;
}

/** Bytes that `writeForwarding` needs at most. */
export function forwardingSize(head: RequestHead): number {
  return 512 + 2 * (head.authorityEnd - head.authorityStart) + (head.hasForwarding ? head.end - head.start : 0);
}

/**
 * Lines by peer address, so that a peer whose connections carry one request each does not have them made every time.
 * Bounded by `MAX_PEERS`: then all are forgotten. Good for one plan.
 */
const MAX_PEERS = 1_024;
const byPeer = new Map<string, ForwardingLines>();
let madeFor: ForwardingPlan | null = null;

/** Writes the lines, and the name of traceparent when it is sent; answers the new position. */
export function writeForwarding(
  exchange: Exchange,
  head: RequestHead,
  plan: ForwardingPlan,
  into: Buffer,
  at: number,
): number {
  const connection = exchange.connection;
  if (connection.trustedPeer && head.hasForwarding)
    return at + into.latin1Write(trustedLines(exchange, head, plan), at);
  const kept = connection.forwarding;
  if (kept !== null && isFor(head, connection, kept)) return at + kept.lines.copy(into, at);
  const lines = linesFor(connection, head, plan);
  connection.forwarding = lines;
  return at + lines.lines.copy(into, at);
}

function linesFor(connection: ConnectionInfo, head: RequestHead, plan: ForwardingPlan): ForwardingLines {
  if (plan !== madeFor || byPeer.size >= MAX_PEERS) {
    byPeer.clear();
    madeFor = plan;
  }
  const known = byPeer.get(connection.peerAddress);
  if (known !== undefined && isFor(head, connection, known)) return known;
  const made = {
    localPort: connection.localPort,
    scheme: connection.scheme,
    receivedProtocol: head.receivedProtocol,
    authority: Buffer.from(head.authority(), "latin1"),
    lines: Buffer.from(peerLines(connection, plan, head), "latin1"),
  };
  byPeer.set(connection.peerAddress, made);
  return made;
}

/** The peer's lines, made for some request, are good for this one. */
function isFor(head: RequestHead, connection: ConnectionInfo, made: ForwardingLines): boolean {
  const { bytes, authorityStart } = head;
  const { authority } = made;
  const length = authority.length;
  if (head.authorityEnd - authorityStart !== length || made.localPort !== connection.localPort) return false;
  if (made.scheme !== connection.scheme || made.receivedProtocol !== head.receivedProtocol) return false;
  for (let index = 0; index < length; index++) if (bytes[authorityStart + index] !== authority[index]) return false;
  return true;
}

/** All values of a field in one list (RFC 9110 §5.3), or "". */
function combined(head: RequestHead, id: number): string {
  let text = "";
  for (let at = head.find(id); at >= 0; at = head.find(id, at + FIELD_STRIDE)) {
    text = text === "" ? head.value(at) : `${text}, ${head.value(at)}`;
  }
  return text;
}

function append(list: string, item: string): string {
  return list === "" ? item : `${list}, ${item}`;
}

const X_FORWARDED = [FieldId.xForwardedFor, FieldId.xForwardedProto, FieldId.xForwardedHost, FieldId.xForwardedPort];

/**
 * The lines for a believed peer: the chain it sent with itself added, its word on protocol, host and port kept. What it
 * says in one of the two forms is not contradicted in the other: beside X-Forwarded-* alone there is no Forwarded that
 * would call the peer the client, and no port that the client has not used.
 */
function trustedLines(exchange: Exchange, head: RequestHead, plan: ForwardingPlan): string {
  const { peerAddress, scheme, localPort } = exchange.connection;
  const authority = head.authority();
  const tells = X_FORWARDED.some((id) => head.find(id) >= 0);
  let text = "";
  if (plan.via !== "") text += `Via: ${head.receivedProtocol} ${plan.via}${CRLF}`;
  if (plan.xRealIp) text += `X-Real-IP: ${exchange.clientAddress}${CRLF}`;
  if (plan.xForwarded) {
    text += `X-Forwarded-For: ${append(combined(head, FieldId.xForwardedFor), peerAddress)}${CRLF}`;
    text += `X-Forwarded-Proto: ${combined(head, FieldId.xForwardedProto) || scheme}${CRLF}`;
    const port = combined(head, FieldId.xForwardedPort) || (tells ? "" : String(localPort));
    if (port !== "") text += `X-Forwarded-Port: ${port}${CRLF}`;
    const host = combined(head, FieldId.xForwardedHost) || authority;
    if (host !== "") text += `X-Forwarded-Host: ${host}${CRLF}`;
  }
  // What else such a peer says of the client goes on as it came.
  for (let at = head.find(FieldId.other); at >= 0; at = head.find(FieldId.other, at + FIELD_STRIDE)) {
    if (isWithheldForwarded(head, at)) text += `${head.name(at)}: ${head.value(at)}${CRLF}`;
  }
  const elements = combined(head, FieldId.forwarded);
  if (plan.forwarded && (elements !== "" || !tells)) {
    text += `Forwarded: ${append(elements, forwardedElement(exchange.connection, authority))}${CRLF}`;
  }
  if (plan.traceparent) text += TRACEPARENT;
  return text;
}

/**
 * Max-Forwards (RFC 9110 §7.6.2): how many more times a TRACE or OPTIONS request may go on. At 0 the edge is its end and
 * answers; else it goes on with one less. With other methods, or when it is not a number, it is left alone.
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
