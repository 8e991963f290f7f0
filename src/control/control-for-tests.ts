/** An edge that is none, behind a real admin API, with a real pool. */
import { type PlanOptions, Scenario, type TestLink } from "../balance/scenario-for-tests.ts";
import type { Plan } from "../contract/plan.ts";
import { Stamp, TraceRecord } from "../contract/trace-record.ts";
import { ExchangeCounts } from "../trace/exchange-counts.ts";
import { type RunningAdmin, startAdmin } from "./admin.ts";
import type { EdgeControl, ExplainRequest, ReloadResult, StopRequest } from "./edge-control.ts";

export const TOKEN = "a-token-of-some-length";
export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

export function keptRecord(): TraceRecord {
  const record = new TraceRecord();
  record.ids.write(TRACE_ID, 0, "hex");
  record.lineLength = record.line.latin1Write("GET /x HTTP/1.1");
  record.methodLength = 3;
  record.time = Date.UTC(2026, 0, 1);
  record.status = 200;
  record.stamps[Stamp.headBegun] = 1_000_000;
  record.stamps[Stamp.replyWritten] = 3_500_000;
  return record;
}

export class FakeControl implements EdgeControl {
  explained: ExplainRequest[] = [];
  reloadResult: ReloadResult = { ok: true, version: 4 };
  stopped = Promise.withResolvers<StopRequest>();
  failing = false;
  readonly exchangeCounts = new ExchangeCounts();
  namesStatus: ReturnType<EdgeControl["names"]> = null;
  /** Its pool is named `shop`; its targets are `a:80`, `b:80` … */
  readonly scenario: Scenario;

  constructor(options: PlanOptions = { config: "a b" }) {
    this.scenario = new Scenario(options);
  }

  plan(): Plan {
    return {
      version: 3,
      source: "edge.yaml",
      routes: [{}, {}],
      limits: { connections: 500 },
      timeouts: { drain: 30_000 },
      pools: new Map([["shop", this.scenario.pool.plan]]),
    } as unknown as Plan;
  }

  explain(input: ExplainRequest): Promise<{ record: TraceRecord; reply: null }> {
    if (this.failing) throw new Error("secret detail");
    this.explained.push(input);
    return Promise.resolve({ record: keptRecord(), reply: null });
  }

  trace(id: string): TraceRecord | undefined {
    return id === TRACE_ID ? keptRecord() : undefined;
  }

  recent(limit: number): TraceRecord[] {
    return Array.from({ length: Math.min(limit, 60) }, keptRecord);
  }

  reload(): Promise<ReloadResult> {
    return Promise.resolve(this.reloadResult);
  }

  status(): ReturnType<EdgeControl["status"]> {
    return {
      version: "1.2.3",
      started: Date.now() - 5000,
      listeners: [{ host: "::", port: 8080 }],
      connections: 7,
      connectionsRefused: 6,
      exchanges: 2,
      draining: false,
      reload: { time: Date.UTC(2026, 0, 1), ok: false, problems: "edge.yaml:1:1: no" },
      logLinesLost: 4,
      now: this.scenario.now,
    };
  }

  counts(): ExchangeCounts {
    return this.exchangeCounts;
  }

  names(): ReturnType<EdgeControl["names"]> {
    return this.namesStatus;
  }

  reloadZones(): Promise<void> {
    return Promise.resolve();
  }

  stop(request: StopRequest = {}): Promise<void> {
    this.stopped.resolve(request);
    return Promise.resolve();
  }
}

/** A request in progress at the target; `finish` ends it. */
export function hold(scenario: Scenario, host: string): TestLink {
  return scenario.hold(host);
}

export interface AdminReply {
  readonly status: number;
  /** Parsed when it is JSON. */
  readonly body: unknown;
  readonly response: Response;
}

const explainTree = ({ sent, record }: { sent: boolean; record: TraceRecord }): object => ({
  sent,
  status: record.status,
});

/** Starts an admin API for each test and stops it. */
export class AdminForTests {
  #admin: RunningAdmin | null = null;
  url = "";

  async start(control: EdgeControl): Promise<string> {
    this.#admin = await startAdmin({ control, host: "127.0.0.1", port: 0, token: TOKEN, explainTree });
    this.url = `http://127.0.0.1:${this.#admin.port}`;
    return this.url;
  }

  async stop(): Promise<void> {
    await this.#admin?.stop();
    this.#admin = null;
  }

  /** `body`: made JSON unless it is a string. */
  async call(path: string, method = "GET", body?: unknown, fields: Record<string, string> = {}): Promise<AdminReply> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...fields },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text, response };
  }
}
