import type { Exchange } from "../../contract/exchange.ts";
import type { RequestHead } from "../../contract/head.ts";
import type { Handler, HandlerContext } from "../../contract/plan.ts";
import { NO_BODY, type Reply, type ReplyBody } from "../../contract/reply.ts";
import type { ReplyProducer } from "../../contract/reply-sink.ts";
import { traceIdHex } from "../../trace/trace-context.ts";
import { makeRequest } from "./handler-request.ts";
import { RequestBodyStream } from "./request-body-stream.ts";
import { bodyOfUnknownLength } from "./small-body.ts";

/** Fields of a handler's Response that the edge writes itself. */
const OURS = new Set([
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "upgrade",
  "te",
  "trailer",
  "date",
]);

/** The client went away while a handler ran: its signal fires and its body ends with an error. */
class RunningHandler implements ReplyProducer {
  readonly abort = new AbortController();
  body: RequestBodyStream | null = null;

  onSinkWritable(): void {}

  cancel(): void {
    this.abort.abort(new DOMException("the client went away", "AbortError"));
    this.body?.fail("the client went away");
  }
}

/**
 * Runs a TypeScript handler with a standard Request for `url` (`handlerUrl`). Rejects with what the handler throws; whoever calls turns that
 * into a fault. `head` must be a clone: the handler may keep the request for long.
 */
export async function runHandler(
  handler: Handler,
  url: string,
  head: RequestHead,
  exchange: Exchange,
  context: HandlerContext,
): Promise<Reply> {
  const running = new RunningHandler();
  exchange.producer = running;
  const headers = new Headers();
  for (const [name, value] of head.entries()) headers.append(name, value);
  const method = head.methodName();
  const hasBody = !exchange.bodyDone && method !== "GET" && method !== "HEAD";
  const init: RequestInit & { duplex?: "half" } = { headers, signal: running.abort.signal };
  if (hasBody) {
    running.body = new RequestBodyStream(exchange);
    exchange.takeBody(running.body);
    init.body = running.body.stream;
    init.duplex = "half";
  }
  const response = await handler(makeRequest(url, method, init), context);
  if (!(response instanceof Response)) throw new TypeError("the handler did not answer with a Response");
  // 101 would end HTTP on this connection, and the others of 1xx are no answer.
  if (response.status < 200) throw new RangeError(`the handler answered with status ${response.status}`);
  return toReply(response);
}

async function toReply(response: Response): Promise<Reply> {
  const fields: Array<[string, string]> = [];
  for (const [name, value] of response.headers) {
    if (!OURS.has(name)) fields.push([name, value]);
  }
  if (response.body === null) return { status: response.status, fields, body: NO_BODY };
  const announced = response.headers.get("content-length") ?? "";
  const body: ReplyBody = /^\d{1,15}$/.test(announced)
    ? { kind: "stream", length: Number(announced), stream: response.body }
    : await bodyOfUnknownLength(response.body);
  return { status: response.status, fields, body };
}

/** What the handler is told beside the request. */
export function handlerContext(exchange: Exchange): HandlerContext {
  return { clientAddress: exchange.clientAddress, traceId: traceIdHex(exchange.record), params: namedParams(exchange) };
}

function namedParams(exchange: Exchange): Record<string, string> {
  const named: Record<string, string> = {};
  const names = exchange.route!.paramNames;
  exchange.params?.forEach((value, index) => {
    // Bytes that are no UTF-8 stand in it as lone surrogates, which no encoder takes.
    named[names[index] ?? String(index)] = value.toWellFormed();
  });
  return named;
}
