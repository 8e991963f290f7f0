/** Memory of a process as Linux tells it. */
import { readFileSync } from "node:fs";

const KB = 1024;

/** Resident set, bytes. 0: the process has ended. */
export function residentMemory(pid: number): number {
  return statusField(pid, "VmRSS");
}

/** The largest resident set since the process began (or since `resetPeak`), bytes. */
export function peakMemory(pid: number): number {
  return statusField(pid, "VmHWM");
}

/** The peak begins anew from what is resident now. */
export async function resetPeak(pid: number): Promise<void> {
  await Bun.write(`/proc/${pid}/clear_refs`, "5");
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
