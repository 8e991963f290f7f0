/** What `drain`, `ready`, `maintenance`, `weight` and `target` share: the change itself, and how it is told. */
import type { TargetOutcome } from "../control/target-control.ts";
import type { TargetReport } from "../control/target-report.ts";
import { type AdminAnswer, type AdminClient, refusal } from "./admin-client.ts";
import type { EdgeChoice } from "./find-edge.ts";
import { findTarget } from "./find-target.ts";
import { targetPath } from "./pool-path.ts";
import { printAnswer } from "./print-answer.ts";

export interface ChangeOptions extends EdgeChoice {
  readonly json?: boolean;
}

export interface TargetChange {
  readonly mode?: "ready" | "drain" | "maintenance";
  /** Milliseconds, 0 = no end. */
  readonly timeout?: number;
  /** Null: as its source wants it. */
  readonly weight?: number | null;
}

export type Outcome = Omit<TargetOutcome, "created">;

/** `target`: an address or a part of it. @throws CommandFailure */
export async function changeTarget(
  admin: AdminClient,
  pool: string,
  target: string,
  change: TargetChange,
): Promise<Outcome & { readonly target: TargetReport }> {
  const { address } = await findTarget(admin, pool, target);
  const outcome = outcomeOf(await admin.post(targetPath(pool, address), change));
  return { ...outcome, target: outcome.target! };
}

/** @throws CommandFailure with the reason, when it was refused. */
export function outcomeOf(answer: AdminAnswer): Outcome {
  if (answer.status !== 200 && answer.status !== 201) throw refusal(answer);
  // Written by an edge of this same program.
  return answer.body as Outcome;
}

/** The sentence on standard output and the warning on standard error; or the outcome as JSON. */
export function tell(admin: AdminClient, outcome: Outcome, sentence: string, options: ChangeOptions): void {
  printAnswer(admin.edge, options, outcome, () => `${sentence}${outcome.changed ? "" : " already"}\n`);
  if (options.json === true) return;
  if (outcome.warning !== "") process.stderr.write(`  beware: ${outcome.warning}\n`);
}
