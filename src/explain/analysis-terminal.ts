/** An analysis as text: the client's view around the edge's tree, and one waterfall of both. */
import { type Analysis, analysisNodes } from "./analysis.ts";
import { findingLines } from "./terminal.ts";
import { TreeRenderer } from "./tree-renderer.ts";
import { glyphsOf, painter, printable, type TerminalStyle, wrap } from "./text-layout.ts";
import { type Bar, treeBars, waterfall } from "./waterfall.ts";
import { formatMs } from "./words.ts";

export function renderAnalysis(view: Analysis, style: TerminalStyle): string {
  const renderer = new TreeRenderer(style);
  const lines = [...headLines(view, style), "", ...renderer.nodes(analysisNodes(view))];
  if (view.edge?.unaccountedMs != null) lines.push(renderer.sum("unaccounted at the edge", view.edge.unaccountedMs));
  lines.push(renderer.sum("total, as the client saw it", view.client.totalMs));
  const drawn = waterfall(bars(view), view.client.totalMs, style);
  if (drawn.length > 0) lines.push("", ...drawn);
  lines.push(...findingLines([...view.findings, ...(view.edge?.findings ?? [])], style));
  return `${lines.join("\n")}\n`;
}

function headLines(view: Analysis, style: TerminalStyle): string[] {
  const paint = painter(style);
  const { arrow, dot } = glyphsOf(style);
  const { client, edge } = view;
  const status = client.status === 0 ? "no response" : String(client.status);
  const fault = edge?.fault == null ? "" : ` (${edge.fault.code})`;
  const first = `${view.method} ${view.url} ${arrow} ${status}${fault} in ${formatMs(client.totalMs)}`;
  const plan =
    edge === null
      ? ""
      : ` ${dot} plan ${edge.plan.version}${edge.plan.source === "" ? "" : ` from ${edge.plan.source}`}`;
  return [
    ...wrap(printable(first, style.unicode), style.width).map((line) => paint("bold", line)),
    ...wrap(printable(`trace ${view.traceId}${plan}`, style.unicode), style.width).map((line) => paint("dim", line)),
  ];
}

/** On the client's clock. Where the edge's bars lie on it is not measured: half of the network's time before them. */
function bars(view: Analysis): Bar[] {
  const { client, edge } = view;
  const lookup = client.lookupMs ?? 0;
  const connected = lookup + (client.connectMs ?? 0);
  const list: Bar[] = [
    { label: "look up", beginMs: 0, durationMs: lookup, mark: "ok" },
    { label: "connect", beginMs: lookup, durationMs: client.connectMs ?? 0, mark: "ok" },
  ];
  if (edge !== null) {
    list[1] = { ...list[1]!, label: "connect edge" };
    list.push(...treeBars(edge, connected + (view.networkMs ?? 0) / 2));
  } else {
    const sent = connected + (client.sendMs ?? 0);
    list.push({ label: "wait", beginMs: sent, durationMs: client.waitMs ?? 0, mark: "ok" });
    list.push({
      label: "receive",
      beginMs: sent + (client.waitMs ?? 0),
      durationMs: client.receiveMs ?? 0,
      mark: "ok",
    });
  }
  return list.filter((bar) => bar.durationMs > 0);
}
