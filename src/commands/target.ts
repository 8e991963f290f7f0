/** `roundtrip target add|remove POOL ADDRESS`: targets that the config does not name. */
import { type ChangeOptions, outcomeOf, tell } from "./change-target.ts";
import { ExitCode } from "./command-failure.ts";
import { remainderWords } from "./drain-progress.ts";
import { requireEdge } from "./find-edge.ts";
import { findTarget } from "./find-target.ts";
import { targetPath } from "./pool-path.ts";

export interface AddOptions extends ChangeOptions {
  readonly weight?: number;
  readonly priority?: number;
  readonly backup?: boolean;
}

export async function addTarget(pool: string, address: string, options: AddOptions): Promise<ExitCode> {
  const { weight = 1, priority = 0, backup = false } = options;
  const admin = requireEdge(options);
  const outcome = outcomeOf(await admin.put(targetPath(pool, address), { weight, priority, backup }));
  tell(admin, outcome, `${outcome.target?.address ?? address} is in pool ${pool}`, options);
  return ExitCode.ok;
}

export async function removeTarget(pool: string, text: string, options: ChangeOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const { address } = await findTarget(admin, pool, text);
  const outcome = outcomeOf(await admin.delete(targetPath(pool, address)));
  const { target } = outcome;
  const left = target === null || target.active === 0 ? "" : ` (${remainderWords(target)})`;
  tell(admin, outcome, `${address} is removed from pool ${pool}${left}`, options);
  return ExitCode.ok;
}
