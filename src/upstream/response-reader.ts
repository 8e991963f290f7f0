import { Input } from "../bytes/input-output.ts";
import type { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import { ResponseHead } from "../contract/head.ts";
import type { ReplySink } from "../contract/reply-sink.ts";
import type { Transport } from "../contract/transport.ts";
import { faultNumber } from "../fault/faults.ts";
import { BodyReader, ranges, BodyFraming, responseFraming } from "../http/h1/body-reader.ts";
import { facts } from "../http/h1/message-facts.ts";
import { parseResponseHead } from "../http/h1/response-head.ts";
import { responseLength } from "../http/status.ts";
import { TICK } from "../time/wheel.ts";

/** Who hears of a response's head before its body is handed on; either throws PolicyFailure. */
export interface ResponseHost {
  /** A final response: from here on `exchange.reply` takes its body. */
  onReplyHead(exchange: Exchange, head: ResponseHead, length: BodyLength): void;
  /** 101, which the client had asked for. */
  onSwitched(exchange: Exchange, head: ResponseHead): void;
}

/** What came of reading; negative: a fault's number. */
export const ReadOutcome = {
  /** The response's head is not complete. */
  head: 0,
  /** The body goes on. */
  body: 1,
  complete: 2,
  /** 101: from now on the connection is a tunnel. */
  switched: 3,
  /** The exchange ended meanwhile (the client went away). */
  gone: 4,
} as const;

/**
 * So long before the target has announced to close a kept connection it is given up, milliseconds: a request that is under way
 * for up to a second still arrives in time. Two ticks of the wheel, by which its deadlines are late, come on top.
 */
const MARGIN = 1_000 + 2 * TICK;

/** Interim responses to one request; an origin that sends more is not about to answer. */
const MAX_INTERIM = 32;

const MALFORMED = faultNumber("response-malformed");
const UPGRADE_UNEXPECTED = faultNumber("response-upgrade-unexpected");

/** Holds the response head that is being looked at. */
const HEAD = new ResponseHead();

/** Reads one response after the other from an upstream and hands it to the exchange's sink. */
export class ResponseReader {
  /** A byte of the response came. */
  begun = false;
  /** The response forbids or rules out a further request on this connection. */
  mustClose = false;
  /** The body ends with the connection (RFC 9112 §6.3). */
  untilClose = false;
  /** How long the target keeps the connection for a further request, by what it has announced, milliseconds. */
  keptFor = Infinity;
  /** Requests that the target still takes on it, by what it has announced. */
  #requestsLeft = Infinity;
  readonly #input = new Input();
  readonly #body = new BodyReader("response");
  readonly #host: ResponseHost;
  #inBody = false;
  #interims = 0;

  constructor(host: ResponseHost) {
    this.#host = host;
  }

  /** A final response's head has come. */
  get inBody(): boolean {
    return this.#inBody;
  }

  begin(): void {
    this.begun = false;
    this.mustClose = false;
    this.untilClose = false;
    this.#inBody = false;
    this.#interims = 0;
  }

  clear(): void {
    this.#input.clear();
  }

  /** Reads bytes [start, end). The exchange is still under way when the outcome is not `gone`. */
  read(exchange: Exchange, bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    if (this.#inBody) return this.#readBody(exchange, bytes, start, end, owner);
    const input = this.#input;
    if (input.bytes === null) return this.#readHead(exchange, bytes, start, end, owner);
    input.append(bytes, start, end, null);
    return this.#readHead(exchange, input.bytes, input.start, input.end, null);
  }

  #readHead(exchange: Exchange, bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    const input = this.#input;
    let at = start;
    while (at < end) {
      const position = parseResponseHead(bytes, at, end, HEAD, exchange.plan.limits);
      if (position < 0) return position;
      if (position === 0) break;
      at = position;
      if (HEAD.status >= 200) {
        input.clear();
        return this.#beginBody(exchange, bytes, at, end, owner);
      }
      if (HEAD.status === 101) {
        input.clear();
        return this.#switch(exchange, bytes, at, end, owner);
      }
      // RFC 9110 §15.2: interim responses are passed on; 100 answers the client's expectation.
      if (HEAD.status === 100) exchange.expectContinue = false;
      if (++this.#interims > MAX_INTERIM) return -MALFORMED;
      exchange.reply.interim(HEAD);
      if (exchange.done) return ReadOutcome.gone;
    }
    if (input.bytes === null) input.append(bytes, at, end, owner);
    else input.consume(at);
    return ReadOutcome.head;
  }

  #beginBody(exchange: Exchange, bytes: Buffer, at: number, end: number, owner: Transport | null): number {
    const head = HEAD;
    const body = this.#body;
    const length = responseLength(head, exchange.method);
    const framing = responseFraming(length, facts.chunked);
    this.untilClose = framing === BodyFraming.untilClose;
    this.mustClose = this.untilClose || !facts.persistent;
    this.keptFor = Infinity;
    this.#requestsLeft--;
    if (facts.keepAliveTimeout >= 0 || facts.keepAliveMax >= 0) this.#noteKeepAlive();
    if (this.#requestsLeft <= 0) this.mustClose = true;
    body.begin(framing, length);
    body.trailerLimit = exchange.plan.limits.trailers;
    // What came with the head is looked at before the reply begins: a body that is malformed there is a fault that can
    // still become an error page. The ranges hold, since nothing else is read while a reply begins.
    const position = body.read(bytes, at, end);
    if (position < 0) return position;
    this.#inBody = true;
    this.#host.onReplyHead(exchange, head, length);
    this.#handOn(exchange.reply, bytes, owner);
    return this.#readBody(exchange, bytes, position, end, owner);
  }

  #noteKeepAlive(): void {
    if (facts.keepAliveMax >= 0) this.#requestsLeft = Math.min(this.#requestsLeft, facts.keepAliveMax);
    if (facts.keepAliveTimeout < 0) return;
    this.keptFor = facts.keepAliveTimeout * 1_000 - MARGIN;
    if (this.keptFor <= 0) this.mustClose = true;
  }

  /** The data that was found last. */
  #handOn(sink: ReplySink, bytes: Buffer, owner: Transport | null): void {
    const found = ranges.length;
    for (let index = 0; index < found; index += 2) sink.data(bytes, ranges.at[index]!, ranges.at[index + 1]!, owner);
  }

  #readBody(exchange: Exchange, bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    const body = this.#body;
    const sink = exchange.reply;
    let at = start;
    while (at < end && !body.done) {
      const position = body.read(bytes, at, end);
      if (position < 0) return position;
      this.#handOn(sink, bytes, owner);
      at = position;
    }
    if (!body.done) return ReadOutcome.body;
    // Bytes behind the response answer nothing that was asked.
    if (at < end) this.mustClose = true;
    if (body.trailers !== null) sink.trailers(body.trailers);
    return ReadOutcome.complete;
  }

  #switch(exchange: Exchange, bytes: Buffer, at: number, end: number, owner: Transport | null): number {
    // RFC 9110 §7.8: only what the client asked for may be switched to.
    if (!exchange.upgrade || !HEAD.upgrade || !wasAsked(exchange)) return -UPGRADE_UNEXPECTED;
    this.#host.onSwitched(exchange, HEAD);
    if (at < end) exchange.reply.data(bytes, at, end, owner);
    return ReadOutcome.switched;
  }
}

/** Every protocol of the 101 is one that the client named. */
function wasAsked(exchange: Exchange): boolean {
  const asked = protocols(exchange.outbound!.upgrade);
  return protocols(HEAD.upgradeProtocols()).every((protocol) => asked.includes(protocol));
}

function protocols(list: string): string[] {
  return list.split(",").map((protocol) => protocol.trim().toLowerCase());
}
