/**
 * The admin API: what `roundtrip explain`, `reload` and `status` talk to. Plain HTTP on a loopback address.
 *
 * It shows internal addresses and can stop the edge, so every request needs the bearer token, and a Host that is a
 * loopback one: a page in a browser of this machine can otherwise reach it by DNS rebinding.
 */
import type { Plan } from "../contract/plan.ts";
import type { Reply } from "../contract/reply.ts";
import type { TraceRecord } from "../contract/trace-record.ts";
import { beginOf, endOf } from "../trace/duration.ts";
import { targetEnd, targetStart } from "../trace/request-line.ts";
import { traceIdHex } from "../trace/trace-context.ts";
import type { EdgeControl } from "./edge-control.ts";
import { readExplainBody } from "./explain-body.ts";
import { hostOf, isLoopbackHost } from "./loopback.ts";
import { statusReport } from "./status-report.ts";
import { TokenCheck } from "./token-check.ts";

export interface AdminOptions {
  readonly control: EdgeControl;
  /** A loopback address. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  /** Makes the tree of an explanation (`explainTree`); must be done with the record when it returns. */
  readonly explainTree: (source: {
    readonly record: TraceRecord;
    readonly plan: Plan | null;
    readonly sent: boolean;
    readonly reply: Reply | null;
  }) => object;
}

export interface RunningAdmin {
  readonly host: string;
  readonly port: number;
  /** Ends at once, requests in progress included. */
  stop(): Promise<void>;
}

/** What `GET /traces` lists of each. */
export interface TraceSummary {
  readonly traceId: string;
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  readonly authority: string;
  readonly target: string;
  readonly status: number;
  readonly fault: string | null;
  readonly route: string;
  readonly upstream: string;
  readonly totalMs: number;
}

const MAX_BODY = 256 * 1024;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

/** @throws RangeError when the host is no loopback address; the system's error when the port is taken. */
export function startAdmin(options: AdminOptions): Promise<RunningAdmin> {
  if (!isLoopbackHost(options.host)) {
    return Promise.reject(new RangeError(`the admin API listens on loopback addresses alone, not on ${options.host}`));
  }
  const admin = new Admin(options);
  let server: Bun.Server<undefined>;
  try {
    server = Bun.serve({
      hostname: options.host,
      port: options.port,
      maxRequestBodySize: MAX_BODY,
      idleTimeout: 30,
      fetch: (request) => admin.answer(request),
      error: () => failure(500, "the admin API failed"),
    });
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
  return Promise.resolve({ host: options.host, port: server.port ?? options.port, stop: () => server.stop(true) });
}

type Endpoint = (request: Request, url: URL) => Response | Promise<Response>;

class Admin {
  readonly #options: AdminOptions;
  readonly #tokens: TokenCheck;
  /** By path, then by method. A path that ends in `/` takes one more segment. */
  readonly #endpoints: Readonly<Record<string, Readonly<Record<string, Endpoint>>>> = {
    "/explain": { POST: (request) => this.#explain(request) },
    "/traces": { GET: (_, url) => this.#traces(url) },
    "/traces/": { GET: (_, url) => this.#trace(url.pathname.slice("/traces/".length)) },
    "/reload": { POST: () => this.#reload() },
    "/status": { GET: () => this.#status() },
    "/stop": { POST: () => this.#stop() },
  };

  constructor(options: AdminOptions) {
    this.#options = options;
    this.#tokens = new TokenCheck(options.token);
  }

  async answer(request: Request): Promise<Response> {
    if (!isLoopbackHost(hostOf(request.headers.get("host") ?? ""))) {
      return failure(421, "the admin API answers only to a loopback name in Host");
    }
    switch (await this.#tokens.check(request.headers.get("authorization"))) {
      case "wrong":
        return failure(401, "the token is missing or wrong", { "www-authenticate": 'Bearer realm="roundtrip admin"' });
      case "too-many":
        return failure(429, "too many wrong tokens", { "retry-after": "5" });
      case "right":
        return this.#dispatch(request);
    }
  }

  #dispatch(request: Request): Response | Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.startsWith("/traces/") ? "/traces/" : url.pathname;
    if (!Object.hasOwn(this.#endpoints, path)) return failure(404, `there is no ${url.pathname}`);
    const methods = this.#endpoints[path]!;
    if (!Object.hasOwn(methods, request.method)) {
      return failure(405, `${url.pathname} takes ${Object.keys(methods).join(", ")}`, {
        allow: Object.keys(methods).join(", "),
      });
    }
    return methods[request.method]!(request, url);
  }

  async #explain(request: Request): Promise<Response> {
    const { control, explainTree } = this.#options;
    try {
      const input = readExplainBody(await readJson(request));
      const plan = control.plan();
      const { record, reply } = await control.explain(input);
      return answer(200, explainTree({ record, plan, sent: false, reply }));
    } catch (error) {
      if (error instanceof RangeError) return failure(400, error.message);
      throw error;
    }
  }

  #traces(url: URL): Response {
    const text = url.searchParams.get("limit") ?? String(DEFAULT_LIMIT);
    const limit = Number(text);
    if (!/^\d+$/.test(text) || limit > MAX_LIMIT) return failure(400, `limit must be a number up to ${MAX_LIMIT}`);
    return answer(200, this.#options.control.recent(limit).map(summary));
  }

  #trace(id: string): Response {
    if (!/^[0-9a-f]{32}$/.test(id)) return failure(400, "a trace id has 32 lower-case hexadecimal digits");
    const { control, explainTree } = this.#options;
    const record = control.trace(id);
    if (record === undefined) return failure(404, "no such trace is kept: it is unknown, or newer ones took its place");
    return answer(200, explainTree({ record, plan: control.plan(), sent: true, reply: null }));
  }

  async #reload(): Promise<Response> {
    const result = await this.#options.control.reload();
    return answer(result.ok ? 200 : 422, result);
  }

  #status(): Response {
    const { control } = this.#options;
    return answer(200, statusReport(control.plan(), control.status(), Date.now()));
  }

  #stop(): Response {
    // The answer must be on its way before this server ends with the edge.
    setTimeout(() => {
      void this.#options.control.stop();
    }, STOP_DELAY);
    return answer(202, { stopping: true });
  }
}

/** Milliseconds. */
const STOP_DELAY = 50;

function summary(record: TraceRecord): TraceSummary {
  return {
    traceId: traceIdHex(record),
    time: new Date(record.time).toISOString(),
    method: record.line.latin1Slice(0, record.methodLength),
    authority: record.authority.latin1Slice(0, record.authorityLength),
    target: record.line.latin1Slice(targetStart(record), targetEnd(record)),
    status: record.status,
    fault: record.fault,
    route: record.route,
    upstream: record.target,
    totalMs: Math.round((endOf(record.stamps) - beginOf(record.stamps)) / 1000) / 1000,
  };
}

/** @throws RangeError when the body is no JSON. */
async function readJson(request: Request): Promise<unknown> {
  try {
    return (await request.json()) as unknown;
  } catch {
    throw new RangeError("the body is no JSON");
  }
}

function answer(status: number, value: unknown, fields: Readonly<Record<string, string>> = {}): Response {
  return Response.json(value, {
    status,
    headers: { "cache-control": "no-store", "x-content-type-options": "nosniff", ...fields },
  });
}

function failure(status: number, error: string, fields: Readonly<Record<string, string>> = {}): Response {
  return answer(status, { error }, fields);
}
