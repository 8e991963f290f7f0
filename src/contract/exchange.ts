import { PickState } from "./balancer.ts";
import { BodyLength } from "./body-length.ts";
import type { BodyLinks, RequestBodyLinks } from "./body-links.ts";
import type { ConnectionInfo } from "./connection-info.ts";
import type { Ending } from "./ending.ts";
import type { Fault, FaultCode } from "./fault.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { Hedge } from "./hedge.ts";
import type { RequestHead } from "./head.ts";
import type { Method } from "./method.ts";
import type { OutboundRequest } from "./outbound-request.ts";
import type { ExchangeOwner } from "./path-hooks.ts";
import type { Plan, PoolPlan, RoutePlan, UpstreamTimeouts } from "./plan.ts";
import { Protocol } from "./protocol.ts";
import { discardBody, type Reply } from "./reply.ts";
import type { ReplyListener, ReplyProducer, ReplySink } from "./reply-sink.ts";
import type { HeldRequestBody, RequestBody, RequestBodySink } from "./request-body.ts";
import type { WayIn } from "./stage.ts";
import type { Step } from "./step.ts";
import { RareParts } from "./rare-parts.ts";
import type { Target } from "./target.ts";
import type { ReplySource, TraceRecord } from "./trace-record.ts";
import type { FailedAttempt } from "./upstream-hooks.ts";
import { Verdict } from "./verdict.ts";

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

const NO_STAGES: readonly WayIn[] = [];

/** One request and its reply. It owns its end: `finish`, once, whoever ends it. */
export class Exchange {
  plan: Plan;
  readonly connection: ConnectionInfo;
  /** The client's end. */
  readonly sink: ReplySink;
  readonly body: RequestBody;
  readonly #owner: ExchangeOwner;
  #rare: RareParts | null = null;
  /** Used again by the next exchange that has some. */
  #spare: RareParts | null = null;
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

  // ---- proxying
  /** As the plan had it when the target was picked. */
  pool: PoolPlan | null = null;
  target: Target | null = null;
  /** As the route has them; null until the request is prepared. */
  timeouts: UpstreamTimeouts | null = null;
  /** The request as it goes to an upstream, kept until a reply begins; null while there is none. */
  outbound: OutboundRequest | null = null;
  /** What its pool picks a target by. */
  readonly pick = new PickState();
  /** When the exchange must be over, monotonic milliseconds; 0 = no total deadline. */
  totalDeadline = 0;

  // ---- bodies and the reply
  /** Consumes the request's body; null until a stage took it. */
  bodySink: RequestBodySink | null = null;
  /** Produces the reply; null until a stage does. */
  producer: ReplyProducer | null = null;
  /** Where the producer writes: the reply chain's first link, or the client's end itself. */
  reply: ReplySink;

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
    this.done = false;
    this.route = null;
    this.params = null;
    this.entered = 0;
    this.pool = null;
    this.target = null;
    this.pick.reset();
    this.outbound = null;
    this.totalDeadline = 0;
    this.bodySink = null;
    this.producer = null;
    this.reply = this.sink;
    if (this.#rare !== null) {
      this.#rare.reset();
      this.#spare = this.#rare;
      this.#rare = null;
    }
  }

  /** Takes over what the head says; null: there is none that could be read. */
  begin(head: RequestHead | null): void {
    this.#owner.began(this);
    this.method = head === null ? 0 : head.method;
    this.protocol = head === null ? Protocol.http11 : head.protocol;
    this.bodyLength = head === null ? BodyLength.none : head.bodyLength;
    this.bodyDone = !this.hasBody;
    this.record.hasBody = this.hasBody;
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

  // ---- what only some exchanges have

  /** The head for stages that come after a wait; null while the shared one holds. */
  get head(): RequestHead | null {
    return this.#rare === null ? null : this.#rare.head;
  }

  set head(value: RequestHead | null) {
    if (this.#rare !== null || value !== null) this.#some().head = value;
  }

  /** What policies change in the request; null: nothing so far. Shared until the exchange holds it. */
  get edits(): FieldEdits | null {
    return this.#rare === null ? null : this.#rare.edits;
  }

  set edits(value: FieldEdits | null) {
    if (this.#rare !== null || value !== null) this.#some().edits = value;
  }

  /** What somebody outside decided while a stage waited. */
  get awaited(): Step | null {
    return this.#rare === null ? null : this.#rare.awaited;
  }

  set awaited(value: Step | null) {
    if (this.#rare !== null || value !== null) this.#some().awaited = value;
  }

  /** What policies keep of this exchange, by `PolicyContext.slot`; null: nothing. */
  get slots(): unknown[] | null {
    return this.#rare === null ? null : this.#rare.slots;
  }

  set slots(value: unknown[] | null) {
    if (this.#rare !== null || value !== null) this.#some().slots = value;
  }

  /** Tries beyond the first that may have repeated an effect, or have cost the time of a connect. */
  get repetitions(): number {
    return this.#rare === null ? 0 : this.#rare.repetitions;
  }

  set repetitions(value: number) {
    if (this.#rare !== null || value !== 0) this.#some().repetitions = value;
  }

  /** Why the attempt before failed, which is the exchange's fault when no other target is left. */
  get failed(): FailedAttempt | null {
    return this.#rare === null ? null : this.#rare.failed;
  }

  set failed(value: FailedAttempt | null) {
    if (this.#rare !== null || value !== null) this.#some().failed = value;
  }

  /** The beginning of the request's body, until there is a connection for it; null: nothing is held. */
  get held(): HeldRequestBody | null {
    return this.#rare === null ? null : this.#rare.held;
  }

  set held(value: HeldRequestBody | null) {
    if (this.#rare !== null || value !== null) this.#some().held = value;
  }

  /** It may be sent to a second target, or is; null: no more. */
  get hedge(): Hedge | null {
    return this.#rare === null ? null : this.#rare.hedge;
  }

  set hedge(value: Hedge | null) {
    if (this.#rare !== null || value !== null) this.#some().hedge = value;
  }

  /** What changes the request's body on its way to the consumer. */
  get bodyLinks(): RequestBodyLinks | null {
    return this.#rare === null ? null : this.#rare.bodyLinks;
  }

  set bodyLinks(value: RequestBodyLinks | null) {
    if (this.#rare !== null || value !== null) this.#some().bodyLinks = value;
  }

  /** What changes the reply's body on its way to the client. */
  get replyLinks(): BodyLinks | null {
    return this.#rare === null ? null : this.#rare.replyLinks;
  }

  set replyLinks(value: BodyLinks | null) {
    if (this.#rare !== null || value !== null) this.#some().replyLinks = value;
  }

  /** Who listens to the reply of the origin's side; null: nobody. */
  get listeners(): ReplyListener[] | null {
    return this.#rare === null ? null : this.#rare.listeners;
  }

  set listeners(value: ReplyListener[] | null) {
    if (this.#rare !== null || value !== null) this.#some().listeners = value;
  }

  /** What the edge itself answers; in a plan, what it would answer. */
  get answer(): Reply | null {
    return this.#rare === null ? null : this.#rare.answer;
  }

  set answer(value: Reply | null) {
    if (this.#rare !== null || value !== null) this.#some().answer = value;
  }

  get answerSource(): ReplySource {
    return this.#rare === null ? "none" : this.#rare.answerSource;
  }

  set answerSource(value: ReplySource) {
    if (this.#rare !== null || value !== "none") this.#some().answerSource = value;
  }

  get fault(): Fault | null {
    return this.#rare === null ? null : this.#rare.fault;
  }

  set fault(value: Fault | null) {
    if (this.#rare !== null || value !== null) this.#some().fault = value;
  }

  #some(): RareParts {
    if (this.#rare === null) {
      this.#rare = this.#spare ?? new RareParts();
      this.#spare = null;
    }
    return this.#rare;
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

  /** What a stage waited for. False: it comes too late, and nobody takes it. */
  decide(step: Step): boolean {
    if (this.done || !this.waiting) {
      if (step.kind === "reply") discardBody(step.reply.body);
      return false;
    }
    this.awaited = step;
    return true;
  }

  takeAwaited(): Step | null {
    const step = this.awaited;
    this.awaited = null;
    return step;
  }

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
