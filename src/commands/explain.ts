/**
 * `roundtrip explain`: what would happen to a request, what happens to one that is sent now (`--analyze`), or what
 * happened to one that was (`--id`).
 */
import { randomBytes } from "node:crypto";
import { analysis, type Analysis } from "../explain/analysis.ts";
import { renderAnalysis } from "../explain/analysis-terminal.ts";
import { sendClientRequest } from "../explain/client-request.ts";
import { renderTree } from "../explain/terminal.ts";
import type { ExplainTree } from "../explain/tree.ts";
import { type AdminClient, type AnsweringEdge, errorOf } from "./admin-client.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { type Field, parseField, parseTarget, parseTraceId, portOf } from "./explain-input.ts";
import { type EdgeAddress, type EdgeChoice, findEdge, requireEdge, requireEdges } from "./find-edge.ts";
import { isLocalAddress } from "./local-address.ts";
import { printAnswer } from "./print-answer.ts";
import { programName } from "./program-name.ts";

export interface ExplainOptions extends EdgeChoice {
  readonly analyze?: boolean;
  readonly id?: string;
  readonly method?: string;
  /** `Name: value` each. */
  readonly header?: readonly string[];
  readonly data?: string;
  readonly client?: string;
  readonly json?: boolean;
}

const DEFAULT_TIMEOUT = 30_000;
/** The edge completes a record just after the reply's last byte, so the client may be the quicker one. */
const RECORD_TRIES = 20;
const RECORD_INTERVAL = 50;
const RING_SIZES = "How many are kept: trace.ring and trace.notable in the config.";

export async function explain(url: string | undefined, options: ExplainOptions): Promise<ExitCode> {
  if (options.id !== undefined) return explainId(options.id, options);
  if (url === undefined) {
    throw new CommandFailure("explain needs a URL, or --id", `E.g. ${programName()} explain http://127.0.0.1:8080/`);
  }
  const target = parseTarget(url);
  return options.analyze === true ? explainSent(target, options) : explainPlan(target, options);
}

async function explainId(id: string, options: ExplainOptions): Promise<ExitCode> {
  const traceId = parseTraceId(id);
  let failure: CommandFailure | null = null;
  for (const admin of requireEdges(options)) {
    const tree = await fetchTree(admin, traceId).catch((error: unknown) => {
      if (!(error instanceof CommandFailure)) throw error;
      return error;
    });
    if (!(tree instanceof CommandFailure) && typeof tree !== "string") return printTree(admin.edge, tree, options);
    failure = typeof tree === "string" ? new CommandFailure(tree, RING_SIZES) : tree;
  }
  throw failure ?? new CommandFailure("no edge was asked");
}

async function explainPlan(url: URL, options: ExplainOptions): Promise<ExitCode> {
  const input = {
    method: methodOf(options),
    url: url.href,
    fields: planFields(options),
    client: options.client ?? "127.0.0.1",
  };
  if (options.config !== undefined) {
    const { explainOffline } = await import("./explain-offline.ts");
    return printTree(null, await explainOffline(options.config, input), options);
  }
  const admin = requireEdge(options, addressOf(url));
  const answer = await admin.post("/explain", input);
  if (answer.status !== 200) throw new CommandFailure(`the edge cannot explain this: ${errorOf(answer)}`);
  return printTree(admin.edge, answer.body as ExplainTree, options);
}

function addressOf(url: URL): EdgeAddress {
  return { host: url.hostname, port: portOf(url) };
}

function methodOf(options: ExplainOptions): string {
  return options.method ?? (options.data === undefined ? "GET" : "POST");
}

/** As they would be sent: a body brings its length along. */
function planFields(options: ExplainOptions): Field[] {
  const fields = (options.header ?? []).map(parseField);
  if (options.data !== undefined && !fields.some(([name]) => name.toLowerCase() === "content-length")) {
    fields.push(["Content-Length", String(Buffer.byteLength(options.data))]);
  }
  return fields;
}

async function explainSent(url: URL, options: ExplainOptions): Promise<ExitCode> {
  const fields = (options.header ?? []).map(parseField);
  if (fields.some(([name]) => /^(?:traceparent|roundtrip-explain)$/i.test(name))) {
    throw new CommandFailure("--analyze sets traceparent and Roundtrip-Explain itself", "Leave them out.");
  }
  const admin = findEdge(options, addressOf(url));
  const traceId = randomBytes(16).toString("hex");
  const own: Field[] = [["traceparent", `00-${traceId}-${randomBytes(8).toString("hex")}-01`]];
  // A token found in this user's run file is for an edge on this machine; one given on the command line is the
  // user's to send.
  const sendsToken = (address: string): boolean => options.token !== undefined || isLocalAddress(address);
  const token = admin === null ? "" : await explainToken(admin);
  const view = await sendClientRequest({
    method: methodOf(options),
    url,
    fields: (address) =>
      token !== "" && sendsToken(address) ? [...fields, ...own, ["Roundtrip-Explain", token]] : [...fields, ...own],
    body: options.data === undefined ? null : Buffer.from(options.data),
    timeout: options.timeout ?? DEFAULT_TIMEOUT,
  });
  const edge =
    admin === null ? `no running edge of yours listens on port ${portOf(url)}` : await awaitTree(admin, traceId);
  const request = { method: methodOf(options), url: url.href, traceId };
  const result = analysis(request, view, typeof edge === "string" ? null : edge, typeof edge === "string" ? edge : "");
  printAnswer(admin?.edge ?? null, options, result, (style) => renderAnalysis(result, style));
  return exitCodeOf(result);
}

function exitCodeOf({ client, edge }: Analysis): ExitCode {
  if (client.status === 0 && edge === null) return ExitCode.unusable;
  return client.error !== "" || (edge !== null && edge.fault !== null) ? ExitCode.fault : ExitCode.ok;
}

/** What the edge lets a request be explained by. The admin token is sent to its admin API alone. */
async function explainToken(admin: AdminClient): Promise<string> {
  const answer = await admin.get("/explain");
  if (answer.status !== 200) throw new CommandFailure(`the edge did not return its explain token: ${errorOf(answer)}`);
  // Written by an edge of this same program.
  return (answer.body as { readonly token: string }).token;
}

/** The tree, or why there is none. */
async function awaitTree(admin: AdminClient, traceId: string): Promise<ExplainTree | string> {
  for (let tried = 1; ; tried++) {
    const tree = await fetchTree(admin, traceId);
    if (typeof tree !== "string" || tried === RECORD_TRIES) return tree;
    await Bun.sleep(RECORD_INTERVAL);
  }
}

async function fetchTree(admin: AdminClient, traceId: string): Promise<ExplainTree | string> {
  const answer = await admin.get(`/traces/${traceId}`);
  // Written by an edge of this same program.
  return answer.status === 200 ? (answer.body as ExplainTree) : errorOf(answer);
}

/** The tree for people; for programs an `ExplainTree`. */
function printTree(edge: AnsweringEdge | null, tree: ExplainTree, options: ExplainOptions): ExitCode {
  printAnswer(edge, options, tree, (style) => renderTree(tree, style));
  return tree.fault === null ? ExitCode.ok : ExitCode.fault;
}
