/** `roundtrip pools [pool]`: every target, its state, and the evidence for it. */
import type { PoolReport } from "../control/pool-report.ts";
import type { TerminalStyle } from "../explain/text-layout.ts";
import { type AdminClient, refusal } from "./admin-client.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { type EdgeChoice, requireEdge } from "./find-edge.ts";
import { poolLines } from "./pool-lines.ts";
import { poolPath } from "./pool-path.ts";
import { edgeLine, printAnswer } from "./print-answer.ts";
import { terminalStyle } from "./terminal-style.ts";

export interface PoolsOptions extends EdgeChoice {
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** Milliseconds. */
const REFRESH = 1000;

export async function pools(pool: string | undefined, options: PoolsOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  if (options.watch === true) return watch(admin, pool, options);
  const reports = await fetchPools(admin, pool);
  const value = pool === undefined ? { pools: reports } : reports[0]!;
  printAnswer(admin.edge, options, value, (style) => renderPools(reports, style, pool !== undefined));
  return ExitCode.ok;
}

export function renderPools(reports: readonly PoolReport[], style: TerminalStyle, full: boolean): string {
  if (reports.length === 0) return "The config has no pools.\n";
  return `${reports.map((report) => poolLines(report, style, full).join("\n")).join("\n\n")}\n`;
}

async function fetchPools(admin: AdminClient, pool: string | undefined): Promise<PoolReport[]> {
  const answer = await admin.get(pool === undefined ? "/pools" : poolPath(pool));
  if (answer.status !== 200) throw refusal(answer);
  // Written by an edge of this same program.
  return pool === undefined ? (answer.body as PoolReport[]) : [answer.body as PoolReport];
}

/** Draws over itself until it is interrupted. */
async function watch(admin: AdminClient, pool: string | undefined, options: PoolsOptions): Promise<ExitCode> {
  if (!process.stdout.isTTY || options.json === true) {
    throw new CommandFailure("--watch needs a terminal", "For programs: call it with --json again and again.");
  }
  for (;;) {
    const reports = await fetchPools(admin, pool);
    const style = terminalStyle();
    const time = new Date().toTimeString().slice(0, 8);
    const edge = edgeLine(admin.edge, style);
    const text = `${time}, refreshed every second; Ctrl-C ends it\n${edge}\n\n${renderPools(reports, style, pool !== undefined)}`;
    process.stdout.write(screen(text, process.stdout.rows || Infinity));
    await Bun.sleep(REFRESH);
  }
}

/** The text at the top of the screen, each line cleared behind it, what lies below too. What does not fit is counted. */
export function screen(text: string, rows: number): string {
  const lines = text.trimEnd().split("\n");
  const shown = lines.length < rows ? lines : lines.slice(0, Math.max(1, rows - 2));
  const hidden = lines.length - shown.length;
  if (hidden > 0) shown.push(`… ${hidden} more lines`);
  return `\x1b[H${shown.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`;
}
