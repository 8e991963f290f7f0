/** HTTP/1.1's reply writer behind a real connection: what a client's own reader makes of the bytes. */
import { describe, expect, test } from "bun:test";

import { loadValue } from "../config/load.ts";
import { compile } from "../config/compile.ts";
import type { BodyOutput, BodyTransform } from "../contract/body-transform.ts";
import type { Ending } from "../contract/ending.ts";
import type { Exchange } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import type { FieldLines } from "../contract/field-lines.ts";
import { ResponseHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import type { PathHooks } from "../contract/path-hooks.ts";
import type { ReplyListener } from "../contract/reply-sink.ts";
import { TraceRecord } from "../contract/trace-record.ts";
import type { Transport } from "../contract/transport.ts";
import { ReplyChain } from "../http/chain/reply-chain.ts";
import { type MessageListener, ResponseReader } from "../http/h1/message-reader.ts";
import { parseResponseHead } from "../http/h1/response-head.ts";
import { type Asked, type Observed, replySinkSuite, type SinkUnderTest } from "../http/reply-sink-suite-for-tests.ts";
import { TimerWheel } from "../time/wheel.ts";
import { DEFAULT_LISTENER } from "./config.ts";
import { Http1Connection } from "./http1-connection.ts";

const config = loadValue({ routes: [{ match: { path: "/*" }, respond: { body: "x" } }], admin: false }, "test");
const plan = compile(config, { version: 1, previous: null });
const LIMITS = { requestLine: 1_000, field: 1_000, fields: 50, head: 8_000 };

/** A client's end of a connection: takes what it is given while it is willing, and notes how it ended. */
class Wire implements Transport {
  readonly peerAddress = "192.0.2.1";
  readonly peerPort = 1;
  readonly localPort = 2;
  readonly tls = null;
  readonly received: Buffer[] = [];
  willing = true;
  finished = false;
  aborted = false;

  write(bytes: Buffer, start: number, end: number): number {
    if (this.finished || this.aborted) return -1;
    if (!this.willing) return 0;
    this.received.push(Buffer.from(bytes.subarray(start, end)));
    return end - start;
  }
  pause(): void {}
  resume(): void {}
  shutdown(): void {
    this.finished = true;
  }
  close(): void {
    this.finished = true;
  }
  abort(): void {
    this.aborted = true;
  }
  retain(): null {
    return null;
  }
  release(): void {}
  handOver(): void {}
}

/** What a client reads. */
class ClientNotes implements MessageListener<ResponseHead> {
  readonly interims: number[] = [];
  status = 0;
  readonly fields = new Map<string, string>();
  body = "";
  trailers = "";
  whole = false;

  onHead(head: ResponseHead): void {
    if (head.status < 200 && head.status !== 101) {
      this.interims.push(head.status);
      return;
    }
    this.status = head.status;
    for (const [name, value] of head.entries()) this.fields.set(name.toLowerCase(), value);
  }
  onData(bytes: Buffer, start: number, end: number): void {
    this.body += bytes.latin1Slice(start, end);
  }
  onTunnel(bytes: Buffer, start: number, end: number): void {
    this.body += bytes.latin1Slice(start, end);
  }
  onTrailers(lines: FieldLines): void {
    this.trailers += lines.bytes.latin1Slice(0, lines.length);
  }
  onEnd(): void {
    this.whole = this.status !== 0;
  }
  onFault(result: number): void {
    throw new Error(`the client cannot read the reply: ${result}`);
  }
  onTruncated(): void {}
}

class Hooks implements PathHooks {
  readonly plan = plan;
  readonly draining = false;
  exchange: Exchange | null = null;

  acquireRecord(): TraceRecord {
    return new TraceRecord();
  }
  now(): number {
    return 1;
  }
  timeAt(): number {
    return 1;
  }
  began(): void {}
  begin(exchange: Exchange): void {
    this.exchange = exchange;
  }
  failed(exchange: Exchange): void {
    exchange.sink.abort();
  }
  finished(_exchange: Exchange, _ending: Ending): void {}
  onConnectionClosed(): void {}
}

function connectionFor(version: string, connection: string, asked: Asked): SinkUnderTest {
  const wire = new Wire();
  const hooks = new Hooks();
  const client = new Http1Connection(wire, { plan: DEFAULT_LISTENER }, hooks, new TimerWheel(), new Set());
  const fields = asked.upgrade ? "Connection: Upgrade\r\nUpgrade: websocket\r\n" : connection;
  const request = Buffer.from(`${asked.method} / HTTP/${version}\r\nHost: a\r\n${fields}\r\n`);
  client.onData(request, 0, request.length);
  const exchange = hooks.exchange!;
  return {
    sink: exchange.sink,
    exchange,
    observe: () => read(wire, asked),
    block() {
      wire.willing = false;
    },
    unblock() {
      wire.willing = true;
      client.onWritable();
    },
  };
}

function read(wire: Wire, asked: Asked): Observed {
  const notes = new ClientNotes();
  const reader = new ResponseReader(notes, LIMITS);
  reader.asked(asked.method === "HEAD" ? Method.HEAD : Method.GET);
  for (const bytes of wire.received) reader.read(bytes);
  const tunnel = notes.status === 101;
  // A body until close is whole by the FIN, and only by that.
  if (wire.finished && !wire.aborted) reader.finish();
  const whole = tunnel ? wire.finished : notes.whole;
  return {
    interims: notes.interims,
    status: notes.status,
    fields: notes.fields,
    body: notes.body,
    received: notes.body.length,
    trailers: notes.trailers,
    ending: wire.aborted ? "aborted" : whole ? "clean" : "open",
  };
}

const everything = {
  bytes: true,
  keepsLength: true,
  interims: true,
  trailers: true,
  backpressure: true,
  upgrades: true,
};

replySinkSuite("HTTP/1.1, kept", (asked) => connectionFor("1.1", "", asked), everything);
replySinkSuite("HTTP/1.1, closed", (asked) => connectionFor("1.1", "Connection: close\r\n", asked), everything);
// RFC 9110 §15.2: no interim response to HTTP/1.0, which has neither chunks for trailers nor Upgrade.
const old = { ...everything, interims: false, trailers: false, upgrades: false };
replySinkSuite("HTTP/1.0, closed", (asked) => connectionFor("1.0", "", asked), old);
replySinkSuite("HTTP/1.0, kept", (asked) => connectionFor("1.0", "Connection: keep-alive\r\n", asked), old);

/** Passes everything on as it is; `later`: what it has is written with the next piece, or at the end. */
class Identity implements BodyTransform {
  readonly full = false;
  readonly #output: BodyOutput;
  readonly #later: boolean;
  #kept: Buffer[] = [];

  constructor(output: BodyOutput, later: boolean) {
    this.#output = output;
    this.#later = later;
  }

  write(bytes: Buffer, start: number, end: number): void {
    if (this.#later) this.#writeKept();
    this.#kept.push(Buffer.from(bytes.subarray(start, end)));
    if (!this.#later) this.#writeKept();
  }
  end(): void {
    this.#writeKept();
    this.#output.end();
  }
  onOutputWritable(): void {}
  cancel(): void {}
  #writeKept(): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const bytes of kept) this.#output.write(bytes);
  }
}

/** Hears what passes, and checks that it hears of an end exactly once. */
class Ear implements ReplyListener {
  ended = 0;
  begin(): void {}
  data(): void {}
  trailers(): void {}
  end(): void {
    if (++this.ended > 1) throw new Error("told of the end twice");
  }
  abort(): void {
    this.end();
  }
}

function chainFor(asked: Asked, fill: (chain: ReplyChain) => void): SinkUnderTest {
  const under = connectionFor("1.1", "", asked);
  const { exchange } = under;
  const chain = new ReplyChain(exchange);
  fill(chain);
  chain.connect();
  return { ...under, sink: exchange.reply };
}

const heard = (asked: Asked): SinkUnderTest =>
  chainFor(asked, (chain) => chain.listen([new Ear(), new Ear()], new ResponseHead(), new FieldEdits(), 0));
replySinkSuite("a chain with listeners", heard, everything);

const changed = { ...everything, keepsLength: false, upgrades: false };
for (const later of [false, true]) {
  replySinkSuite(
    `a chain with a transform that writes ${later ? "later" : "at once"}`,
    (asked) => chainFor(asked, (chain) => chain.transform((output) => new Identity(output, later))),
    // What a transform keeps has not met the client yet.
    { ...changed, backpressure: !later },
  );
}
replySinkSuite(
  "a chain with two transforms around listeners",
  (asked) =>
    chainFor(asked, (chain) => {
      chain.transform((output) => new Identity(output, false));
      chain.listen([new Ear()], new ResponseHead(), new FieldEdits(), 0);
      chain.transform((output) => new Identity(output, true));
    }),
  { ...changed, backpressure: false },
);

describe("the connection after a reply", () => {
  const after = (version: string, connection: string, length: number): string => {
    const under = connectionFor(version, connection, { method: "GET", upgrade: false });
    const head = new ResponseHead();
    const bytes = Buffer.from("HTTP/1.1 200 OK\r\nDate: x\r\n\r\n");
    parseResponseHead(bytes, 0, bytes.length, head, LIMITS);
    under.sink.begin(head, null, length);
    under.sink.data(Buffer.from("ok"), 0, 2, null);
    under.sink.end();
    const { fields } = under.observe();
    return [fields.get("content-length"), fields.get("transfer-encoding"), fields.get("connection")].join(" ");
  };

  test("is said in the version's own words (RFC 9112 §6, §9.3)", () => {
    expect(after("1.1", "", 2)).toBe("2  ");
    expect(after("1.1", "", -1)).toBe(" chunked ");
    expect(after("1.1", "Connection: close\r\n", -1)).toBe(" chunked close");
    expect(after("1.0", "Connection: keep-alive\r\n", 2)).toBe("2  keep-alive");
    expect(after("1.0", "Connection: keep-alive\r\n", -1)).toBe("  close");
    expect(after("1.0", "", 2)).toBe("2  close");
  });
});
