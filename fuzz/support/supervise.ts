import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type Job, type Outcome, PROGRESS_HEADER } from "./job.ts";

/** A run takes microseconds; after so long without one, what is fuzzed hangs. */
const HANG_MILLISECONDS = 10_000;
const LARGEST_INPUT = 65_536;

function numberOf(text: string | undefined, fallback: number, name: string): number {
  const number = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(number) || number < 0) {
    console.error(`--${name} must be a number ≥ 0, not ${text}`);
    process.exit(2);
  }
  return number;
}

/**
 * Runs a fuzzing thread with the options of the command line (`--seconds 60 | --runs N`, `--seed N`), watches that it
 * goes on, and ends the process: 1 with the input, as a JavaScript string, on the first failure. `kinds` are the words
 * for the kinds of input, by the number that the thread shows.
 */
export function supervise(name: string, thread: URL, kinds: readonly string[]): void {
  const { values } = parseArgs({
    options: { seconds: { type: "string" }, runs: { type: "string" }, seed: { type: "string" } },
  });
  const seed = numberOf(values.seed, Date.now() % 2 ** 31, "seed");
  const progress = new SharedArrayBuffer(PROGRESS_HEADER + LARGEST_INPUT);
  const job: Job = {
    seconds: numberOf(values.seconds, 60, "seconds"),
    runs: numberOf(values.runs, 0, "runs"),
    seed,
    progress,
  };

  function fail(run: number, error: string): never {
    const header = new Int32Array(progress, 0, 3);
    const input = Buffer.from(progress, PROGRESS_HEADER, header[1]).latin1Slice();
    const kind = kinds[header[2]!];
    console.error(`FAILED with seed ${seed} at run ${run}, as a ${kind}: ${error}\ninput: ${JSON.stringify(input)}`);
    process.exit(1);
  }

  const worker = new Worker(thread, { workerData: job });
  worker.on("error", (error: Error) => fail(-1, error.message));
  worker.on("message", (outcome: Outcome) => {
    if (outcome.kind === "failed") fail(outcome.run, outcome.error);
    const rate = Math.round((outcome.runs / outcome.milliseconds) * 1_000);
    console.log(
      `${name}: ${outcome.runs} executions, ${rate}/s, seed ${seed}, ${outcome.endings} different outcomes, pool ${outcome.pool}`,
    );
    process.exit(0);
  });

  let seen = 0;
  setInterval(() => {
    const run = Atomics.load(new Int32Array(progress, 0, 1), 0);
    if (run === seen && run > 0) fail(run - 1, `no progress for ${HANG_MILLISECONDS / 1_000} s`);
    seen = run;
  }, HANG_MILLISECONDS);
}
