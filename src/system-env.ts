import type { Env } from "./contract/env.ts";

/** The real clock and dice. */
export const systemEnv: Env = {
  now: () => Bun.nanoseconds(),
  time: () => Date.now(),
  random: (into) => {
    crypto.getRandomValues(into as Uint8Array<ArrayBuffer>);
  },
};
