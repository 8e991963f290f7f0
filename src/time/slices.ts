/**
 * Long work on the thread that serves: a generator that yields wherever something else may run, and one driver that lets
 * it go on for a moment with each turn of the event loop. There is one queue for all such work, so that several zones
 * loading at once take no more of a turn than one.
 */

/** Work that yields after about a tenth of a millisecond at most. */
export type Slices<Result> = Generator<undefined, Result, undefined>;

/** So long work goes on in one turn, milliseconds. */
const SLICE = 1;

interface Job {
  /** Goes on until `end`; true: there is more to do. */
  readonly goOn: (end: number) => boolean;
}

let jobs: Job[] = [];
let scheduled = false;

/** Does the work with nothing else in between: for commands, and for tests. */
export function atOnce<Result>(work: Slices<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Does the work in slices, between which everything else gets its turn. Rejects with what the work throws. */
export function inSlices<Result>(work: Slices<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    jobs.push({
      goOn: (end) => {
        try {
          do {
            const { done, value } = work.next();
            if (done !== true) continue;
            resolve(value);
            return false;
          } while (performance.now() < end);
          return true;
        } catch (error) {
          reject(error as Error);
          return false;
        }
      },
    });
    schedule();
  });
}

function schedule(): void {
  if (scheduled || jobs.length === 0) return;
  scheduled = true;
  setImmediate(turn);
}

/** One slice for all: who gets none of it comes first in the next turn. */
function turn(): void {
  scheduled = false;
  const end = performance.now() + SLICE;
  const waiting = jobs;
  jobs = [];
  let index = 0;
  while (index < waiting.length && performance.now() < end) {
    const job = waiting[index++]!;
    if (job.goOn(end)) jobs.push(job);
  }
  if (index < waiting.length) jobs = [...waiting.slice(index), ...jobs];
  schedule();
}

/** Steps of a loop between two looks at the clock, where a step takes some tens of nanoseconds. */
export const STRIDE = 256;
