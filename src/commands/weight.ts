/** `roundtrip weight POOL TARGET N|default`: another share, until it is set back or the edge restarts. */
import { changeTarget, type ChangeOptions, tell } from "./change-target.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { requireEdge } from "./find-edge.ts";

export async function weight(pool: string, target: string, text: string, options: ChangeOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const outcome = await changeTarget(admin, pool, target, { weight: parseWeight(text) });
  const { address, weight: now } = outcome.target;
  const source = now.set ? `its source gives it ${now.source}` : "as its source gives it";
  tell(admin, outcome, `${address} of pool ${pool} has weight ${now.wanted} (${source})`, options);
  return ExitCode.ok;
}

/** Null for "default". @throws CommandFailure */
function parseWeight(text: string): number | null {
  if (text === "default") return null;
  const number = Number(text);
  if (/^\d{1,3}$/.test(text) && number <= 256) return number;
  throw new CommandFailure(`"${text}" is not a weight`, "Give a number from 0 to 256, or default for its source's.");
}
