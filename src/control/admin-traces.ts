/** Endpoints that explain requests: what would happen to one, and what happened to those that are kept. */
import { z } from "zod";
import type { Plan } from "../contract/plan.ts";
import type { Reply } from "../contract/reply.ts";
import { type TraceRecord, beginOf, endOf } from "../contract/trace-record.ts";
import { targetEnd, targetStart } from "../trace/request-line.ts";
import { traceIdHex } from "../trace/trace-context.ts";
import { type AdminEndpoints, AdminProblem, answer, readJson } from "./admin-answer.ts";
import type { EdgeControl, ExplainRequest } from "./edge-control.ts";

/** Makes the tree of an explanation (`explainTree`); must be done with the record when it returns. */
export type ExplainTreeMaker = (source: {
  readonly record: TraceRecord;
  readonly plan: Plan | null;
  readonly sent: boolean;
  readonly reply: Reply | null;
}) => object;

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

const EXPLAIN_BODY = z.strictObject({
  method: z
    .string()
    .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, "is not a method")
    .default("GET"),
  url: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).max(8192),
  fields: z
    .array(z.tuple([z.string().min(1).max(256), z.string().max(8192)]))
    .max(200)
    .default([]),
  client: z.union([z.ipv4(), z.ipv6()], { error: "must be an IP address" }).default("127.0.0.1"),
});

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

export function traceEndpoints(control: EdgeControl, explainTree: ExplainTreeMaker): AdminEndpoints {
  return {
    "/explain": {
      GET: () => answer(200, { token: control.plan().admin?.explainToken ?? "" }),
      POST: ({ request }) => explain(control, explainTree, request),
    },
    "/traces": { GET: ({ url }) => traces(control, url) },
    "/traces/:id": { GET: ({ params }) => trace(control, explainTree, params[0]!) },
  };
}

async function explain(control: EdgeControl, explainTree: ExplainTreeMaker, request: Request): Promise<Response> {
  try {
    const input = readExplainBody(await readJson(request));
    const plan = control.plan();
    const { record, reply } = await control.explain(input);
    return answer(200, explainTree({ record, plan, sent: false, reply }));
  } catch (error) {
    if (error instanceof RangeError) throw new AdminProblem(400, error.message);
    throw error;
  }
}

function traces(control: EdgeControl, url: URL): Response {
  const text = url.searchParams.get("limit") ?? String(DEFAULT_LIMIT);
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit > MAX_LIMIT) {
    throw new AdminProblem(400, `limit must be a number up to ${MAX_LIMIT}`);
  }
  return answer(200, control.recent(limit).map(summary));
}

function trace(control: EdgeControl, explainTree: ExplainTreeMaker, id: string): Response {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new AdminProblem(400, "a trace id has 32 lower-case hexadecimal digits");
  const record = control.trace(id);
  if (record === undefined) {
    throw new AdminProblem(404, "no such trace is kept: it is unknown, or newer ones took its place");
  }
  return answer(200, explainTree({ record, plan: control.plan(), sent: true, reply: null }));
}

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

/** The body of `POST /explain`. @throws RangeError with what is wrong with it. */
function readExplainBody(body: unknown): ExplainRequest {
  const result = EXPLAIN_BODY.safeParse(body);
  if (result.success) return result.data;
  throw new RangeError(
    result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
  );
}
