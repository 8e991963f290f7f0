/** What a running benchmark says, on standard error. */
import { cpus } from "node:os";

/** One line that is written over; an empty text clears it. Not shown where nobody watches. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

export function warning(text: string): void {
  progress("");
  process.stderr.write(`!! ${text}\n`);
}

/** Throws with what is missing. */
export function requireTools(tools: readonly string[], cores: readonly number[]): void {
  if (process.platform !== "linux") throw new Error("the benchmark needs Linux: /proc and taskset");
  const missing = tools.filter((tool) => Bun.which(tool) === null);
  if (missing.length > 0) throw new Error(`not installed: ${missing.join(", ")} (apt install util-linux wrk)`);
  const beyond = cores.find((core) => core >= cpus().length);
  if (beyond !== undefined) throw new Error(`there is no core ${beyond}; peers and load need a core each`);
  if (new Set(cores).size !== cores.length) throw new Error("peers and load need a core each");
}
