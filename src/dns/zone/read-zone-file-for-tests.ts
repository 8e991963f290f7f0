import { ZoneFileReader, type ZoneFileOptions } from "./zone-file.ts";
import type { ZoneProblem } from "./zone-problem.ts";

/** Reads a zone file to its end; answers every problem. */
export function readZoneFile(bytes: Uint8Array, options: ZoneFileOptions): ZoneProblem[] {
  const reader = new ZoneFileReader(bytes, options);
  while (reader.step(Number.MAX_SAFE_INTEGER)) {
    // One step reads all there is.
  }
  return reader.problems;
}
