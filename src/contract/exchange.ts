import { PickState } from "./balancer.ts";
import { BodyLength } from "./body-length.ts";
import type { BodyOutput, BodyTransform } from "./body-transform.ts";
import type { Ending } from "./ending.ts";
import type { Fault, FaultCode } from "./fault.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { RequestHead } from "./head.ts";
import type { Method } from "./method.ts";
import type { OutboundRequest } from "./outbound-request.ts";
import type { ExchangeOwner } from "./path-hooks.ts";
import type { Plan, PoolPlan, RoutePlan } from "./plan.ts";
import { Protocol } from "./protocol.ts";
import type { Reply } from "./reply.ts";
import type { ReplyListener, ReplyProducer, ReplySink } from "./reply-sink.ts";
import type { HeldRequestBody, RequestBody, RequestBodySink } from "./request-body.ts";
import type { WayIn } from "./stage.ts";
import type { Step } from "./step.ts";
import type { Target, UpstreamLink } from "./target.ts";
import type { ReplySource, TraceRecord } from "./trace-record.ts";
import type { FailedAttempt } from "./upstream-hooks.ts";
import { Verdict } from "./verdict.ts";

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
  /** The upstream connection that the client has authenticated on: for its requests alone, and ends with it. */
  readonly bound: UpstreamLink | null;
  /** The idle link is the client's. What was before is retired, and so is the link where there is no client. */
  bind(link: UpstreamLink): void;
  /** The link has closed. */
  unbind(link: UpstreamLink): void;
}

/** Field lines that go to upstreams, good for every request of a connection that names the same authority. */
export interface ForwardingLines {
  readonly localPort: number;
  readonly scheme: string;
  readonly receivedProtocol: string;
  readonly authority: Buffer;
  readonly lines: Buffer;
}

/** What is done with an exchange. */
export const ExchangeMode = {
  /** It is served. */
  serve: 0,
  /** It is served, and notes what it considers; internal addresses may be shown: an authorised explanation. */
  analyze: 1,
  /** Nothing is sent and no effect is had: `explain` without `--analyze`. */
  plan: 2,
} as const;
export type ExchangeMode = (typeof ExchangeMode)[keyof typeof ExchangeMode];

/** Who holds on to an exchange across turns of the event loop. */
export type ExchangeHolder = "policy" | "static" | "handler" | "stream" | "transform";

/** Changes of a body that stand between its source and its consumer (see `body-transform.ts`). */
export interface BodyLinks {
  /** The consumer, or the client, takes more again. */
  onWritable(): void;
  cancel(): void;
}

export interface RequestBodyLinks extends BodyLinks {
  /** Adds what `make` answers, if anything. False: nothing was added. */
  add(make: (output: BodyOutput) => BodyTransform | null): boolean;
  /** Puts the consumer behind them. Answers what takes the body as it comes from the client. */
  connect(sink: RequestBodySink): RequestBodySink;
}

const NO_STAGES: readonly WayIn[] = [];

/** One request and its reply. It owns its end: `finish`, once, whoever ends it. */
export class Exchange {
  plan: Plan;
  readonly connection: ConnectionInfo;
  /** The client's end. */
  readonly sink: ReplySink;
  readonly body: RequestBody;
  readonly #owner: ExchangeOwner;
  record: TraceRecord;
  mode: ExchangeMode = ExchangeMode.serve;

  // ---- the request
  method: Method = 0;
  /** In which the request came. */
  protocol: Protocol = Protocol.http11;
  /** Of the request's body as it comes. */
  bodyLength: BodyLength = BodyLength.none;
  /** All of the request's body has come. */
  bodyDone = true;
  /** The client waits for 100 Continue. */
  expectContinue = false;
  upgrade = false;
  /** Request or response authenticate the upstream connection (NTLM, Negotiate), which is the client's alone then. */
  bindsConnection = false;
  /** Found by walking X-Forwarded-For from the right past trusted proxies (RFC 7239 §7.4 advice). */
  clientAddress = "";

  // ---- where it stands
  /** The stages of its way in, and the one that it is at. */
  way: readonly WayIn[] = NO_STAGES;
  at = 0;
  /** A stage said `waiting` and `resume` has not been called. */
  waiting = false;
  /** The head for stages that come after a wait; null while the shared one holds. */
  head: RequestHead | null = null;
  /** What policies change in the request; null: nothing so far. Shared until the exchange holds it. */
  edits: FieldEdits | null = null;
  /** What somebody outside decided while a stage waited. */
  awaited: Step | null = null;
  /** It holds this object: it is not used for another request. */
  heldBy: ExchangeHolder | null = null;
  /** It is over: late callbacks of asynchronous stages do nothing. */
  done = false;

  // ---- route and policies
  route: RoutePlan | null = null;
  /** Values of the route's `:parameters`, in order; null when it has none. */
  params: string[] | null = null;
  /** Policies of the route that were entered: the first so many. */
  entered = 0;
  /** What policies keep of this exchange, by `PolicyContext.slot`; null: nothing. */
  slots: unknown[] | null = null;

  // ---- proxying
  /** As the plan had it when the target was picked. */
  pool: PoolPlan | null = null;
  target: Target | null = null;
  /** The request as it goes to an upstream, kept until a reply begins; null while there is none. */
  outbound: OutboundRequest | null = null;
  /** What its pool picks a target by. */
  readonly pick = new PickState();
  /** Tries beyond the first that may have repeated an effect, or have cost the time of a connect. */
  repetitions = 0;
  /** Why the attempt before failed, which is the exchange's fault when no other target is left. */
  failed: FailedAttempt | null = null;
  /** When the exchange must be over, monotonic milliseconds; 0 = no total deadline. */
  totalDeadline = 0;

  // ---- bodies and the reply
  /** The beginning of the request's body, until there is a connection for it; null: nothing is held. */
  held: HeldRequestBody | null = null;
  /** Consumes the request's body; null until a stage took it. */
  bodySink: RequestBodySink | null = null;
  /** What changes the request's body on its way to the consumer. */
  bodyLinks: RequestBodyLinks | null = null;
  /** Produces the reply; null until a stage does. */
  producer: ReplyProducer | null = null;
  /** Where the producer writes: the reply chain's first link, or the client's end itself. */
  reply: ReplySink;
  /** What changes the reply's body on its way to the client. */
  replyLinks: BodyLinks | null = null;
  /** Who listens to the reply of the origin's side; null: nobody. */
  listeners: ReplyListener[] | null = null;
  /** What the edge itself answers; in a plan, what it would answer. */
  answer: Reply | null = null;
  answerSource: ReplySource = "none";
  fault: Fault | null = null;

  constructor(
    owner: ExchangeOwner,
    plan: Plan,
    connection: ConnectionInfo,
    sink: ReplySink,
    body: RequestBody,
    record: TraceRecord,
  ) {
    this.#owner = owner;
    this.plan = plan;
    this.connection = connection;
    this.sink = sink;
    this.reply = sink;
    this.body = body;
    this.record = record;
  }

  /** Makes the object ready for the connection's next request. */
  renew(plan: Plan, record: TraceRecord): void {
    this.plan = plan;
    this.record = record;
    this.mode = ExchangeMode.serve;
    this.waiting = false;
    this.head = null;
    this.edits = null;
    this.awaited = null;
    this.done = false;
    this.route = null;
    this.params = null;
    this.entered = 0;
    this.slots = null;
    this.pool = null;
    this.target = null;
    this.pick.reset();
    this.outbound = null;
    this.repetitions = 0;
    this.failed = null;
    this.totalDeadline = 0;
    this.held = null;
    this.bodySink = null;
    this.bodyLinks = null;
    this.producer = null;
    this.reply = this.sink;
    this.replyLinks = null;
    this.listeners = null;
    this.answer = null;
    this.fault = null;
  }

  /** Takes over what the head says; null: there is none that could be read. */
  begin(head: RequestHead | null): void {
    this.#owner.began(this);
    this.method = head === null ? 0 : head.method;
    this.protocol = head === null ? Protocol.http11 : head.protocol;
    this.bodyLength = head === null ? BodyLength.none : head.bodyLength;
    this.bodyDone = !this.hasBody;
    this.expectContinue = head !== null && head.expectContinue;
    this.upgrade = head !== null && head.upgrade;
    this.bindsConnection = head !== null && head.bindsConnection;
  }

  /** The request has a body of at least one byte, or of unknown length. */
  get hasBody(): boolean {
    return this.bodyLength !== BodyLength.none && this.bodyLength !== 0;
  }

  /** Of the request's body as it goes on. */
  get forwardedLength(): BodyLength {
    return this.bodyLinks === null ? this.bodyLength : BodyLength.unknown;
  }

  // ---- what stages say

  /** Nothing can go on with this: the client is told of the fault. */
  refuse(code: FaultCode, detail: string): Verdict {
    this.answer = null;
    this.fault = { code, detail };
    return Verdict.stopped;
  }

  /** The edge answers by itself. */
  answerWith(reply: Reply, source: ReplySource): Verdict {
    this.answer = reply;
    this.answerSource = source;
    return Verdict.stopped;
  }

  /** The stage is entered again when somebody calls `resume`. */
  wait(): Verdict {
    this.waiting = true;
    return Verdict.waiting;
  }

  /** Head and edits will be needed after the current turn of the event loop. Answers a head that holds as long. */
  hold(head: RequestHead): RequestHead {
    if (this.head === null) {
      this.head = head.clone();
      this.edits = this.edits?.clone() ?? null;
    }
    return this.head;
  }

  /** A plan goes no further: from here on something would be sent or asked. */
  planned(): Verdict {
    this.finish("planned");
    return Verdict.waiting;
  }

  takeAwaited(): Step | null {
    const step = this.awaited;
    this.awaited = null;
    return step;
  }

  // ---- bodies

  /** The stage consumes the request's body from now on, as what changes it leaves it. */
  takeBody(sink: RequestBodySink): void {
    this.bodySink = this.bodyLinks === null ? sink : this.bodyLinks.connect(sink);
  }

  /** The consumer of the request's body can take more. */
  resumeBody(): void {
    if (this.bodyLinks === null) this.body.resume();
    else this.bodyLinks.onWritable();
  }

  /** The client takes more of the reply. */
  onSinkWritable(): void {
    if (this.replyLinks !== null) this.replyLinks.onWritable();
    else this.producer?.onSinkWritable();
  }

  /** Whoever produces the reply or changes a body stops: nobody is there to take it. */
  cancel(): void {
    const { producer } = this;
    this.producer = null;
    producer?.cancel();
    this.replyLinks?.cancel();
    this.bodyLinks?.cancel();
  }

  /** It cannot be served: the client broke a rule, a timer or the connection, or what changes a body broke off. */
  fail(code: FaultCode, detail: string): void {
    if (!this.done) this.#owner.failed(this, code, detail);
  }

  /** Ends the exchange; whoever comes later ends nothing. */
  finish(ending: Ending): void {
    if (this.done) return;
    this.done = true;
    this.#owner.finished(this, ending);
  }
}
