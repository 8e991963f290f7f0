import { tell } from "../../standard-stream.ts";

/** So many are told in full: a flood of them must not fill a disk. */
const MOST = 100;
let reported = 0;

/** Tells of an error of ours that cost one query its answer, on standard error. */
export function reportFailure(error: unknown): void {
  if (++reported > MOST) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell(`roundtrip: internal error in DNS (${reported}): ${text}`);
}
