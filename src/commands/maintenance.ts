/** `roundtrip maintenance POOL TARGET`: as `drain`, and no health checks either. */
import type { ExitCode } from "./command-failure.ts";
import { type DrainOptions, leave } from "./drain.ts";

export function maintenance(pool: string, target: string, options: DrainOptions): Promise<ExitCode> {
  return leave(pool, target, "maintenance", options);
}
