import type { Ending } from "./contract/ending.ts";
import { Exchange, ExchangeMode } from "./contract/exchange.ts";
import type { FaultCode } from "./contract/fault.ts";
import { RequestHead } from "./contract/head.ts";
import type { ListenerPlan } from "./contract/plan.ts";
import type { ExchangeOwner } from "./contract/path-hooks.ts";
import { TraceDetail, TraceRecord } from "./contract/trace-record.ts";
import type { Explained, ExplainRequest } from "./control/edge-control.ts";
import { faultOf } from "./fault/faults.ts";
import { parseRequestHead } from "./http/h1/request-head.ts";
import { beginRecord, beginRefusedRecord } from "./listener/identify-stage.ts";
import { DetachedClient } from "./listener/detached-client.ts";
import type { Path } from "./path.ts";

/** An exchange of the path whose end somebody waits for. */
class Awaited implements ExchangeOwner {
  readonly finish: Promise<void>;
  readonly #path: Path;
  #resolve: () => void = () => {};

  constructor(path: Path) {
    this.#path = path;
    this.finish = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  began(): void {
    this.#path.began();
  }

  failed(exchange: Exchange, code: FaultCode, detail: string): void {
    this.#path.failed(exchange, code, detail);
  }

  finished(exchange: Exchange, ending: Ending): void {
    this.#path.finished(exchange, ending);
    this.#resolve();
  }
}

/**
 * `explain` without `--analyze`: the request as bytes through the same parser and the same path as traffic, in an
 * exchange that has no client and stops before anything is sent. Resolves when that is over, however long an
 * asynchronous policy takes. `listeners`: those that run, of which one is taken to be the one that it came to.
 */
export async function explainRequest(
  path: Path,
  input: ExplainRequest,
  listeners: readonly ListenerPlan[] = path.plan.listeners,
): Promise<Explained> {
  const url = checkedUrl(input);
  const bytes = requestBytes(input, url);
  const head = new RequestHead();
  const { plan } = path;
  const localPort = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const listener = listeners.find(({ port }) => port === localPort) ?? listeners[0];
  const client = new DetachedClient(
    {
      clientAddress: input.client,
      localPort,
      listener: listener?.name ?? "",
      scheme: url.protocol === "https:" ? "https" : "http",
      trusted: plan.trustedProxies.has(input.client),
    },
    () => path.now(),
  );
  const record = new TraceRecord();
  const owner = new Awaited(path);
  const exchange = new Exchange(owner, plan, client, client, client, record);
  client.attach(exchange);
  exchange.mode = ExchangeMode.plan;
  record.detail = new TraceDetail();
  const seen = { peerAddress: input.client, scheme: client.scheme, accepted: path.now(), sequence: 0 };
  const position = parseRequestHead(bytes, 0, bytes.length, head, plan.heads);
  if (position <= 0) {
    beginRefusedRecord(record, { bytes, start: 0, end: bytes.length }, { connection: seen, hooks: path, begun: 0 });
    exchange.begin(null);
    exchange.fail(position < 0 ? faultOf(-position) : "request-line-malformed", "");
  } else {
    beginRecord(record, head, seen, path, 0);
    exchange.begin(head);
    path.begin(exchange, head);
  }
  await owner.finish;
  return { record, reply: exchange.answer };
}

function checkedUrl(input: ExplainRequest): URL {
  const url = URL.canParse(input.url) ? new URL(input.url) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new RangeError(`${JSON.stringify(input.url)} is not an http or https URL`);
  }
  for (const word of [input.method, ...input.fields.flat()]) {
    if (/[\r\n\0]/.test(word)) throw new RangeError(`${JSON.stringify(word)} holds a line break or NUL`);
  }
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(input.method))
    throw new RangeError(`${JSON.stringify(input.method)} is not a method`);
  return url;
}

function requestBytes(input: ExplainRequest, url: URL): Buffer {
  const given = input.fields.some(([name]) => name.toLowerCase() === "host");
  let text = `${input.method} ${url.pathname}${url.search} HTTP/1.1\r\n`;
  if (!given) text += `Host: ${url.host}\r\n`;
  for (const [name, value] of input.fields) text += `${name}: ${value}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}
