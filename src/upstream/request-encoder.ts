import { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { FieldEdits } from "../contract/field-edits.ts";
import { TargetForm, type RequestHead } from "../contract/head.ts";
import type { OutboundRequest } from "../contract/outbound-request.ts";
import type { Target } from "../contract/target.ts";
import {
  endLine,
  copyFields,
  copyStartLineAndFields,
  copyTarget,
  fieldsSize,
  targetSize,
  writeOwnVersion,
  keptLength,
  withoutLength,
  writeLength,
} from "../http/h1/encode.ts";
import { writeTraceparent } from "../trace/trace-context.ts";
import { forwardingSize, writeForwarding } from "./forwarding.ts";

const HTTP_1_1 = Buffer.from(" HTTP/1.1\r\n");
/** Stands behind the target, where the version of the one who sent the request was. */
const VERSION_AT = " HTTP/".length;
const HOST = Buffer.from("Host: ");
const TRANSFER_ENCODING = Buffer.from("Transfer-Encoding: chunked\r\n");
const CONNECTION_UPGRADE = Buffer.from("Connection: Upgrade\r\nUpgrade: ");
const SPACE = 32;

/** Room that `closeHead` needs beside an upgrade and a target's address. */
const CLOSING = 128;

/** Makes room for `size` bytes; what is there stays. */
export function reserve(outbound: OutboundRequest, size: number): void {
  const { bytes } = outbound;
  if (size <= bytes.length) return;
  outbound.bytes = Buffer.allocUnsafeSlow(size * 2);
  bytes.copy(outbound.bytes, 0, 0, outbound.length);
}

/**
 * Writes the request as it goes to an upstream: the start line and fields as they came, less what is hop-by-hop, and
 * the fields about the client. `path` replaces the path of the target when not null. The head stays open.
 */
export function encodeRequest(
  exchange: Exchange,
  head: RequestHead,
  path: string | null,
  outbound: OutboundRequest,
): void {
  const plan = exchange.plan.forwarding;
  const { forwardedLength, edits: policyEdits } = exchange;
  outbound.length = 0;
  reserve(
    outbound,
    512 + targetSize(head) + (path?.length ?? 0) + fieldsSize(head, policyEdits) + forwardingSize(head),
  );
  const into = outbound.bytes;
  let at: number;
  let edits = policyEdits;
  let kept = keptLength(head, edits);
  if (kept >= 0 && kept !== forwardedLength) {
    edits = withoutLength(head, edits);
    kept = -1;
  }
  outbound.needsHost = false;
  if (path === null && head.hostField >= 0 && head.form === TargetForm.origin && !head.pathChanged) {
    at = copyStartLineAndFields(head, head.methodStart, edits, into, 0);
    writeOwnVersion(into, head.targetEnd - head.methodStart + VERSION_AT);
  } else {
    at = writeRequestLine(head, path, into);
    if ((head.form === TargetForm.absolute || head.hostField < 0) && !addsHost(edits)) {
      outbound.needsHost = head.authorityEnd === head.authorityStart;
      if (!outbound.needsHost) at = writeHost(head, into, at);
    }
    at = copyFields(head, edits, into, at);
  }
  if (forwardedLength >= 0 && kept < 0) at = writeLength(into, at, forwardedLength);
  at = writeForwarding(exchange, head, plan, into, at);
  if (plan.traceparent) at = endLine(into, writeTraceparent(exchange.record, into, at));
  outbound.upgrade = head.upgrade ? head.upgradeProtocols() : "";
  outbound.bodyLength = forwardedLength;
  outbound.length = at;
  outbound.fieldsEnd = at;
  outbound.headLength = 0;
  outbound.complete = exchange.bodyDone;
  outbound.streamed = false;
}

/**
 * Ends the head for a hop over HTTP/1.1: its framing (RFC 9112 §6), what is asked to be switched to, and the empty line.
 * A request that is sent again is closed already; only a Host that stands for the target is written again.
 */
export function closeHead(outbound: OutboundRequest, target: Target): void {
  if (outbound.headLength > 0 && !outbound.needsHost) return;
  const body =
    outbound.headLength > 0 ? Buffer.from(outbound.bytes.subarray(outbound.headLength, outbound.length)) : null;
  const { upgrade, fieldsEnd } = outbound;
  reserve(outbound, fieldsEnd + CLOSING + upgrade.length + target.address.length + (body?.length ?? 0));
  const into = outbound.bytes;
  let at = fieldsEnd;
  if (outbound.needsHost) {
    at += HOST.copy(into, at);
    at = endLine(into, at + into.latin1Write(target.address, at));
  }
  if (outbound.bodyLength === BodyLength.unknown) at += TRANSFER_ENCODING.copy(into, at);
  if (upgrade !== "") {
    at += CONNECTION_UPGRADE.copy(into, at);
    at = endLine(into, at + into.latin1Write(upgrade, at));
  }
  at = endLine(into, at);
  outbound.headLength = at;
  outbound.length = at + (body?.copy(into, at) ?? 0);
}

function writeRequestLine(head: RequestHead, path: string | null, into: Buffer): number {
  const bytes = head.bytes;
  let at = bytes.copy(into, 0, head.methodStart, head.methodEnd);
  into[at++] = SPACE;
  if (path !== null) {
    at += into.latin1Write(path, at);
    at += bytes.copy(into, at, head.pathEnd, head.targetEnd);
  } else {
    at = copyTarget(head, into, at);
  }
  return at + HTTP_1_1.copy(into, at);
}

/** RFC 9112 §3.2.2: with absolute-form, Host comes from the target whatever was received. */
function writeHost(head: RequestHead, into: Buffer, at: number): number {
  const to = at + HOST.copy(into, at);
  return endLine(into, to + head.bytes.copy(into, to, head.authorityStart, head.authorityEnd));
}

const HOST_LINE = /(?:^|\r\n)host:/i;

/** A policy has set Host. */
function addsHost(edits: FieldEdits | null): boolean {
  return (
    edits !== null && edits.added.length > 0 && HOST_LINE.test(edits.added.bytes.latin1Slice(0, edits.added.length))
  );
}

/** The value of an end-to-end field in an encoded request, undefined when it is not there. Not for the hot path. */
export function outboundField(outbound: OutboundRequest | null, name: string): string | undefined {
  if (outbound === null) return undefined;
  const lines = outbound.bytes.latin1Slice(0, outbound.fieldsEnd).split("\r\n");
  const prefix = `${name}:`;
  const line = lines.find((text) => text.slice(0, prefix.length).toLowerCase() === prefix);
  return line?.slice(prefix.length).trim();
}

/** Accept of a request. Once its head is used up, what it said is still in the request that goes upstream. */
export function acceptOf(exchange: Exchange, head: RequestHead | null): string | undefined {
  const known = head ?? exchange.head;
  return known !== null ? known.get("accept") : outboundField(exchange.outbound, "accept");
}
