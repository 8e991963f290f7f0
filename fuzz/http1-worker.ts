import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { checkHttp1 } from "./support/check-http1.ts";
import { type Job, type Outcome, PROGRESS_HEADER } from "./support/job.ts";
import { mutate } from "./support/mutate.ts";
import { Random } from "./support/random.ts";
import type { Side } from "../src/http/h1/testing.ts";

/** The work of `http1.ts`, in a thread of its own so that a hang can be seen from outside. */

const CORPUS = join(import.meta.dir, "corpus/http1");
/** Inputs kept at most because they brought a new sequence of events. */
const MAX_POOL = 4_000;

const WORDS = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  " ",
  "\t",
  ":",
  ",",
  ";",
  "\0",
  "\x7f",
  "\xff",
  "%2f",
  "%2e",
  "%00",
  "%",
  "..",
  "/../",
  "\\",
  "?",
  "#",
  "*",
  "GET ",
  "HEAD ",
  "CONNECT a:1 ",
  " HTTP/1.1\r\n",
  " HTTP/1.0\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 204 \r\n",
  "HTTP/1.1 101 \r\n",
  "http://h",
  "Host: a\r\n",
  "Host:",
  "Content-Length: 3\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive, upgrade\r\n",
  "Connection: x\r\n",
  "Upgrade: x\r\n",
  "Expect: 100-continue\r\n",
  "X: 1\r\n",
  " folded\r\n",
  "TE: trailers\r\n",
  "X-Forwarded-For: 1\r\n",
  "0\r\n",
  "0\r\n\r\n",
  "1\r\nx\r\n",
  "1;a=b\r\nx\r\n",
  "ffffffffffff\r\n",
  '"',
  "=",
  "chunked",
].map((word) => Buffer.from(word, "latin1"));

interface Seed {
  readonly side: Side;
  readonly bytes: Buffer;
}

function loadCorpus(): Seed[] {
  return readdirSync(CORPUS)
    .toSorted()
    .map((file) => ({
      side: file.startsWith("request") ? "request" : "response",
      bytes: readFileSync(join(CORPUS, file)),
    }));
}

function fuzz(job: Job): Outcome {
  const random = new Random(job.seed);
  const header = new Int32Array(job.progress, 0, 3);
  const shown = Buffer.from(job.progress, PROGRESS_HEADER);
  const seeds = loadCorpus();
  const pool = { request: [] as Buffer[], response: [] as Buffer[] };
  for (const seed of seeds) pool[seed.side].push(seed.bytes);
  const endings = new Set<string>();
  const began = performance.now();
  const until = began + job.seconds * 1_000;
  let run = 0;
  for (; job.runs === 0 || run < job.runs; run++) {
    if (job.runs === 0 && (run & 255) === 0 && performance.now() > until) break;
    // First every input of the corpus as it is.
    const seed = seeds[run];
    const side = seed === undefined ? (random.below(3) === 0 ? "response" : "request") : seed.side;
    const inputs = pool[side];
    const input = seed === undefined ? mutate(random, random.pick(inputs), inputs, WORDS) : seed.bytes;
    input.copy(shown);
    header[1] = input.length;
    header[2] = side === "response" ? 1 : 0;
    Atomics.store(header, 0, run + 1);
    try {
      const ending = `${side} ${checkHttp1(side, input, random)}`;
      if (!endings.has(ending) && endings.size < MAX_POOL) {
        endings.add(ending);
        inputs.push(Buffer.from(input));
      }
    } catch (error) {
      return { kind: "failed", run, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }
  const kept = pool.request.length + pool.response.length;
  return { kind: "passed", runs: run, pool: kept, endings: endings.size, milliseconds: performance.now() - began };
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a message to a thread, not to a window
parentPort!.postMessage(fuzz(workerData as Job));
