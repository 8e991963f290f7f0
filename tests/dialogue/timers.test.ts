/** Every timer of the path: not before its time, and at most two ticks of the wheel after it. */
import { describe, expect } from "bun:test";

import { dialogue, TARGET, type Dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const POST: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 10", "", "abc"];

/** Milliseconds of the timer in question; all others are far longer. */
const TIMER = 3_000;
const LATE = 300;

const client = (timer: string): Setting => ({ config: { timeouts: { ...LONG, [timer]: `${TIMER}ms` } } });
const LONG = {
  head: "1h",
  body: "1h",
  keepAlive: "1h",
  write: "1h",
  linger: "30s",
  halfClose: "1h",
  tunnel: "1h",
} as const;
const upstream = (timer: string): Setting => ({
  pool: { timeouts: { connect: "1h", firstByte: "1h", idle: "1h", [timer]: `${TIMER}ms` }, retry: { attempts: 0 } },
  config: { timeouts: LONG },
});

/** Passes the timer's time, and looks right before it. */
function fires(d: Dialogue, before: () => void): void {
  d.passes(TIMER - 100);
  before();
  d.passes(LATE);
}

describe("a timer of the client's side", () => {
  dialogue("head: a head that goes on dripping", client("head"), (d) => {
    d.client.says("GET / HTTP/1.1", "Host: h", "");
    d.passes(1_000);
    d.client.says("X-A: 1", "");
    d.passes(1_900);
    d.client.getsNothing();
    d.client.sees("open");
    d.passes(LATE);
    d.client.getsFault(408, "head-timeout");
    d.logs("GET / HTTP/1.1 → 408 head-timeout");
  });

  dialogue("head: a connection that says nothing is closed without a word", client("head"), (d) => {
    d.client.says();
    fires(d, () => d.client.sees("open"));
    d.client.getsNothing();
    d.client.sees("closed");
    d.logs();
  });

  dialogue("keepAlive: between two requests", client("keepAlive"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says(...OK);
    d.client.gets(...OK);
    fires(d, () => d.client.sees("open"));
    d.client.sees("closed");
    d.logs("GET / HTTP/1.1 → 200");
  });

  dialogue("body: between two reads", client("body"), (d) => {
    d.client.says(...POST);
    d.upstream.gets(...POST);
    d.passes(2_000);
    d.client.says("def");
    d.upstream.gets("def");
    fires(d, () => d.client.getsNothing());
    d.client.getsFault(408, "body-timeout");
    d.upstream.sees("reset");
    d.logs("POST / HTTP/1.1 → 408 body-timeout");
  });

  dialogue("body: not while the upstream takes nothing", client("body"), (d) => {
    d.client.says(...POST.slice(0, -1), "abc");
    d.upstream.gets(...POST);
    d.upstream.stopsReading();
    d.client.says("def");
    d.passes(60_000);
    d.client.getsNothing();
    d.upstream.readsOn();
    d.upstream.gets("def");
    d.client.says("ghij");
    d.upstream.gets("ghij");
    d.upstream.says(...OK);
    d.client.gets(...OK);
  });

  dialogue("write: a client that takes no more of the reply", client("write"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.client.stopsReading(10);
    d.upstream.says(...OK);
    d.client.gets("HTTP/1.1 2");
    fires(d, () => d.client.sees("open"));
    d.client.sees("reset");
    d.logs("GET / HTTP/1.1 → 200 write-timeout");
  });

  dialogue("write: counts from the last byte that was taken", client("write"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.client.stopsReading(1);
    d.upstream.says(...OK);
    for (let turn = 0; turn < 5; turn++) {
      d.passes(2_000);
      d.client.takes(1);
    }
    d.client.gets("HTTP/1");
    d.client.sees("open");
    fires(d, () => d.client.sees("open"));
    d.client.sees("reset");
  });

  dialogue("halfClose: no reply has begun", client("halfClose"), (d) => {
    d.client.says(...GET);
    d.client.ends();
    d.upstream.gets(...GET);
    fires(d, () => d.client.sees("open"));
    d.client.sees("reset");
    d.upstream.sees("reset");
    d.logs("GET / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("halfClose: for each request that was sent before the FIN", client("halfClose"), (d) => {
    d.client.says("GET /1 HTTP/1.1", "Host: h", "", "GET /2 HTTP/1.1", "Host: h", "", "");
    d.client.ends();
    d.upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    d.passes(2_000);
    d.upstream.says(...OK);
    d.client.gets(...OK);
    d.upstream.gets("GET /2 HTTP/1.1", "Host: h", "", "");
    fires(d, () => d.client.sees("open"));
    d.client.sees("reset");
    d.upstream.sees("reset");
    d.logs("GET /1 HTTP/1.1 → 200", "GET /2 HTTP/1.1 → 0 client-aborted");
  });

  dialogue("halfClose: a reply that has begun may take its time", client("halfClose"), (d) => {
    d.client.says(...GET);
    d.client.ends();
    d.upstream.gets(...GET);
    d.passes(2_000);
    d.upstream.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "o");
    d.client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "o");
    d.passes(60_000);
    d.upstream.says("k");
    d.client.gets("k");
    d.client.sees("closed");
    d.logs("GET / HTTP/1.1 → 200");
  });
});

describe("a timer of the upstream's side", () => {
  dialogue("connect", { ...upstream("connect"), dials: { [TARGET]: "hang" } }, (d) => {
    d.client.says(...GET);
    fires(d, () => d.client.getsNothing());
    d.client.getsFault(504, "upstream-connect-timeout", "keep");
    d.logs("GET / HTTP/1.1 → 504 upstream-connect-timeout");
  });

  dialogue(
    "connect: nobody waits for the connection any more",
    { ...upstream("connect"), dials: { [TARGET]: "hang" } },
    (d) => {
      d.client.says(...GET);
      d.passes(TIMER + LATE);
      d.client.getsFault(504, "upstream-connect-timeout", "keep");
      expect(d.edge.network.dials[0]!.cancelled).toBe(true);
    },
  );

  dialogue("firstByte", upstream("firstByte"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    fires(d, () => d.client.getsNothing());
    d.client.getsFault(504, "upstream-first-byte-timeout", "keep");
    d.upstream.sees("reset");
  });

  dialogue("firstByte: an interim response is no answer", upstream("firstByte"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.passes(2_000);
    d.upstream.says("HTTP/1.1 102 Processing", "", "");
    d.client.gets("HTTP/1.1 102 Processing", "", "");
    d.passes(TIMER - 2_000 + LATE);
    d.client.getsFault(504, "upstream-first-byte-timeout", "keep");
  });

  dialogue("firstByte: runs when the upload is done", upstream("firstByte"), (d) => {
    d.client.says(...POST);
    d.upstream.gets(...POST);
    d.passes(15_000);
    d.client.says("defghij");
    d.upstream.gets("defghij");
    fires(d, () => d.client.getsNothing());
    d.client.getsFault(504, "upstream-first-byte-timeout", "keep");
  });

  dialogue("firstByte: runs when the upstream takes no more", upstream("firstByte"), (d) => {
    d.client.says(...POST);
    d.upstream.gets(...POST);
    d.upstream.stopsReading();
    d.client.says("def");
    fires(d, () => d.client.getsNothing());
    d.client.getsFault(504, "upstream-first-byte-timeout", "keep");
    d.upstream.sees("reset");
  });

  dialogue("idle: in a body that stops coming", upstream("idle"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    d.client.gets("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    d.passes(2_000);
    d.upstream.says("b");
    d.client.gets("b");
    fires(d, () => d.client.sees("open"));
    d.client.sees("reset");
    d.upstream.sees("reset");
    d.logs("GET / HTTP/1.1 → 200 upstream-idle-timeout");
  });

  dialogue("idle: not while it is the client that takes nothing", upstream("idle"), (d) => {
    const large = "x".repeat(30_000);
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.client.stopsReading(100);
    d.upstream.says("HTTP/1.1 200 OK", "Content-Length: 30000", "", large);
    d.passes(60_000);
    d.client.sees("open");
    d.client.readsOn();
    d.client.gets("HTTP/1.1 200 OK", "Content-Length: 30000", "", large);
  });

  dialogue("total: over all that happens", upstream("total"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.passes(1_000);
    d.upstream.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    d.client.gets("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    d.passes(1_800);
    d.upstream.says("b");
    d.client.gets("b");
    d.client.sees("open");
    d.passes(LATE + 100);
    d.client.sees("reset");
    d.logs("GET / HTTP/1.1 → 200 upstream-total-timeout");
  });

  dialogue("total: before there is an answer", upstream("total"), (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    fires(d, () => d.client.getsNothing());
    d.client.getsFault(504, "upstream-total-timeout", "keep");
  });

  dialogue(
    "idleTimeout: a kept connection is closed",
    { pool: { connections: { idleTimeout: `${TIMER}ms` } } },
    (d) => {
      d.client.says(...GET);
      d.upstream.gets(...GET);
      d.upstream.says(...OK);
      d.client.gets(...OK);
      fires(d, () => d.upstream.sees("open"));
      d.upstream.sees("closed");
    },
  );
});
