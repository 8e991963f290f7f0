/**
 * What the trace ring costs a request: the time of everything that a request does with its record (as the listener,
 * the path and the upstream fill it in), once with a ring that keeps it and once with one of size 0.
 *
 * Between two requests other memory is touched, since a real request's buffers push the ring out of the caches; with
 * none touched the ring looks better than it is. `bun bench/micro/trace-store.ts [requests]`
 */
import { heapStats } from "bun:jsc";

import { Stamp, type TraceRecord } from "../../src/contract/trace-record.ts";
import { RandomPool, newIds } from "../../src/trace/trace-context.ts";
import { TraceStore } from "../../src/trace/trace-store.ts";

const RECENT = 2048;
const NOTABLE = 512;
const SLOW = 1e9;
const ROUNDS = 7;
/** Bytes touched between two requests. */
const TOUCHED = [0, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024];
const CACHE_LINE = 64;
const IN_FLIGHT = 64;
const GARBAGE = 256;

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
let garbage = new Uint8Array(0);

function touch(bytes: number): void {
  const step = CACHE_LINE / Float64Array.BYTES_PER_ELEMENT;
  for (let at = 0; at < bytes / Float64Array.BYTES_PER_ELEMENT; at += step) sum += other[at]!;
}

/** What the listener and the path note. */
function begin(record: TraceRecord, turn: number): void {
  const { stamps } = record;
  const client = CLIENTS[turn % CLIENTS.length]!;
  stamps[Stamp.accepted] = turn;
  stamps[Stamp.headBegun] = turn + 1;
  stamps[Stamp.headParsed] = turn + 2;
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
  record.requestBytes = HEAD.length;
  for (let stamp: number = Stamp.routed; stamp <= Stamp.balanced; stamp++) stamps[stamp] = turn + stamp;
  record.route = ROUTES[turn % ROUTES.length]!;
  record.pool = "main";
  record.target = TARGETS[turn % TARGETS.length]!;
  record.pickReason = "least-connections";
  record.source = "upstream";
  record.reused = true;
  for (let stamp: number = Stamp.connectBegun; stamp <= Stamp.requestBodySent; stamp++) stamps[stamp] = turn + stamp;
}

/** What the upstream and the reply's writer note. */
function end(record: TraceRecord, turn: number): void {
  record.status = 200;
  record.replyBytes = 1200;
  for (let stamp: number = Stamp.firstByte; stamp <= Stamp.replyWritten; stamp++) record.stamps[stamp] = turn + stamp;
}

/** Nanoseconds a request. `IN_FLIGHT` are under way at any time, and each makes some garbage, as reads do. */
function run(ring: TraceStore, requests: number, touched: number): number {
  const flying = Array.from({ length: IN_FLIGHT }, () => ring.acquire());
  let took = 0;
  for (let turn = 0; turn < requests; turn++) {
    if (touched > 0) touch(touched);
    const place = turn % IN_FLIGHT;
    garbage = new Uint8Array(GARBAGE);
    const begun = Bun.nanoseconds();
    const ended = flying[place]!;
    end(ended, turn);
    ring.complete(ended);
    const record = ring.acquire();
    begin(record, turn);
    flying[place] = record;
    took += Bun.nanoseconds() - begun;
  }
  for (const record of flying) ring.release(record);
  return took / requests;
}

const requests = Number(process.argv[2] ?? 10_000);
const kept = new TraceStore(RECENT, NOTABLE, SLOW);
const none = new TraceStore(0, 0, SLOW);
run(kept, 100_000, 0);
run(none, 100_000, 0);

console.log("touched between   without    with   the ring costs   (ns a request, least of several rounds)");
for (const touched of TOUCHED) {
  let without = Infinity;
  let withRing = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const count = touched === 0 ? 20 * requests : requests;
    without = Math.min(without, run(none, count, touched));
    withRing = Math.min(withRing, run(kept, count, touched));
  }
  const name = `${touched / 1024} KiB`.padStart(15);
  console.log(
    `${name} ${without.toFixed(0).padStart(9)} ${withRing.toFixed(0).padStart(7)} ${(withRing - without).toFixed(0).padStart(16)}`,
  );
}

/** Acquired and completed without anything in between: in a steady state nothing is allocated. */
Bun.gc(true);
const before = heapStats().objectCount;
for (let turn = 0; turn < 100_000; turn++) kept.complete(kept.acquire());
console.log(`objects grown: ${heapStats().objectCount - before}, lines touched: ${sum}, of garbage: ${garbage.length}`);
