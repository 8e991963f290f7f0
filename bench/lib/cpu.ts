/**
 * What processes and cores used, from /proc.
 * Run time comes from task/TID/schedstat, in nanoseconds; /proc/PID/stat counts the same in ticks of 10 ms, and is
 * taken where it is more (it still holds the time of threads that have ended).
 */
import { readdirSync, readFileSync } from "node:fs";

const NANOSECONDS_PER_TICK = 10_000_000; // USER_HZ is 100 on every Linux that Bun runs on

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // the thread or process ended while we looked
  }
}

/** Children, their children and so on; not the process itself. */
export function descendants(pid: number): number[] {
  const found: number[] = [];
  for (const thread of threads(pid)) {
    for (const child of read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number)) {
      found.push(child, ...descendants(child));
    }
  }
  return found;
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** CPU time of the process and all its descendants so far, user and system, in nanoseconds. */
export function cpuTime(pid: number): number {
  let total = 0;
  for (const process of [pid, ...descendants(pid)]) {
    let fine = 0;
    for (const thread of threads(process))
      fine += Number(read(`/proc/${process}/task/${thread}/schedstat`).split(" ")[0]);
    const fields = read(`/proc/${process}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    const coarse = (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * NANOSECONDS_PER_TICK;
    total += Math.max(fine, coarse);
  }
  return total;
}

/** Resident memory of the process and all its descendants, in bytes; shared pages count once (Pss) where the kernel tells. */
export function residentMemory(pid: number): number {
  let total = 0;
  for (const process of [pid, ...descendants(pid)]) {
    const rollup = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${process}/smaps_rollup`));
    const status = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${process}/status`));
    total += Number(rollup?.[1] ?? status?.[1] ?? 0) * 1024;
  }
  return total;
}

/** Time that a core was not idle, in nanoseconds, at 10 ms resolution; includes what the hypervisor stole. */
export function coreBusy(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, "m").exec(read("/proc/stat"))?.[1];
  if (line === undefined) throw new Error(`/proc/stat has no cpu${core}`);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(" ").map(Number);
  return (user + nice + system + irq + softirq + steal) * NANOSECONDS_PER_TICK;
}

export function cpuModel(): string {
  return /^model name\s*:\s*(.*)$/m.exec(read("/proc/cpuinfo"))?.[1]?.trim() ?? "unknown CPU";
}
