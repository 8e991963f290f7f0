/** Waits until nothing lives at a target any more, and says what still does. */
import type { TargetReport } from "../control/target-report.ts";
import { formatAge } from "../explain/words.ts";
import { type AdminClient, refusal } from "./admin-client.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { targetPath } from "./pool-path.ts";
import { printJson } from "./print-answer.ts";
import { cutWords, leftWords } from "./pool-words.ts";

/** Between two checks, milliseconds. */
const INTERVAL = 250;
/** Nearer to the deadline than this, what vanished was cut rather than done: the edge's clock is that coarse. */
const AT_DEADLINE = 500;

/**
 * `begun`: as the target was when it was told to leave, which has been said. Exit code 0 when all finished by itself, 1 when some was cut at the deadline. With `json` only the last state is told.
 */
export async function awaitDrained(
  admin: AdminClient,
  pool: string,
  begun: TargetReport,
  json: boolean,
): Promise<ExitCode> {
  const { address, mode } = begun;
  const start = performance.now();
  const progress = new Progress(json ? null : process.stdout, remainderWords(begun));
  let before = begun;
  for (;;) {
    const target = await fetchTarget(admin, pool, address);
    if (target !== null && target.mode !== mode && !target.removed) {
      progress.end("");
      throw new CommandFailure(`${address} was set to ${target.mode} meanwhile`, "It does not drain any more.");
    }
    if (target === null || target.active === 0) {
      const cut = wasCut(before);
      const took = formatAge(performance.now() - start);
      progress.end(cut === "" ? `drained after ${took}` : `the deadline came: ${cut} cut`);
      if (json) printJson(admin.edge, { drained: cut === "", target });
      return cut === "" ? ExitCode.ok : ExitCode.fault;
    }
    progress.say(remainderWords(target));
    before = target;
    await Bun.sleep(Math.min(INTERVAL, Math.max(50, target.cutInMs ?? INTERVAL)));
  }
}

/** "2 requests left, cut in 30 s". */
export function remainderWords(target: TargetReport): string {
  return [leftWords(target), cutWords(target)].filter((part) => part !== "").join(", ");
}

/** What was left when the deadline was as near as that; "" when nothing was. */
function wasCut(before: TargetReport): string {
  if (before.active === 0 || before.cutInMs === null || before.cutInMs > AT_DEADLINE) return "";
  return `${leftWords(before).replace(/ left$/, "")} ${before.active === 1 ? "was" : "were"}`;
}

/** Null: it is gone, which is as good as drained. */
async function fetchTarget(admin: AdminClient, pool: string, address: string): Promise<TargetReport | null> {
  const answer = await admin.get(targetPath(pool, address));
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw refusal(answer);
  // Written by an edge of this same program.
  return answer.body as TargetReport;
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** On a terminal one line that changes; elsewhere a line whenever what is left has changed. */
export class Progress {
  readonly #output: Output | null;
  #last: string;

  /** `told`: what was said before, so that it is no news. */
  constructor(output: Output | null, told: string) {
    this.#output = output;
    this.#last = output?.isTTY === true ? "" : withoutSeconds(told);
  }

  say(text: string): void {
    const isTTY = this.#output?.isTTY === true;
    const news = isTTY ? text : withoutSeconds(text);
    if (news === this.#last) return;
    this.#last = news;
    this.#output?.write(isTTY ? `\r  ${text}\x1b[K` : `  ${text}\n`);
  }

  /** The last word; "" = none. */
  end(text: string): void {
    const isTTY = this.#output?.isTTY === true;
    if (isTTY && this.#last !== "") this.#output?.write("\r\x1b[K");
    if (text !== "") this.#output?.write(`  ${text}\n`);
  }
}

/** In a log the seconds that go by are no news. */
function withoutSeconds(text: string): string {
  return text.replace(/, cut in .*$/, "");
}
