/** Heads and exchanges for the tests of this folder, built plainly: the codec has tests of its own. */
import { Exchange } from "../contract/exchange.ts";
import type { ConnectionInfo } from "../contract/connection-info.ts";
import type { ExchangeOwner } from "../contract/path-hooks.ts";
import type { ReplySink } from "../contract/reply-sink.ts";
import type { RequestBody } from "../contract/request-body.ts";
import type { FieldEdits } from "../contract/field-edits.ts";
import { FIELD_NAMES, FieldId } from "../contract/field-id.ts";
import {
  FIELD_ID,
  FIELD_STRIDE,
  type Head,
  NAME_END,
  NAME_START,
  RequestHead,
  ResponseHead,
  TargetForm,
  VALUE_END,
  VALUE_START,
} from "../contract/head.ts";
import type { Plan } from "../contract/plan.ts";
import { TraceRecord } from "../contract/trace-record.ts";

export function requestHead(
  target: string,
  fields: ReadonlyArray<readonly [string, string]>,
  method = "GET",
): RequestHead {
  const head = new RequestHead();
  const line = `${method} ${target} HTTP/1.1\r\n`;
  fillFields(head, line, fields);
  head.methodEnd = method.length;
  head.targetStart = method.length + 1;
  head.targetEnd = head.targetStart + target.length;
  const scheme = /^https?:\/\/[^/?]*/.exec(target);
  head.form = scheme === null ? TargetForm.origin : TargetForm.absolute;
  head.pathStart = head.targetStart + (scheme === null ? 0 : scheme[0].length);
  const question = target.indexOf("?");
  head.pathEnd = question === -1 ? head.targetEnd : head.targetStart + question;
  head.hostField = head.find(FieldId.host);
  if (head.hostField !== -1) {
    head.authorityStart = head.offsets[head.hostField + VALUE_START]!;
    head.authorityEnd = head.offsets[head.hostField + VALUE_END]!;
    const authority = head.authority();
    const port = /:\d*$/.exec(authority);
    head.hostEnd = head.authorityEnd - (port === null ? 0 : port[0].length);
  }
  return head;
}

export function responseHead(fields: ReadonlyArray<readonly [string, string]>): ResponseHead {
  const head = new ResponseHead();
  fillFields(head, "HTTP/1.1 200 OK\r\n", fields);
  head.status = 200;
  return head;
}

function fillFields(head: Head, startLine: string, fields: ReadonlyArray<readonly [string, string]>): void {
  let text = startLine;
  for (const [name, value] of fields) {
    const at = head.fieldCount++ * FIELD_STRIDE;
    head.offsets[at + NAME_START] = text.length;
    head.offsets[at + NAME_END] = text.length + name.length;
    head.offsets[at + VALUE_START] = text.length + name.length + 2;
    head.offsets[at + VALUE_END] = text.length + name.length + 2 + value.length;
    head.offsets[at + FIELD_ID] = Math.max(0, FIELD_NAMES.indexOf(name.toLowerCase()));
    text += `${name}: ${value}\r\n`;
  }
  head.bytes = Buffer.from(`${text}\r\n`, "latin1");
  head.end = head.bytes.length;
}

/** An exchange as the path has it when policies run: only the record and the client are filled in. */
export function exchangeFor(head: RequestHead, clientAddress = "192.0.2.7"): Exchange {
  const record = new TraceRecord();
  const line = head.bytes.subarray(0, head.bytes.indexOf("\r\n"));
  record.line = Buffer.from(line);
  record.lineLength = line.length;
  record.methodLength = head.methodEnd;
  record.authority = Buffer.from(head.authority(), "latin1");
  record.authorityLength = record.authority.length;
  record.ids.write("0af7651916cd43dd8448eb211c80319c", 0, "hex");
  const unused = {} as unknown;
  const exchange = new Exchange(
    unused as ExchangeOwner,
    unused as Plan,
    unused as ConnectionInfo,
    unused as ReplySink,
    unused as RequestBody,
    record,
  );
  exchange.clientAddress = clientAddress;
  return exchange;
}

/** The fields that an encoder would send: those not removed, then the added lines. */
export function editedFields(head: Head, edits: FieldEdits): string[] {
  const kept = head
    .entries()
    .filter((_, index) => !edits.isRemoved(index * FIELD_STRIDE))
    .map(([name, value]) => `${name}: ${value}`);
  const added = edits.added.bytes.latin1Slice(0, edits.added.length);
  return [...kept, ...added.split("\r\n").slice(0, -1)];
}
