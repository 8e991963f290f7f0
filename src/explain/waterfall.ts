/** Bars on a common time axis, one per part of the path that took time. */
import type { Milliseconds } from "../contract/time.ts";
import { glyphsOf, padTo, painter, printable, type TerminalStyle } from "./text-layout.ts";
import { TIME_WIDTH } from "./tree-renderer.ts";
import type { ExplainTree, Mark } from "./tree.ts";
import { formatMs } from "./words.ts";

export interface Bar {
  readonly label: string;
  readonly beginMs: Milliseconds;
  readonly durationMs: Milliseconds;
  readonly mark: Mark;
}

const LABEL_WIDTH = 14;

/** The stations' bars; the upstream's are those of its parts. */
export function treeBars(tree: ExplainTree, offsetMs = 0): Bar[] {
  return tree.stations
    .flatMap((station) => (station.station === "upstream" ? station.children : [station]))
    .filter((part) => part.beginMs !== null && (part.durationMs ?? 0) > 0)
    .map((part) => ({
      label: part.label,
      beginMs: part.beginMs! + offsetMs,
      durationMs: part.durationMs!,
      mark: part.mark,
    }));
}

export function waterfall(bars: readonly Bar[], totalMs: Milliseconds, style: TerminalStyle): string[] {
  if (bars.length === 0 || totalMs <= 0) return [];
  const columns = Math.max(10, style.width - LABEL_WIDTH - TIME_WIDTH);
  return bars.map((bar) => {
    const label = padTo(printable(bar.label, style.unicode), LABEL_WIDTH).slice(0, LABEL_WIDTH);
    const time = printable(formatMs(bar.durationMs), style.unicode).padStart(TIME_WIDTH);
    return label + drawBar(bar, totalMs, columns, style) + painter(style)("cyan", time);
  });
}

function drawBar(bar: Bar, totalMs: Milliseconds, columns: number, style: TerminalStyle): string {
  const glyphs = glyphsOf(style);
  const from = Math.min(columns - 1, Math.max(0, Math.floor((bar.beginMs / totalMs) * columns)));
  const exact = (bar.durationMs / totalMs) * columns;
  const length = Math.min(columns - from, Math.max(1, Math.round(exact)));
  const drawn = exact < 0.5 ? glyphs.sliver : glyphs.block.repeat(length);
  const colour = bar.mark === "fault" ? "red" : bar.label === "wait" ? "yellow" : "green";
  return " ".repeat(from) + painter(style)(colour, drawn) + " ".repeat(columns - from - drawn.length);
}
