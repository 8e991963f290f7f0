import type { Fault, FaultCode } from "./fault.ts";
import { BodyLength } from "./body-length.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { FieldLines } from "./field-lines.ts";
import type { RequestHead, ResponseHead } from "./head.ts";
import type { Method } from "./method.ts";
import type { OutboundRequest } from "./outbound-request.ts";
import type { Plan, RoutePlan } from "./plan.ts";
import { Protocol } from "./protocol.ts";
import type { Reply } from "./reply.ts";
import type { Target } from "./target.ts";
import type { TraceRecord } from "./trace-record.ts";
import type { Transport } from "./transport.ts";

/** What all exchanges of one connection share. */
export interface ConnectionInfo {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localPort: number;
  readonly scheme: "http" | "https";
  /** The peer is in `trustedProxies`: its forwarding fields are believed. */
  readonly trustedPeer: boolean;
  /** Field lines about this peer, made by the upstream stage at the first request and kept for the next ones. */
  forwarding: ForwardingLines | null;
}

/** Field lines that go to upstreams, good for every request of a connection that names the same authority. */
export interface ForwardingLines {
  readonly localPort: number;
  readonly scheme: string;
  readonly receivedProtocol: string;
  readonly authority: Buffer;
  readonly lines: Buffer;
}

/**
 * Where a reply goes. HTTP/1.1 connections and (later) HTTP/2 and HTTP/3 streams implement it.
 * Bytes may be held back until `flush` or `end`, so that a head and what follows it leave in one write; whoever
 * produces the reply flushes before it returns to the event loop.
 *
 * `reply-sink-suite-for-tests.ts` in `http/` says it as tests, for every sink. After `end` or `abort` a sink takes
 * nothing any more: what is still called does nothing.
 */
export interface ReplySink {
  /** 100 to 199 other than 101. Behind `begin` it is dropped. */
  interim(head: ResponseHead): void;
  /**
   * Begins the reply, once. The sink decides from `length` how the body is delimited, and corrects a Content-Length
   * of the head that says otherwise. To HEAD, and with 204 and 304, no body is sent whatever comes, and Content-Length
   * goes on as it is. A body longer or shorter than a known length ends in `abort`.
   */
  begin(head: ResponseHead, edits: FieldEdits | null, length: BodyLength): void;
  /** Body bytes [start, end). `owner`: whose read buffer it is, null when the memory will be used again. */
  data(bytes: Buffer, start: number, end: number, owner: Transport | null): void;
  /** Before `end`. Dropped where the protocol has no place for them. */
  trailers(lines: FieldLines): void;
  /** False: the client is slower than the source, which must stop until `ReplyProducer.onSinkWritable`. */
  flush(): boolean;
  end(): void;
  /** The reply can not be completed: the client is told by a reset, never by a clean end. */
  abort(): void;
  /** 101 was received: from now on bytes go both ways untouched. */
  switchProtocols(head: ResponseHead, edits: FieldEdits | null): void;
  /** A reply has begun: a fault can not become an error page any more. */
  readonly begun: boolean;
}

/** What the sink tells the producer of the reply. */
export interface ReplyProducer {
  onSinkWritable(): void;
  /** The client went away: stop, and free the upstream. */
  cancel(): void;
}

/** Where the request's body comes from. */
export interface RequestBody {
  /** There is a consumer (`Exchange.bodySink`) and it can take more. */
  resume(): void;
  /** There is no consumer for now. */
  pause(): void;
}

/** Who consumes the request's body; for a proxied request the upstream connection. */
export interface RequestBodySink {
  onBody(bytes: Buffer, start: number, end: number, owner: Transport | null): void;
  /** Before `onBodyEnd`. */
  onBodyTrailers(lines: FieldLines): void;
  onBodyEnd(): void;
  /** False: full; the body's source stops until `RequestBody.resume`. */
  flush(): boolean;
}

/** What a connection tells the path. */
export interface PathHooks {
  readonly plan: Plan;
  /** A record for a new exchange, reset. */
  acquireRecord(): TraceRecord;
  now(): number;
  /** The wall clock at a point of the monotonic one: milliseconds since the epoch. */
  timeAt(now: number): number;
  /** The head holds until this returns. */
  onRequest(exchange: Exchange, head: RequestHead): void;
  /** The client broke a rule, a timer or the connection. */
  onClientFault(exchange: Exchange, code: FaultCode, detail: string): void;
  /** The reply is written, or never will be. The exchange may be used again after this returns. */
  onFinished(exchange: Exchange): void;
  onConnectionClosed(): void;
  /** A connection should not be kept for another request (the edge drains). */
  readonly draining: boolean;
}

/** One request and its reply. */
export class Exchange {
  plan: Plan;
  readonly connection: ConnectionInfo;
  readonly sink: ReplySink;
  readonly body: RequestBody;
  record: TraceRecord;
  method: Method = 0;
  /** In which the request came. */
  protocol: Protocol = Protocol.http11;
  /** Of the request's body. */
  bodyLength: BodyLength = BodyLength.none;
  /** All of the request's body has come. */
  bodyDone = true;
  /** The client waits for 100 Continue. */
  expectContinue = false;
  upgrade = false;
  /** Found by walking X-Forwarded-For from the right past trusted proxies (RFC 7239 §7.4 advice). */
  clientAddress = "";
  route: RoutePlan | null = null;
  /** Values of the route's `:parameters`, in order; null when it has none. */
  params: string[] | null = null;
  target: Target | null = null;
  /** Consumes the request's body; null until a stage took it. */
  bodySink: RequestBodySink | null = null;
  /** Produces the reply; null until a stage does. */
  producer: ReplyProducer | null = null;
  /** The request as it goes to an upstream, kept until a reply begins; null while there is none. */
  outbound: OutboundRequest | null = null;
  /** Hash that the pool's algorithm goes by; 0 when it goes by none. */
  balanceKey = 0;
  /** The target that the client's cookie names; null: none. */
  stickyTarget: Target | null = null;
  /** The client's cookie names no target of the pool any more. */
  stickyLost = false;
  /** The reply must bind the client to `target` by a cookie. */
  bindsClient = false;
  /** Targets that failed this exchange, so that a retry goes elsewhere. */
  tried: Target[] | null = null;
  /** When the exchange must be over, monotonic milliseconds; 0 = no total deadline. */
  totalDeadline = 0;
  fault: Fault | null = null;
  /** An explanation is authorised: detail may be collected and internal addresses shown. */
  explained = false;
  /** Nothing may be sent or answered: this is `explain` without `--analyze`. */
  planOnly = false;
  /** What the edge itself would answer, when nothing is answered. */
  planned: Reply | null = null;
  /** The exchange is over: late callbacks of asynchronous stages do nothing. */
  done = false;
  /** An asynchronous stage holds on to this object: it is not used for another request. */
  escaped = false;

  constructor(plan: Plan, connection: ConnectionInfo, sink: ReplySink, body: RequestBody, record: TraceRecord) {
    this.plan = plan;
    this.connection = connection;
    this.sink = sink;
    this.body = body;
    this.record = record;
  }

  /** Makes the object ready for the connection's next request. */
  renew(plan: Plan, record: TraceRecord): void {
    this.plan = plan;
    this.record = record;
    this.route = null;
    this.params = null;
    this.target = null;
    this.balanceKey = 0;
    this.stickyTarget = null;
    this.stickyLost = false;
    this.bindsClient = false;
    this.bodySink = null;
    this.producer = null;
    this.outbound = null;
    this.tried = null;
    this.totalDeadline = 0;
    this.fault = null;
    this.explained = false;
    this.done = false;
  }

  /** Takes over what the head says; null: there is none that could be read. */
  begin(head: RequestHead | null): void {
    this.method = head === null ? 0 : head.method;
    this.protocol = head === null ? Protocol.http11 : head.protocol;
    this.bodyLength = head === null ? BodyLength.none : head.bodyLength;
    this.bodyDone = this.bodyLength === BodyLength.none || this.bodyLength === 0;
    this.expectContinue = head !== null && head.expectContinue;
    this.upgrade = head !== null && head.upgrade;
  }
}
