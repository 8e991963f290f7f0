import type { Explained, ExplainRequest } from "./control/edge-control.ts";
import { Exchange, type ConnectionInfo, type RequestBody } from "./contract/exchange.ts";
import { RequestHead } from "./contract/head.ts";
import { faultOf, FAULTS } from "./fault/faults.ts";
import { parseRequestHead } from "./http/h1/request-head.ts";
import { QuietSink } from "./http/quiet-sink.ts";
import { beginRecord, beginRefusedRecord } from "./listener/begin-record.ts";
import type { Path } from "./path.ts";
import { TraceRecord } from "./contract/trace-record.ts";
import { newIds } from "./trace/trace-context.ts";
import { RandomPool } from "./trace/random-pool.ts";

/**
 * `explain` without `--analyze`: the request as bytes through the same parser and the same path as traffic, with an
 * exchange that stops before anything is sent.
 */

/** Nothing is sent: `planOnly` ends the exchange before a body would be asked for. */
const NO_BODY: RequestBody = { resume() {}, pause() {} };

const random = new RandomPool((into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>));

export async function explainRequest(path: Path, input: ExplainRequest): Promise<Explained> {
  const url = URL.canParse(input.url) ? new URL(input.url) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new RangeError(`${JSON.stringify(input.url)} is no http or https URL`);
  }
  for (const word of [input.method, ...input.fields.flat()]) {
    if (/[\r\n\0]/.test(word)) throw new RangeError(`${JSON.stringify(word)} holds a line break or NUL`);
  }
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(input.method))
    throw new RangeError(`${JSON.stringify(input.method)} is no method`);
  const bytes = requestBytes(input, url);
  const head = new RequestHead();
  const { plan } = path;
  const connection: ConnectionInfo = {
    peerAddress: input.client,
    peerPort: 0,
    localPort: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
    scheme: url.protocol === "https:" ? "https" : "http",
    trustedPeer: plan.trustedProxies.has(input.client),
    forwarding: null,
  };
  const record = new TraceRecord();
  const sink = new QuietSink();
  const exchange = new Exchange(plan, connection, sink, NO_BODY, record);
  sink.exchange = exchange;
  exchange.planOnly = true;
  path.explain(exchange);
  const position = parseRequestHead(bytes, 0, bytes.length, head, plan.limits);
  const seen = { peerAddress: input.client, scheme: connection.scheme, accepted: path.now(), sequence: 0 };
  if (position <= 0) {
    beginRefusedRecord(record, bytes, 0, bytes.length, seen, path, 0);
    newIds(record, random, false);
    record.source = "fault";
    record.fault = position < 0 ? faultOf(-position) : "request-line-malformed";
    record.status = FAULTS[record.fault].status;
    return { record, reply: null };
  }
  beginRecord(record, head, seen, path, 0);
  exchange.begin(head);
  path.onRequest(exchange, head);
  return { record, reply: exchange.planned };
}

function requestBytes(input: ExplainRequest, url: URL): Buffer {
  const given = input.fields.some(([name]) => name.toLowerCase() === "host");
  let text = `${input.method} ${url.pathname}${url.search} HTTP/1.1\r\n`;
  if (!given) text += `Host: ${url.host}\r\n`;
  for (const [name, value] of input.fields) text += `${name}: ${value}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}
