import { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { FieldEdits } from "../contract/field-edits.ts";
import { TargetForm, type RequestHead } from "../contract/head.ts";
import type { OutboundRequest } from "../contract/outbound-request.ts";
import type { ProxyAction } from "../contract/plan.ts";
import { endLine } from "../http/h1/encode-chunk.ts";
import { keptLength, withoutLength, writeLength } from "../http/h1/encode-length.ts";
import {
  copyFields,
  copyStartLineAndFields,
  copyTarget,
  fieldsSize,
  targetSize,
  writeOwnVersion,
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

/**
 * Writes the request as it goes to an upstream: the start line and fields as they came, less what is hop-by-hop, with
 * our own framing (RFC 9112 §6) and the fields about the client. `path` replaces the path of the target when not null.
 */
export function encodeRequest(
  exchange: Exchange,
  head: RequestHead,
  policyEdits: FieldEdits | null,
  action: ProxyAction,
  path: string | null,
  outbound: OutboundRequest,
): void {
  const plan = exchange.plan.forwarding;
  outbound.length = 0;
  outbound.reserve(512 + targetSize(head) + (path?.length ?? 0) + fieldsSize(head, policyEdits) + forwardingSize(head));
  const into = outbound.bytes;
  const bytes = head.bytes;
  let at: number;
  const { bodyLength } = exchange;
  let edits = policyEdits;
  let kept = keptLength(head, edits);
  if (kept >= 0 && kept !== bodyLength) {
    edits = withoutLength(head, edits);
    kept = -1;
  }
  if (path === null && head.hostField >= 0 && head.form === TargetForm.origin && !head.hadDotSegments) {
    at = copyStartLineAndFields(head, head.methodStart, edits, into, 0);
    writeOwnVersion(into, head.targetEnd - head.methodStart + VERSION_AT);
  } else {
    at = writeRequestLine(head, path, into);
    if ((head.form === TargetForm.absolute || head.hostField < 0) && !addsHost(edits))
      at = writeHost(head, action, into, at);
    at = copyFields(head, edits, into, at);
  }
  if (bodyLength === BodyLength.unknown) at += TRANSFER_ENCODING.copy(into, at);
  else if (bodyLength >= 0 && kept < 0) at = writeLength(into, at, bodyLength);
  if (head.upgrade) {
    at += CONNECTION_UPGRADE.copy(into, at);
    at = endLine(into, at + bytes.copy(into, at, head.upgradeStart, head.upgradeEnd));
  }
  at = writeForwarding(exchange, head, plan, into, at);
  if (plan.traceparent) {
    at = endLine(into, writeTraceparent(exchange.record, into, at));
  }
  at = endLine(into, at);
  outbound.length = at;
  outbound.headLength = at;
  outbound.complete = exchange.bodyDone;
  outbound.streamed = false;
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
function writeHost(head: RequestHead, action: ProxyAction, into: Buffer, at: number): number {
  let to = at + HOST.copy(into, at);
  if (head.authorityEnd > head.authorityStart) to += head.bytes.copy(into, to, head.authorityStart, head.authorityEnd);
  else to += into.latin1Write(action.pool.live.targets[0]?.address ?? action.pool.name, to);
  return endLine(into, to);
}

const HOST_LINE = /(?:^|\r\n)host:/i;

/** A policy has set Host. */
function addsHost(edits: FieldEdits | null): boolean {
  return (
    edits !== null && edits.added.length > 0 && HOST_LINE.test(edits.added.bytes.latin1Slice(0, edits.added.length))
  );
}

/** The value of a field in an encoded request, undefined when it is not there. Not for the hot path. */
export function outboundField(outbound: OutboundRequest | null, name: string): string | undefined {
  if (outbound === null) return undefined;
  const lines = outbound.bytes.latin1Slice(0, outbound.headLength).split("\r\n");
  const prefix = `${name}:`;
  const line = lines.find((text) => text.slice(0, prefix.length).toLowerCase() === prefix);
  return line?.slice(prefix.length).trim();
}
