import { tell } from "../standard-stream.ts";

/** After so many nothing more is told, so that a flood of errors does not fill a disk. */
const TOLD = 100;

let failures = 0;

/** An error of ours costs the one connection that it happened on, never the process with all others: it is told here. */
export function reportHandlerFailure(error: unknown): void {
  failures++;
  if (failures > TOLD) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`internal error (${failures}): ${text}`);
}

/** Where lines for whoever watches the process go. */
export const standardError = {
  write(text: string): void {
    tell(text);
  },
};

export function say(line: string): void {
  standardError.write(`roundtrip: ${line}`);
}
