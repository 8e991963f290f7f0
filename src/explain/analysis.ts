/** A request that was really sent, seen from both ends: by the client that sent it, and by the edge. */
import type { Milliseconds } from "../contract/time.ts";
import type { ClientView } from "./client-request.ts";
import { node, NOT_REACHED, type Span } from "./explaining.ts";
import type { ExplainTree, TreeNode } from "./tree.ts";
import { joinUnreached } from "./unreached.ts";
import { formatBytes, formatMs, percent } from "./words.ts";

export interface Analysis {
  readonly method: string;
  readonly url: string;
  readonly traceId: string;
  readonly client: ClientView;
  /** Null when the edge has no record of it; `missing` says why. */
  readonly edge: ExplainTree | null;
  readonly missing: string;
  /** Between the client's sending and its last byte, less the edge's total: the way there and back. */
  readonly networkMs: Milliseconds | null;
  readonly findings: readonly string[];
}

export function analysis(
  request: { readonly method: string; readonly url: string; readonly traceId: string },
  client: ClientView,
  edge: ExplainTree | null,
  missing: string,
): Analysis {
  const networkMs = networkTime(client, edge);
  return { ...request, client, edge, missing, networkMs, findings: clientFindings(client, edge, networkMs) };
}

/** Of a response that came; negative differences of two clocks' resolution count as 0. */
function networkTime(client: ClientView, edge: ExplainTree | null): number | null {
  if (edge === null || edge.totalMs === null || client.waitMs === null || client.receiveMs === null) return null;
  const seen = (client.sendMs ?? 0) + client.waitMs + client.receiveMs;
  return Math.max(0, Math.round((seen - edge.totalMs) * 1000) / 1000);
}

/** What the edge cannot know. */
function clientFindings(client: ClientView, edge: ExplainTree | null, networkMs: Milliseconds | null): string[] {
  const list: string[] = [];
  if (client.error !== "") list.push(`The client got no whole response: ${client.error}.`);
  const before = (client.lookupMs ?? 0) + (client.connectMs ?? 0);
  if (before >= 1 && percent(before, client.totalMs) >= 20) {
    list.push(
      `${formatMs(before)} (${percent(before, client.totalMs)} %) passed before the request was sent: looking up the name and connecting.`,
    );
  }
  if (edge !== null && networkMs !== null && networkMs >= 2 && percent(networkMs, client.totalMs) >= 30) {
    list.push(
      `The edge had the request for ${formatMs(edge.totalMs ?? 0)} of ${formatMs(client.totalMs)}; ${formatMs(networkMs)} went by between client and edge (the client itself worked for ${formatMs(client.cpuMs)}).`,
    );
  }
  return list;
}

/** The client's steps as nodes, with the edge's stations where they belong. */
export function analysisNodes(view: Analysis): TreeNode[] {
  const { client, edge } = view;
  const edgeSpan: Span = { beginMs: null, durationMs: edge?.totalMs ?? null };
  const nodes = [
    step("look up", lookupWords(client), client.lookupMs, true),
    step("connect", `to ${client.address}`, client.connectMs, client.lookupMs !== null),
  ];
  if (edge !== null) {
    nodes.push(
      node(
        "edge",
        "what it did with the request:",
        edge.fault === null ? "ok" : "fault",
        edgeSpan,
        joinUnreached(edge.stations),
      ),
    );
  } else {
    nodes.push(step("wait", "for the first byte", client.waitMs, client.connectMs !== null));
    nodes.push(node("edge", `unknown: ${view.missing}`, "skipped"));
    nodes.push(step("receive", receivedWords(client), client.receiveMs, client.waitMs !== null));
  }
  if (view.networkMs !== null) {
    const words = `there and back; ${receivedWords(client)}`;
    nodes.push(node("network", words, "ok", timed(view.networkMs), [ownWork(client)]));
  }
  return nodes;
}

/** Processor time, of which a part may have passed while others were waited for. */
function ownWork(client: ClientView): TreeNode {
  return node("client", `worked itself for ${formatMs(client.cpuMs)} meanwhile, which is not the edge's`, "info");
}

function lookupWords(client: ClientView): string {
  return client.lookupMs === 0 ? "no name to look up" : "the name's address";
}

function receivedWords(client: ClientView): string {
  if (client.status === 0) return "nothing came";
  return `${client.status} with ${formatBytes(client.bodyBytes)} of body received`;
}

function timed(durationMs: Milliseconds | null): Span {
  return { beginMs: null, durationMs };
}

/** `reached`: the step before came to its end. */
function step(label: string, text: string, ms: Milliseconds | null, reached: boolean): TreeNode {
  return reached ? node(label, text, ms === null ? "fault" : "ok", timed(ms)) : node(label, NOT_REACHED, "skipped");
}
