import type { Exchange } from "../../contract/exchange.ts";
import { type FieldEdits, withLines } from "../../contract/field-edits.ts";
import type { FieldLines } from "../../contract/field-lines.ts";
import { FIELD_STRIDE, type ResponseHead } from "../../contract/head.ts";
import type { ErrorPageRequest } from "../../contract/plan.ts";
import { discardBody, type Reply } from "../../contract/reply.ts";
import type { ReplySink } from "../../contract/reply-sink.ts";
import type { ReplySource } from "../../contract/trace-record.ts";
import type { Transport } from "../../contract/transport.ts";
import { traceIdHex } from "../../trace/trace-context.ts";

/** What speaks of content, of which there is another now: RFC 9110 §8.3 to §8.8 and §14, RFC 9530, RFC 3230. */
const OF_CONTENT: ReadonlySet<string> = new Set([
  "accept-ranges",
  "content-digest",
  "content-encoding",
  "content-language",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "digest",
  "etag",
  "last-modified",
  "repr-digest",
]);

/** Replies of the edge that no config has written: their errors may have pages. */
const OF_EDGE: ReadonlySet<ReplySource> = new Set(["fault", "policy", "static"]);

export function mayHavePage(status: number, source: ReplySource): boolean {
  return status >= 400 && OF_EDGE.has(source);
}

export function isUpstreamError(exchange: Exchange, head: ResponseHead): boolean {
  return head.status >= 400 && exchange.record.source === "upstream";
}

export function errorPageRequest(exchange: Exchange, status: number, accept: string | undefined): ErrorPageRequest {
  const { record } = exchange;
  return { status, accept, traceId: traceIdHex(record), ofUpstream: record.source === "upstream" };
}

/** The reply of the edge with the page for its content, which is all that is read of the two. */
export function withPage(reply: Reply, page: Reply): Reply {
  discardBody(reply.body);
  const kept = reply.fields.filter(([name]) => name.toLowerCase() !== "content-type");
  return { status: reply.status, fields: [...page.fields, ...kept], body: page.body };
}

/**
 * Begins the reply with the head of an upstream's response, and sends the page for its content. What the upstream sends
 * is read and discarded, so that its connection can be used again.
 */
export function beginWithPage(exchange: Exchange, head: ResponseHead, edits: FieldEdits | null, page: Reply): void {
  const lines = page.fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const all = withLines(edits, Buffer.from(lines, "latin1"));
  for (let index = 0; index < head.fieldCount; index++) {
    const at = index * FIELD_STRIDE;
    if (OF_CONTENT.has(head.name(at).toLowerCase())) all.remove(at);
  }
  const bytes = page.body.kind === "bytes" ? Buffer.from(page.body.bytes) : Buffer.alloc(0);
  exchange.reply.begin(head, all, bytes.length);
  exchange.reply.data(bytes, 0, bytes.length, null);
  exchange.reply = new PageSent(exchange.reply);
}

/** Behind a page that is whole, whatever becomes of the response that it stands for. */
class PageSent implements ReplySink {
  readonly begun = true;
  readonly #next: ReplySink;

  constructor(next: ReplySink) {
    this.#next = next;
  }

  interim(): void {}
  begin(): void {}
  data(_bytes: Buffer, _start: number, _end: number, _owner: Transport | null): void {}
  trailers(_lines: FieldLines): void {}
  switchProtocols(): void {}

  flush(): boolean {
    return this.#next.flush();
  }

  end(): void {
    this.#next.end();
  }

  abort(): void {
    this.#next.end();
  }
}
