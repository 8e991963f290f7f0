import type { Exchange } from "../../contract/exchange.ts";
import type { RequestHead } from "../../contract/head.ts";
import type { Handler, HandlerContext } from "../../contract/plan.ts";
import { NO_BODY, type Reply } from "../../contract/reply.ts";
import type { ReplyProducer } from "../../contract/reply-sink.ts";
import { traceIdHex } from "../../trace/trace-context.ts";
import { RequestBodyStream } from "./request-body-stream.ts";

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
 * Runs a TypeScript handler with a standard Request. Rejects with what the handler throws; whoever calls turns that
 * into a fault. `head` must be a clone: the handler may keep the request for long.
 */
export async function runHandler(
  handler: Handler,
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
  const init: RequestInit & { duplex?: "half" } = { method, headers, signal: running.abort.signal };
  if (hasBody) {
    running.body = new RequestBodyStream(exchange);
    exchange.takeBody(running.body);
    init.body = running.body.stream;
    init.duplex = "half";
  }
  const authority = head.authority() || "localhost";
  const query = head.query();
  const url = `${exchange.connection.scheme}://${authority}${head.path()}${query === "" ? "" : `?${query}`}`;
  const response = await handler(new Request(url, init), context);
  if (!(response instanceof Response)) throw new TypeError("the handler did not answer with a Response");
  return toReply(response);
}

function toReply(response: Response): Reply {
  const fields: Array<[string, string]> = [];
  for (const [name, value] of response.headers) {
    if (!OURS.has(name)) fields.push([name, value]);
  }
  if (response.body === null) return { status: response.status, fields, body: NO_BODY };
  const announced = response.headers.get("content-length") ?? "";
  const length = /^\d{1,15}$/.test(announced) ? Number(announced) : -1;
  return { status: response.status, fields, body: { kind: "stream", length, stream: response.body } };
}

/** What the handler is told beside the request. */
export function handlerContext(exchange: Exchange): HandlerContext {
  return { clientAddress: exchange.clientAddress, traceId: traceIdHex(exchange.record), params: namedParams(exchange) };
}

function namedParams(exchange: Exchange): Record<string, string> {
  const named: Record<string, string> = {};
  const names = exchange.route!.paramNames;
  exchange.params?.forEach((value, index) => {
    named[names[index] ?? String(index)] = value;
  });
  return named;
}
