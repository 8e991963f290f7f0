import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type Job, type Outcome, PROGRESS_HEADER } from "./support/job.ts";

/**
 * Mutation fuzzer of the HTTP/1.1 codec: requests and responses from `corpus/http1`, changed at random.
 *
 *     bun fuzz/http1.ts [--seconds 60 | --runs N] [--seed N]
 *
 * Every input is fed whole and in pieces. Checked: nothing throws or hangs, every position lies within the bytes,
 * both runs give the same events, and a request as it would be sent on is read as the same request. The same seed
 * makes the same inputs. Exits 1 with the input, as a JavaScript string, on the first failure.
 */

const { values } = parseArgs({
  options: { seconds: { type: "string" }, runs: { type: "string" }, seed: { type: "string" } },
});

function numberOf(text: string | undefined, fallback: number, name: string): number {
  const number = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(number) || number < 0) {
    console.error(`--${name} must be a number ≥ 0, not ${text}`);
    process.exit(2);
  }
  return number;
}

/** A run takes microseconds; after so long without one, the codec hangs. */
const HANG_MILLISECONDS = 10_000;
const LARGEST_INPUT = 65_536;

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
  const side = header[2] === 1 ? "response" : "request";
  console.error(`FAILED with seed ${seed} at run ${run}, as a ${side}: ${error}\ninput: ${JSON.stringify(input)}`);
  process.exit(1);
}

const worker = new Worker(new URL("./http1-worker.ts", import.meta.url), { workerData: job });
worker.on("error", (error: Error) => fail(-1, error.message));
worker.on("message", (outcome: Outcome) => {
  if (outcome.kind === "failed") fail(outcome.run, outcome.error);
  const rate = Math.round((outcome.runs / outcome.milliseconds) * 1_000);
  console.log(
    `http1: ${outcome.runs} executions, ${rate}/s, seed ${seed}, ${outcome.endings} different outcomes, pool ${outcome.pool}`,
  );
  process.exit(0);
});

let seen = 0;
setInterval(() => {
  const run = Atomics.load(new Int32Array(progress, 0, 1), 0);
  if (run === seen && run > 0) fail(run - 1, `no progress for ${HANG_MILLISECONDS / 1_000} s`);
  seen = run;
}, HANG_MILLISECONDS);
