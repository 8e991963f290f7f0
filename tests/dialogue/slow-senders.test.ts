/** Bodies that come slowly: in a pool with few connections they hold none of them, and too slow ones are given up. */
import { describe, expect } from "bun:test";

import { dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const POST: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 6", "", ""];
const ONE: Setting = { pool: { connections: { max: 1 } } };

describe("in a pool of one connection", () => {
  dialogue(
    "a body that trickles holds none: another request passes it",
    ONE,
    ({ client, another, upstream, dialled }) => {
      client.says(...POST.slice(0, -1), "abc");
      dialled();
      const other = another();
      other.says(...GET);
      upstream.gets(...GET);
      upstream.says(...OK);
      other.gets(...OK);
      client.says("def");
      upstream.gets(...POST.slice(0, -1), "abcdef");
      upstream.says(...OK);
      client.gets(...OK);
    },
  );

  dialogue("its time is the client's, not the pick's", ONE, ({ client, upstream, edge, passes }) => {
    client.says(...POST.slice(0, -1), "abc");
    passes(300);
    client.says("def");
    upstream.gets(...POST.slice(0, -1), "abcdef");
    upstream.says(...OK);
    client.gets(...OK);
    const [{ heldMs, balanceMs } = { heldMs: 0, balanceMs: Infinity }] = edge.finished;
    expect(heldMs).toBeGreaterThanOrEqual(300);
    expect(balanceMs).toBeLessThan(1);
  });

  dialogue("a chunked body goes on when it is whole, with its trailers", ONE, ({ client, upstream, dialled }) => {
    const head = ["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"];
    client.says(...head, "Trailer: a", "", "3", "abc", "");
    dialled();
    client.says("3", "def", "0", "A: 1", "", "");
    upstream.getsChunked(
      ["POST / HTTP/1.1", "Host: h", "Trailer: a", "Transfer-Encoding: chunked"],
      "abcdef",
      "A: 1\r\n",
    );
    upstream.says(...OK);
    client.gets(...OK);
  });

  const few: Setting = { pool: { connections: { max: 1 }, queue: { body: "4B" } } };
  dialogue("so much of it is enough as queue.body says", few, ({ client, upstream, dialled }) => {
    client.says(...POST.slice(0, -1), "abc");
    dialled();
    client.says("d");
    upstream.gets(...POST.slice(0, -1), "abcd");
    client.says("ef");
    upstream.gets("ef");
    upstream.says(...OK);
    client.gets(...OK);
  });

  const none: Setting = { pool: { connections: { max: 1 }, queue: { body: 0 } } };
  dialogue("nothing of it is waited for with queue.body: 0", none, ({ client, upstream }) => {
    client.says(...POST.slice(0, -1), "abc");
    upstream.gets(...POST.slice(0, -1), "abc");
    client.says("def");
    upstream.gets("def");
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("a client that leaves in mid-body was never sent on", ONE, ({ client, dialled, logs }) => {
    client.says(...POST.slice(0, -1), "abc");
    client.resets();
    dialled();
    logs("POST / HTTP/1.1 → 0 client-aborted");
  });
});

describe("a body below limits.bodyRate", () => {
  const POOL: Setting = { pool: { connections: { max: 1 }, queue: { body: 0 } } };
  const LONG = ["POST / HTTP/1.1", "Host: h", "Content-Length: 9000", "", ""];

  dialogue("is given up after its time of grace, though bytes come", POOL, ({ client, upstream, passes, logs }) => {
    client.says(...LONG);
    upstream.gets(...LONG);
    for (let second = 0; second < 20; second++) {
      client.says("x");
      passes(1_000);
    }
    upstream.gets("x".repeat(20));
    passes(1_000);
    client.getsFault(408, "body-timeout");
    upstream.sees("reset");
    logs("POST / HTTP/1.1 → 408 body-timeout");
  });

  dialogue("at the rate it goes on", POOL, ({ client, upstream, passes }) => {
    client.says(...LONG);
    upstream.gets(...LONG);
    for (let second = 0; second < 89; second++) {
      client.says("x".repeat(100));
      passes(1_000);
    }
    client.says("x".repeat(100));
    upstream.gets("x".repeat(9_000));
    upstream.says(...OK);
    client.gets(...OK);
  });
});
