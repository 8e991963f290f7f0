/** Memory of a process as Linux tells it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const KB = 1024;

/** False, and says so: this system does not tell what a process takes. */
export function measurable(): boolean {
  const can = existsSync("/proc/self/status");
  if (!can) console.warn("NOT TESTED: memory is read from /proc, which only Linux has");
  return can;
}

/** Resident set, bytes. 0: the process has ended. */
export function residentMemory(pid: number): number {
  return statusField(pid, "VmRSS");
}

/** The largest resident set since the process began (or since `resetPeak`), bytes. */
export function peakMemory(pid: number): number {
  return statusField(pid, "VmHWM");
}

/** The peak begins again from what is resident now. Where that is not allowed it goes on from before, and is the larger. */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // A container may forbid it.
  }
}

export function inMegabytes(bytes: number): string {
  return `${(bytes / KB / KB).toFixed(1)} MB`;
}

function statusField(pid: number, name: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * KB;
  } catch {
    return 0;
  }
}
