/** Processes as a newcomer would look at them: who descends from whom, and who is left. */
import { readdirSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  /** Ended and not yet collected by its parent: not running any more. */
  readonly zombie: boolean;
}

/** Every process below `pid` at this moment, children before grandchildren. */
export function descendants(pid: number): number[] {
  const lines = processTable();
  const found: number[] = [];
  const parents = [pid];
  for (const parent of parents) {
    for (const line of lines) {
      if (line.parent !== parent || line.zombie) continue;
      found.push(line.pid);
      parents.push(line.pid);
    }
  }
  return found;
}

/** Those of `pids` that still run. */
export function running(pids: readonly number[]): number[] {
  const alive = new Set(
    processTable()
      .filter((line) => !line.zombie)
      .map((line) => line.pid),
  );
  return pids.filter((pid) => alive.has(pid));
}

/** Waits until none of `pids` runs; answers those that still do when `timeout` (milliseconds) is over. */
export async function awaitEnd(pids: readonly number[], timeout: number): Promise<number[]> {
  const deadline = performance.now() + timeout;
  let left = running(pids);
  while (left.length > 0 && performance.now() < deadline) {
    await Bun.sleep(50);
    left = running(left);
  }
  return left;
}

function processTable(): ProcessLine[] {
  return process.platform === "linux" ? readProc() : readPs();
}

function readProc(): ProcessLine[] {
  const lines: ProcessLine[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // pid (name) state parent …; the name may hold spaces and parentheses.
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      lines.push({ pid: Number(entry), parent: Number(parent), zombie: state === "Z" || state === "X" });
    } catch {
      // It ended while we read.
    }
  }
  return lines;
}

function readPs(): ProcessLine[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, stat = ""]) => ({ pid: Number(pid), parent: Number(parent), zombie: stat.startsWith("Z") }));
}
