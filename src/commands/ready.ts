/** `roundtrip ready POOL TARGET`: new requests again. */
import { changeTarget, type ChangeOptions, tell } from "./change-target.ts";
import { ExitCode } from "./command-failure.ts";
import { requireEdge } from "./find-edge.ts";
import { mainEvidence, stateWords } from "./pool-words.ts";

export async function ready(pool: string, target: string, options: ChangeOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const outcome = await changeTarget(admin, pool, target, { mode: "ready" });
  const { address, state } = outcome.target;
  const but =
    state === "up" || state === "full" ? "" : `, but ${stateWords(outcome.target)}: ${mainEvidence(outcome.target)}`;
  tell(admin, outcome, `${address} of pool ${pool} is ready${but}`, options);
  return ExitCode.ok;
}
