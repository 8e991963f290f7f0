/** `roundtrip drain POOL TARGET`: no new requests; those it has, and tunnels, may finish until a deadline. */
import { changeTarget, type ChangeOptions, tell } from "./change-target.ts";
import { ExitCode } from "./command-failure.ts";
import { awaitDrained, remainderWords } from "./drain-progress.ts";
import { requireEdge } from "./find-edge.ts";

export interface DrainOptions extends ChangeOptions {
  /** When what still lives is cut: milliseconds, 0 = never. Default: the pool's `drain`. */
  readonly deadline?: number;
  readonly wait?: boolean;
}

export async function drain(pool: string, target: string, options: DrainOptions): Promise<ExitCode> {
  return leave(pool, target, "drain", options);
}

/** Shared with `maintenance`, which stops the health checks too. */
export async function leave(
  pool: string,
  target: string,
  mode: "drain" | "maintenance",
  options: DrainOptions,
): Promise<ExitCode> {
  const admin = requireEdge(options);
  const change = options.deadline === undefined ? { mode } : { mode, timeout: options.deadline };
  const outcome = await changeTarget(admin, pool, target, change);
  const { address } = outcome.target;
  if (options.wait === true && options.json === true) return awaitDrained(admin, pool, outcome.target, true);
  const verb = mode === "drain" ? "drains" : "is in maintenance";
  tell(admin, outcome, `${address} of pool ${pool} ${verb} (${remainderWords(outcome.target)})`, options);
  return options.wait === true ? awaitDrained(admin, pool, outcome.target, false) : ExitCode.ok;
}
