/**
 * Bar charts as SVG: one panel a workload, each with its own scale from zero. Follows the reader's light or dark scheme.
 */
import { number } from "./format.ts";
import { proxiesOf, summarise } from "./results.ts";
import type { BenchResult } from "./results.ts";

export interface Panel {
  title: string;
  bars: Bar[];
}

export interface Bar {
  label: string;
  value: number;
  highlight: boolean;
  /** Shown in place of the value, with no bar. */
  note?: string;
}

const WIDTH = 880;
const COLUMNS = 2;
const MARGIN = 24;
const GAP = 36;
const LABEL = 138;
const VALUE = 52;
const ROW = 20;
const BAR = 13;
const PANEL_HEAD = 30;
const PANEL_FOOT = 22;
const PAGE_HEAD = 62;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
const TRACK = PANEL_WIDTH - LABEL - VALUE;

/** A bar longer than this many times the shortest is cut, so that the short ones can still be told apart. */
const CUT = 4;

const STYLE = `
  .page { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .bar { fill: #afb8c1 } .own { fill: #0969da }
  .cut { stroke: #ffffff } .axis { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .bar { fill: #59636e } .own { fill: #4493f8 }
    .cut { stroke: #0d1117 } .axis { stroke: #3d444d }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif } .title { font-size: 17px; font-weight: 600 }
  .name { font-size: 13px; font-weight: 600 } .figure { font-variant-numeric: tabular-nums } .strong { font-weight: 600 }`;

export function barChart(title: string, subtitle: string, panels: readonly Panel[]): string {
  const parts: string[] = [];
  let top = PAGE_HEAD;
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    row.forEach((panel, column) => parts.push(drawPanel(panel, MARGIN + column * (PANEL_WIDTH + GAP), top)));
    top += PANEL_HEAD + Math.max(...row.map((panel) => panel.bars.length)) * ROW + PANEL_FOOT;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${top}" rx="8"/>
<text class="ink title" x="${MARGIN}" y="32">${escape(title)}</text>
<text class="soft" x="${MARGIN}" y="51">${escape(subtitle)}</text>
${parts.join("\n")}
</svg>
`;
}

function drawPanel(panel: Panel, x: number, y: number): string {
  const values = panel.bars.filter((bar) => bar.note === undefined && bar.value > 0).map((bar) => bar.value);
  const scale = Math.min(Math.max(...values), Math.min(...values) * CUT);
  const start = x + LABEL;
  const first = y + PANEL_HEAD;
  const rows = panel.bars.map((bar, index) => drawBar(bar, start, first + index * ROW, scale));
  return [
    `<text class="ink name" x="${x}" y="${y + 18}">${escape(panel.title)}</text>`,
    `<line class="axis" x1="${start - 0.5}" x2="${start - 0.5}" y1="${first - 2}" y2="${first + panel.bars.length * ROW - 2}"/>`,
    ...rows,
  ].join("\n");
}

function drawBar(bar: Bar, x: number, y: number, scale: number): string {
  const base = y + BAR - 2.5;
  const strong = bar.highlight ? " strong" : "";
  const label = `<text class="ink${strong}" x="${x - 8}" y="${base}" text-anchor="end">${escape(bar.label)}</text>`;
  if (bar.note !== undefined || !(bar.value > 0)) {
    return `${label}<text class="soft" x="${x + 6}" y="${base}">${escape(bar.note ?? "–")}</text>`;
  }
  const cut = bar.value > scale * 1.0001;
  const width = Math.max(1, (Math.min(bar.value, scale) / scale) * TRACK);
  const parts = [
    label,
    `<rect class="${bar.highlight ? "own" : "bar"}" x="${x}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
  ];
  if (cut) {
    for (const offset of [22, 16]) {
      const at = x + TRACK - offset;
      parts.push(`<line class="cut" stroke-width="2.5" x1="${at}" y1="${y + BAR + 1}" x2="${at + 5}" y2="${y - 1}"/>`);
    }
  }
  parts.push(
    `<text class="ink figure${strong}" x="${(x + width + 6).toFixed(1)}" y="${base}">${number(bar.value)}</text>`,
  );
  return parts.join("");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

export function throughputChart(result: BenchResult): string {
  const panels = result.workloads.map((workload) => ({
    title: workload.title,
    bars: proxiesOf(workload).map((peer) => {
      const summary = summarise(workload, peer);
      const bar: Bar = { label: peer.peer, value: summary.cpu, highlight: peer.peer.startsWith("roundtrip") };
      return summary.errors.length > 0 ? { ...bar, note: "invalid" } : bar;
    }),
  }));
  const subtitle = `µs, less is better; medians of ${result.rounds} rounds on one core; bars marked // are cut; ${result.machine.cpu}, ${result.at}`;
  return barChart("CPU per request", subtitle, panels);
}
