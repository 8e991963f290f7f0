import { ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
import { openLibc } from "../transport/libc.ts";

/**
 * Bun's allocator (mimalloc) gives freed pages back to the kernel after 10 ms and faults them in again with the next
 * reads: under load that cost 8 % of the CPU of 1 KiB requests and up to a quarter with 64 KiB bodies (see
 * docs/decisions/0006-keep-freed-memory.md). Ten seconds keep what a steady load needs, and still give back a peak.
 *
 * The allocator reads its options once, when the process starts, so the process restarts itself with them.
 */
const NAME = "MIMALLOC_PURGE_DELAY";
const DELAY = "10000";

/** Replaces the process by itself with the option set: same pid, same arguments. Elsewhere than on Linux, or when it is set already, returns at once. */
export function keepFreedMemory(): void {
  if (process.platform !== "linux" || process.env[NAME] !== undefined) return;
  try {
    const libc = openLibc();
    if (typeof libc === "string") return;
    libc.setenv(text(NAME), text(DELAY), 1);
    // As the process was started, not as Bun presents it to the program.
    const words = readFileSync("/proc/self/cmdline", "latin1").split("\0").slice(0, -1).map(text);
    const vector = new BigUint64Array(words.length + 1);
    words.forEach((word, index) => {
      vector[index] = BigInt(ptr(word));
    });
    libc.execv(text("/proc/self/exe"), vector);
  } catch {
    // Without it (a sandbox) the edge only runs slower.
  }
}

/** A C string. */
function text(value: string): Buffer<ArrayBuffer> {
  return Buffer.from(`${value}\0`, "latin1");
}
