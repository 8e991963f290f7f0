/** A pool as text: how it balances, what is unusual, and a table of its targets. */
import type { PoolReport, SourceReport } from "../control/pool-report.ts";
import type { TargetReport } from "../control/target-report.ts";
import { padTo, painter, printable, type TerminalStyle, wrap } from "../explain/text-layout.ts";
import { count } from "../explain/words.ts";
import {
  agoWords,
  evidenceWords,
  latencyWords,
  mainEvidence,
  stateColour,
  stateWords,
  weightWords,
} from "./pool-words.ts";
import { type Cell, type Column, textTable } from "./text-table.ts";

const LABEL = 9;
/** Cells that the decisive evidence, and all that is known, needs to stand beside a target. */
const MIN_ONE = 24;
const MIN_ALL = 36;

/** `full`: its rules, and all that is known of each target; else the decisive alone. */
export function poolLines(pool: PoolReport, style: TerminalStyle, full: boolean): string[] {
  const paint = painter(style);
  const up = pool.targets.length === 0 ? "" : `, ${pool.up} of ${pool.targets.length} up`;
  const lines = [`${paint("bold", pool.name)}  ${printable(pool.balance, style.unicode)}${up}`];
  const add = (label: string, text: string): void => {
    wrap(printable(text, style.unicode), style.width - 2 - LABEL).forEach((line, index) => {
      lines.push(`  ${padTo(index === 0 ? label : "", LABEL)}${line}`);
    });
  };
  if (pool.sticky !== null) add("sticky", pool.sticky);
  if (full || pool.check !== null) add("check", pool.check ?? "none");
  if (full) add("traffic", pool.passive);
  if (pool.panic) add("panic", "too few targets are up, so all are used");
  if (full || pool.waiting > 0) add("waiting", `${pool.waiting} of at most ${count(pool.queueMax, "request")}`);
  for (const source of pool.sources) {
    if (full || source.problem !== "") add("source", sourceLine(source));
  }
  if (pool.targets.length === 0) add("targets", "none yet");
  else lines.push(...targetTable(pool.targets, style, full));
  return lines.map((line) => line.trimEnd());
}

function sourceLine({ source, kind, count: targets, goodAgeMs, triedAgeMs, problem }: SourceReport): string {
  if (problem === "" && kind === "config") return `${source}: ${count(targets, "target")}`;
  if (problem === "" && kind === "admin")
    return `${source}: ${targets === 0 ? "none" : count(targets, "target")} added`;
  const named = goodAgeMs === null ? "no answer yet" : `${count(targets, "target")}, ${agoWords(goodAgeMs)}`;
  if (problem === "") return `${source}: ${named}`;
  const tried = triedAgeMs === null ? "" : ` (${agoWords(triedAgeMs)})`;
  return `${source}: ${problem}${tried}${goodAgeMs === null ? "" : `; before that ${named}`}`;
}

function targetTable(targets: readonly TargetReport[], style: TerminalStyle, full: boolean): string[] {
  const hasSources = new Set(targets.map(({ source }) => source)).size > 1;
  const hasTiers = targets.some(({ priority, backup }) => priority > 0 || backup);
  const hasLatency = targets.some(({ latencyMs }) => latencyMs !== null);
  const columns: Column[] = [
    { title: "TARGET" },
    { title: "STATE" },
    { title: "ACTIVE", right: true },
    { title: "WEIGHT", right: true },
    ...(hasLatency ? [{ title: "LATENCY", right: true }] : []),
    ...(hasTiers ? [{ title: "PRIORITY", right: true }] : []),
    ...(hasSources ? [{ title: "SOURCE" }] : []),
  ];
  const rows = targets.map((target) => {
    const cells: Cell[] = [
      { text: target.address },
      { text: stateWords(target), format: stateColour(target) },
      { text: String(target.active) },
      { text: weightWords({ weight: target.weight, draining: target.mode !== "ready" }) },
      ...(hasLatency ? [{ text: printable(latencyWords(target), style.unicode) }] : []),
      ...(hasTiers ? [{ text: tierWords(target) }] : []),
      ...(hasSources ? [{ text: printable(target.source, style.unicode) }] : []),
    ];
    const notes = full ? allNotes(target) : [mainEvidence(target)];
    return { cells, notes: notes.map((note) => printable(note, style.unicode)) };
  });
  return textTable(columns, "EVIDENCE", rows, style, 2, full ? MIN_ALL : MIN_ONE);
}

function tierWords({ priority, backup }: TargetReport): string {
  if (!backup) return String(priority);
  return priority === 0 ? "backup" : `${priority} backup`;
}

function allNotes(target: TargetReport): string[] {
  const notes = target.evidence.map((evidence) => evidenceWords(target, evidence));
  if (notes.length === 0) notes.push(mainEvidence(target));
  const { weight } = target;
  if (weight.set) notes.push(`weight ${weight.wanted} was set; its source gives it ${weight.source}`);
  if (target.idle > 0) notes.push(count(target.idle, "idle connection"));
  return notes;
}
