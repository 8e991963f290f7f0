/**
 * What the trace ring costs a request: the time of everything that a request does with its record (as the listener,
 * the path and the upstream fill it in), once with a ring that keeps it and once with one of size 0.
 *
 * Between two requests other memory is touched, since a real request's buffers push the ring out of the caches; with
 * none touched the ring looks better than it is. `bun bench/micro/trace-ring.ts [requests]`
 */
import { heapStats } from "bun:jsc";

import { Stamp, STAMP_COUNT, type TraceRecord } from "../../src/contract/trace-record.ts";
import { RandomPool } from "../../src/trace/random-pool.ts";
import { newIds } from "../../src/trace/trace-context.ts";
import { TraceRing } from "../../src/trace/trace-ring.ts";

const RECENT = 2048;
const NOTABLE = 512;
const SLOW = 1e9;
const ROUNDS = 7;
/** Bytes touched between two requests. */
const TOUCHED = [0, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024];
const CACHE_LINE = 64;

const HEAD = Buffer.from("GET /app50/sub50/x?page=7 HTTP/1.1\r\nHost: localhost:9900\r\n\r\n");
const LINE_END = HEAD.indexOf(13);
const HOST = HEAD.indexOf("localhost");
const ROUTES = Array.from({ length: 100 }, (_, index) => `route-${index}`);
const TARGETS = Array.from({ length: 4 }, (_, index) => `127.0.0.1:900${index}`);
const CLIENTS = Array.from({ length: 50 }, (_, index) => `10.0.0.${index}`);

const ids = new RandomPool((into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>));
/** Filled, since the system backs untouched memory by one and the same page of zeros. */
const other = new Float64Array(TOUCHED.at(-1)! / Float64Array.BYTES_PER_ELEMENT).fill(1);
let sum = 0;

function touch(bytes: number): void {
  const step = CACHE_LINE / Float64Array.BYTES_PER_ELEMENT;
  for (let at = 0; at < bytes / Float64Array.BYTES_PER_ELEMENT; at += step) sum += other[at]!;
}

function fill(record: TraceRecord, turn: number): void {
  const client = CLIENTS[turn % CLIENTS.length]!;
  for (let stamp = 0; stamp < STAMP_COUNT; stamp++) {
    if (stamp !== Stamp.tlsDone && stamp !== Stamp.queued && stamp !== Stamp.dequeued) {
      record.stamps[stamp] = turn + stamp;
    }
  }
  record.time = turn;
  record.clientAddress = client;
  record.peerAddress = client;
  record.scheme = "http";
  record.protocol = "HTTP/1.1";
  record.sequence = turn;
  record.planVersion = 1;
  HEAD.copy(record.line, 0, 0, LINE_END);
  record.lineLength = LINE_END;
  record.methodLength = 3;
  HEAD.copy(record.authority, 0, HOST, HEAD.length - 4);
  record.authorityLength = HEAD.length - 4 - HOST;
  newIds(record, ids, false);
  record.status = 200;
  record.requestBytes = HEAD.length;
  record.replyBytes = 1200;
  record.source = "upstream";
  record.route = ROUTES[turn % ROUTES.length]!;
  record.pool = "main";
  record.target = TARGETS[turn % TARGETS.length]!;
  record.pickReason = "least-connections";
  record.reused = true;
}

/** Nanoseconds a request. */
function run(ring: TraceRing, requests: number, touched: number): number {
  let took = 0;
  for (let turn = 0; turn < requests; turn++) {
    if (touched > 0) touch(touched);
    const begun = Bun.nanoseconds();
    const record = ring.acquire();
    fill(record, turn);
    ring.complete(record);
    took += Bun.nanoseconds() - begun;
  }
  return took / requests;
}

/** Without clock readings in between: nothing is touched, so all can be taken together. */
function runHot(ring: TraceRing, requests: number): number {
  const begun = Bun.nanoseconds();
  for (let turn = 0; turn < requests; turn++) {
    const record = ring.acquire();
    fill(record, turn);
    ring.complete(record);
  }
  return (Bun.nanoseconds() - begun) / requests;
}

const requests = Number(process.argv[2] ?? 10_000);
const kept = new TraceRing(RECENT, NOTABLE, SLOW);
const none = new TraceRing(0, 0, SLOW);
runHot(kept, 100_000);
runHot(none, 100_000);

console.log("touched between   without    with   the ring costs   (ns a request, least of several rounds)");
for (const touched of TOUCHED) {
  let without = Infinity;
  let withRing = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    if (touched === 0) {
      without = Math.min(without, runHot(none, 20 * requests));
      withRing = Math.min(withRing, runHot(kept, 20 * requests));
    } else {
      without = Math.min(without, run(none, requests, touched));
      withRing = Math.min(withRing, run(kept, requests, touched));
    }
  }
  const name = `${touched / 1024} KiB`.padStart(15);
  console.log(
    `${name} ${without.toFixed(0).padStart(9)} ${withRing.toFixed(0).padStart(7)} ${(withRing - without).toFixed(0).padStart(16)}`,
  );
}

Bun.gc(true);
const before = heapStats();
runHot(kept, 100_000);
const after = heapStats();
console.log(`objects grown: ${after.objectCount - before.objectCount}, lines touched: ${sum}`);
