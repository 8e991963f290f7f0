import type { FieldLines } from "../../contract/field-lines.ts";
import { RequestHead, ResponseHead } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { responseLength } from "../status.ts";
import { type BodyOf, BodyReader, ranges, requestFraming, responseFraming } from "./body-reader.ts";
import { INCOMPLETE } from "../fault-numbers.ts";
import { facts } from "./message-facts.ts";
import type { HeadLimits } from "../head-limits.ts";
import { parseRequestHead } from "./request-head.ts";
import { parseResponseHead } from "./response-head.ts";

/**
 * Whole messages out of a stream of bytes: head, body, next head, as events. For whatever is not the hot path, such as
 * tests and simple clients; the edge's connections put parser and body reader together themselves.
 */

export interface MessageListener<H> {
  /** The head holds until the call returns. */
  onHead(head: H): void;
  /** Bytes [start, end) hold until the call returns. */
  onData(bytes: Buffer, start: number, end: number): void;
  onTrailers(lines: FieldLines): void;
  /** The message is whole. */
  onEnd(): void;
  /** `faultOf(-result)` names it. Nothing is read any more. */
  onFault(result: number): void;
  /** Bytes behind an upgrade or a CONNECT (RFC 9110 §7.8, §9.3.6), which are no HTTP/1.1 any more. */
  onTunnel(bytes: Buffer, start: number, end: number): void;
  /** The stream ended within a message. */
  onTruncated(): void;
}

const State = { head: 0, body: 1, tunnel: 2, over: 3 } as const;
type State = (typeof State)[keyof typeof State];

const EMPTY = Buffer.alloc(0);

abstract class MessageReader<H extends RequestHead | ResponseHead> {
  readonly body: BodyReader;
  protected readonly limits: HeadLimits;
  readonly #head: H;
  readonly #listener: MessageListener<H>;
  #state: State = State.head;
  /** The part of a head that has come. */
  #kept: Buffer = EMPTY;

  constructor(head: H, of: BodyOf, listener: MessageListener<H>, limits: HeadLimits) {
    this.#head = head;
    this.#listener = listener;
    this.limits = limits;
    this.body = new BodyReader(of);
  }

  /** No further message will come: a fault, or the last one asked not to go on (RFC 9112 §9.6). */
  get over(): boolean {
    return this.#state === State.over;
  }

  protected abstract parse(bytes: Buffer, start: number, end: number, head: H): number;
  /** Begins the body; answers what comes after the message. */
  protected abstract beginBody(head: H): "message" | "tunnel" | "nothing";
  #next: "message" | "tunnel" | "nothing" = "message";

  read(bytes: Buffer, start = 0, end: number = bytes.length): void {
    let from = start;
    let to = end;
    let data = bytes;
    if (this.#kept.length > 0) {
      data = Buffer.concat([this.#kept, bytes.subarray(start, end)]);
      from = 0;
      to = data.length;
      this.#kept = EMPTY;
    }
    while (from < to) {
      const position = this.#state === State.head ? this.#readHead(data, from, to) : this.#readBody(data, from, to);
      if (position === INCOMPLETE) {
        this.#kept = Buffer.from(data.subarray(from, to));
        return;
      }
      if (position < 0) {
        this.#state = State.over;
        this.#listener.onFault(position);
        return;
      }
      // A codec that stands still or runs past its bytes would hang or corrupt whoever drives it.
      if (position <= from || position > to) throw new Error(`position ${position} outside (${from}, ${to}]`);
      from = position;
    }
  }

  /** The peer will send no more. */
  finish(): void {
    if (this.#state === State.body) {
      if (this.body.finish()) this.#endMessage();
      else this.#truncate();
    } else if (this.#state === State.head && this.#kept.length > 0) {
      this.#truncate();
    }
    this.#state = State.over;
  }

  #truncate(): void {
    this.#state = State.over;
    this.#listener.onTruncated();
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    const head = this.#head;
    const position = this.parse(bytes, start, end, head);
    if (position <= 0) return position;
    this.#next = this.beginBody(head);
    this.#state = State.body;
    this.#listener.onHead(head);
    if (this.body.done) this.#endMessage();
    return position;
  }

  #readBody(bytes: Buffer, start: number, end: number): number {
    if (this.#state === State.tunnel) this.#listener.onTunnel(bytes, start, end);
    if (this.#state !== State.body) return end;
    const position = this.body.read(bytes, start, end);
    for (let k = 0; k < ranges.length; k += 2) this.#listener.onData(bytes, ranges.at[k]!, ranges.at[k + 1]!);
    if (this.body.done) this.#endMessage();
    return position;
  }

  #endMessage(): void {
    this.#state = this.#next === "message" ? State.head : this.#next === "tunnel" ? State.tunnel : State.over;
    if (this.body.trailers !== null) this.#listener.onTrailers(this.body.trailers);
    this.#listener.onEnd();
  }
}

/** Reads pipelined requests. After CONNECT a tunnel follows; after `Connection: close` what comes is ignored. */
export class RequestReader extends MessageReader<RequestHead> {
  constructor(listener: MessageListener<RequestHead>, limits: HeadLimits) {
    super(new RequestHead(), "request", listener, limits);
  }

  protected override parse(bytes: Buffer, start: number, end: number, head: RequestHead): number {
    return parseRequestHead(bytes, start, end, head, this.limits);
  }

  protected override beginBody(head: RequestHead): "message" | "tunnel" | "nothing" {
    this.body.begin(requestFraming(head.bodyLength), head.bodyLength);
    if (head.method === Method.CONNECT) return "tunnel";
    return facts.persistent ? "message" : "nothing";
  }
}

/**
 * Reads responses. What a response's body is depends on the request: `asked` tells the methods in order, and without
 * it each response is read as one to GET. Interim responses (1xx) are heads without a body.
 */
export class ResponseReader extends MessageReader<ResponseHead> {
  readonly #methods: Method[] = [];

  constructor(listener: MessageListener<ResponseHead>, limits: HeadLimits) {
    super(new ResponseHead(), "response", listener, limits);
  }

  asked(method: Method): void {
    this.#methods.push(method);
  }

  protected override parse(bytes: Buffer, start: number, end: number, head: ResponseHead): number {
    return parseResponseHead(bytes, start, end, head, this.limits);
  }

  protected override beginBody(head: ResponseHead): "message" | "tunnel" | "nothing" {
    const interim = head.status < 200 && head.status !== 101;
    const method = (interim ? this.#methods[0] : this.#methods.shift()) ?? Method.GET;
    const length = responseLength(head, method);
    this.body.begin(responseFraming(length, facts.chunked), length);
    if (interim) return "message";
    if (head.status === 101 || (method === Method.CONNECT && head.status < 300)) return "tunnel";
    return facts.persistent ? "message" : "nothing";
  }
}
