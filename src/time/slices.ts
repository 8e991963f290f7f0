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

/** Resolves in a later turn of the event loop, in line with all other long work. */
export function nextTurn(): Promise<void> {
  return inSlices(NOTHING());
}

function* NOTHING(): Slices<void> {}

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
export const STRIDE = 1_024;

/** A copy with room for `length` items, made in pieces. The rest is zero. */
export function* copied<Items extends Numbers>(array: Items, count: number, length = count): Slices<Items> {
  const Kind = array.constructor as new (length: number) => Items;
  const copy = new Kind(length);
  const piece = Math.max(1, PIECE / array.BYTES_PER_ELEMENT);
  for (let at = 0; at < count; at += piece) {
    copy.set(array.subarray(at, Math.min(count, at + piece)) as never, at);
    yield;
  }
  return copy;
}

/** Bytes copied at a stretch. */
const PIECE = 131_072;

type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Sorts numbers [from, to) of an array by merging runs, stably. `compare`: a few hundred nanoseconds at most. */
export function* sortInSlices(
  items: Int32Array,
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): Slices<void> {
  let steps = 0;
  for (let start = from; start < to; start += RUN) {
    insertionSort(items, start, Math.min(to, start + RUN), compare);
    if ((steps += RUN) % (RUN * 8) === 0) yield;
  }
  let source: Int32Array = items.subarray(from, to);
  let target: Int32Array = new Int32Array(to - from);
  const count = to - from;
  for (let width = RUN; width < count; width *= 2) {
    for (let start = 0; start < count; start += width * 2) {
      const middle = Math.min(count, start + width);
      const end = Math.min(count, middle + width);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        if (++steps % 256 === 0) yield;
        const takesLeft = right >= end || (left < middle && compare(source[left]!, source[right]!) <= 0);
        target[at] = takesLeft ? source[left++]! : source[right++]!;
      }
    }
    [source, target] = [target, source];
  }
  if (source.buffer === items.buffer) return;
  for (let at = 0; at < count; at++) {
    items[from + at] = source[at]!;
    if (at % STRIDE === 0) yield;
  }
}

/** Runs that are sorted by insertion, which is quickest for few and for those in order. */
const RUN = 16;

function insertionSort(items: Int32Array, from: number, to: number, compare: (a: number, b: number) => number): void {
  for (let index = from + 1; index < to; index++) {
    const item = items[index]!;
    let at = index;
    while (at > from && compare(items[at - 1]!, item) > 0) {
      items[at] = items[at - 1]!;
      at--;
    }
    items[at] = item;
  }
}
