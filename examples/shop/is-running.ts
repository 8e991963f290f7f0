import { readFileSync } from "node:fs";

/** Whether a process runs. One that ended and was not yet collected by its parent (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // proc(5): the state follows the name, which stands in parentheses and may hold any character.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat[stat.lastIndexOf(")") + 2] !== "Z";
  } catch {
    // No /proc here, or the process ended in between: the signal's answer is the best there is.
    return process.platform !== "linux";
  }
}

/** Waits until none of them runs; answers those that still do after `timeout` milliseconds. */
export async function stillRunning(pids: readonly number[], timeout = 3000): Promise<number[]> {
  for (let waited = 0; waited < timeout && pids.some(isRunning); waited += 20) await Bun.sleep(20);
  return pids.filter(isRunning);
}
