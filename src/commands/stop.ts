/** `roundtrip stop`: the edge drains and ends; waits until its process is gone. */
import { formatAge } from "../explain/words.ts";
import { isAlive } from "../control/run-file.ts";
import type { StatusReport } from "../control/status-report.ts";
import { formatDuration } from "../schema/units.ts";
import { type AdminClient, EdgeUnreachable, refusal } from "./admin-client.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { Progress } from "./drain-progress.ts";
import { type EdgeChoice, requireEdge } from "./find-edge.ts";
import { printAnswer, printJson } from "./print-answer.ts";

export interface StopOptions extends EdgeChoice {
  /** When what still lives is cut: milliseconds, 0 = never. Default: the config's `timeouts.drain`. */
  readonly deadline?: number;
  readonly json?: boolean;
}

/** Between two checks, milliseconds. */
const INTERVAL = 100;
/** Behind the deadline, until the process must be gone. */
const PATIENCE = 10_000;
/** Nearer to the deadline than this, what vanished was cut rather than done. */
const AT_DEADLINE = 500;

/** Exit code 0 when all came to its end, 1 when something was cut. */
export async function stop(options: StopOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const status = await statusOf(admin);
  if (status === null) throw new CommandFailure(`the edge at ${admin.url} has already stopped`);
  const answer = await admin.post("/stop", options.deadline === undefined ? {} : { timeout: options.deadline });
  if (answer.status !== 202) throw refusal(answer);
  // Written by an edge of this same program.
  const { withinMs } = answer.body as { readonly withinMs: number };
  const json = options.json === true;
  if (!json) printAnswer(admin.edge, options, {}, () => `stops, ${deadlineWords(withinMs)}\n`);
  return awaitEnd(admin, status.pid, withinMs, json);
}

function deadlineWords(withinMs: number): string {
  return withinMs === 0 ? "however long it takes" : `within ${formatDuration(withinMs)}`;
}

async function awaitEnd(admin: AdminClient, pid: number, withinMs: number, json: boolean): Promise<ExitCode> {
  const begun = performance.now();
  const progress = new Progress(json ? null : process.stdout, "");
  let left = 0;
  /** Since the begin, when something was left for the last time. */
  let leftAt = 0;
  for (;;) {
    const status = await statusOf(admin);
    const waited = performance.now() - begun;
    if (status !== null) {
      left = status.exchanges;
      if (left > 0) leftAt = waited;
      progress.say(left === 0 ? "nothing is left" : `${left} left`);
    } else if (!isAlive(pid)) break;
    if (withinMs > 0 && waited > withinMs + PATIENCE) {
      progress.end("");
      throw new CommandFailure(`process ${pid} still runs`, `End it without a word: kill -9 ${pid}`);
    }
    await Bun.sleep(INTERVAL);
  }
  const cut = withinMs > 0 && left > 0 && leftAt > withinMs - AT_DEADLINE ? left : 0;
  const took = formatAge(performance.now() - begun);
  progress.end(cut === 0 ? `stopped after ${took}` : `stopped: the deadline came, and ${cut} still lived`);
  if (json) printJson(admin.edge, { stopped: true, cut });
  return cut === 0 ? ExitCode.ok : ExitCode.fault;
}

/** Null: its admin API is gone. */
async function statusOf(admin: AdminClient): Promise<StatusReport | null> {
  try {
    const answer = await admin.get("/status");
    if (answer.status !== 200) throw refusal(answer);
    // Written by an edge of this same program.
    return answer.body as StatusReport;
  } catch (error) {
    if (error instanceof EdgeUnreachable) return null;
    throw error;
  }
}
