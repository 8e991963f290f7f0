/** `roundtrip status`: what runs, and how the upstreams are. */
import type { StatusReport } from "../control/status-report.ts";
import { painter, printable, type TerminalStyle } from "../explain/text-layout.ts";
import { count } from "../explain/words.ts";
import { errorOf } from "./admin-client.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { type EdgeChoice, requireEdge } from "./find-edge.ts";
import { poolLines } from "./pool-lines.ts";
import { printJson } from "./print-answer.ts";
import { terminalStyle } from "./terminal-style.ts";

export interface StatusOptions extends EdgeChoice {
  readonly json?: boolean;
}

export async function status(options: StatusOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const answer = await admin.get("/status");
  if (answer.status !== 200) throw new CommandFailure(`the edge did not return its status: ${errorOf(answer)}`);
  // Written by an edge of this same program.
  const report = answer.body as StatusReport;
  if (options.json === true) printJson(admin.edge, report);
  // Which edge it is stands in the report itself.
  else process.stdout.write(renderStatus(report, terminalStyle()));
  return ExitCode.ok;
}

export function renderStatus(report: StatusReport, style: TerminalStyle): string {
  const paint = painter(style);
  const state = report.draining ? "draining" : "running";
  const lines = [
    paint("bold", `roundtrip ${report.version}, ${state} for ${uptime(report.uptimeSeconds)} as process ${report.pid}`),
    `  listens on   ${report.listeners.join(", ")}`,
    `  plan         ${report.plan.version} from ${report.plan.source}, ${count(report.plan.routes, "route")}`,
    ...reloadLines(report),
    `  connections  ${report.connections} open, ${count(report.exchanges, "request")} in progress`,
    ...(report.connectionsRefused === 0
      ? []
      : [`               ${report.connectionsRefused} refused since the start: limits.connections was reached`]),
    ...(report.logLinesLost === 0
      ? []
      : [`  access log   ${count(report.logLinesLost, "line")} lost since the start: its output did not take them`]),
  ];
  const head = lines.map((line) => (style.colour ? line : printable(line, style.unicode)));
  const pools = report.pools.map((pool) => ["", ...poolLines(pool, style, false)]);
  return `${[...head, ...pools.flat()].join("\n")}\n`;
}

/** A person sees the beginning; the log and the admin API have the rest. */
const PROBLEM_LINES = 8;

/** Why the plan is not what is in the file; nothing when it is. */
function reloadLines({ reload, plan }: StatusReport): string[] {
  if (reload === null || reload.ok) return [];
  const problems = reload.problems.trimEnd().split("\n");
  const more = problems.length - PROBLEM_LINES;
  return [
    `  reload       failed at ${reload.time}, plan ${plan.version} is in use:`,
    ...problems.slice(0, PROBLEM_LINES).map((line) => `    ${line}`.trimEnd()),
    ...(more > 0 ? [`    … ${count(more, "line")} more in the JSON of the status`] : []),
  ];
}

export function uptime(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
