/** Who goes away, and when: what the other side sees of it, and what is left behind (nothing). */
import { describe, expect } from "bun:test";

import { dialogue, TARGET } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const POST: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 10", "", "abc"];
const LARGE = "x".repeat(30_000);

describe("a client that resets", () => {
  dialogue("before it said anything", {}, ({ client, logs }) => {
    client.says();
    client.resets();
    logs();
  });

  dialogue("in its head", {}, ({ client, dialled, logs }) => {
    client.says("GET / HTTP/1.1", "Host: h", "");
    client.resets();
    dialled();
    logs();
  });

  dialogue("in its body", {}, ({ client, upstream, logs }) => {
    client.says(...POST);
    upstream.gets(...POST);
    client.resets();
    upstream.sees("reset");
    logs("POST / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("in a body that the upstream does not take", {}, ({ client, upstream, logs }) => {
    const head = ["POST / HTTP/1.1", "Host: h", `Content-Length: ${2 * LARGE.length}`, "", ""];
    client.says(...head);
    upstream.gets(...head);
    upstream.stopsReading(1);
    client.says(LARGE + LARGE.slice(1));
    upstream.gets("x");
    client.resets();
    upstream.sees("reset");
    logs("POST / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("while the edge connects", { dials: { [TARGET]: "hang" } }, ({ client, edge, logs }) => {
    client.says(...GET);
    client.resets();
    logs("GET / HTTP/1.1 → 0 client-aborted");
    expect(edge.network.dials[0]!.cancelled).toBe(true);
  });

  dialogue("while the edge connects in vain", { dials: { [TARGET]: "hang" } }, ({ client, edge, logs }) => {
    client.says(...POST);
    client.resets();
    expect(edge.network.dials[0]!.cancelled).toBe(true);
    logs("POST / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("while the upstream thinks", {}, ({ client, upstream, logs }) => {
    client.says(...GET);
    upstream.gets(...GET);
    client.resets();
    upstream.sees("reset");
    logs("GET / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("in the reply's body", {}, ({ client, upstream, logs }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
    client.resets();
    upstream.sees("reset");
    logs("GET / HTTP/1.1 → 200 client-aborted");
  });

  dialogue("with half of a large reply unread", {}, ({ client, upstream, logs }) => {
    client.says(...GET);
    upstream.gets(...GET);
    client.stopsReading(0);
    upstream.says("HTTP/1.1 200 OK", `Content-Length: ${2 * LARGE.length}`, "", LARGE);
    client.resets();
    upstream.sees("reset");
    logs("GET / HTTP/1.1 → 200 client-aborted");
  });

  dialogue("behind a request that it pipelined", {}, ({ client, upstream, logs }) => {
    client.says(...GET, "GET /2 HTTP/1.1", "Host: h", "", "");
    upstream.gets(...GET);
    client.resets();
    upstream.sees("reset");
    logs("GET / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("with the rest of its upload unsent after the reply", {}, ({ client, upstream, logs }) => {
    client.says(...POST);
    upstream.gets(...POST);
    upstream.says(...OK);
    client.gets(...OK);
    client.resets();
    logs("POST / HTTP/1.1 → 200");
  });
});

describe("a client that ends", () => {
  dialogue("in its head", {}, ({ client, dialled, logs }) => {
    client.says("GET / HTTP/1.1", "Host: h", "");
    client.ends();
    client.sees("closed");
    dialled();
    logs();
  });

  dialogue("in its body", {}, ({ client, upstream, logs }) => {
    client.says(...POST);
    upstream.gets(...POST);
    client.ends();
    client.sees("reset");
    upstream.sees("reset");
    logs("POST / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("in a chunked body", {}, ({ client, upstream, logs }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "3", "abc", "");
    upstream.getsChunkedSoFar(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "abc");
    client.ends();
    upstream.getsNothing();
    upstream.sees("reset");
    logs("POST / HTTP/1.1 → 0 client-aborted");
  });

  dialogue("behind its request, and reads the reply", {}, ({ client, upstream, logs }) => {
    client.says(...GET);
    client.ends();
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    client.sees("closed");
    logs("GET / HTTP/1.1 → 200");
  });

  dialogue("behind a body that the upstream has not taken yet", {}, ({ client, upstream, logs }) => {
    client.says("POST / HTTP/1.1", "Host: h", `Content-Length: ${2 * LARGE.length}`, "", "");
    upstream.gets("POST / HTTP/1.1", "Host: h", `Content-Length: ${2 * LARGE.length}`, "", "");
    upstream.stopsReading(3);
    client.says(LARGE);
    client.says(LARGE);
    client.ends();
    upstream.gets("xxx");
    upstream.readsOn();
    upstream.gets(LARGE.slice(3) + LARGE);
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    logs("POST / HTTP/1.1 → 200");
  });
});

describe("an upstream that goes away", () => {
  dialogue("is forgotten with the next request on the connection", { pool: { retry: { attempts: 0 } } }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    d.client.says("GET / HTTP/1.1", "Host: h", "Connection: close", "", "");
    d.upstreams(1).gets(...GET);
    d.upstreams(1).says(...OK);
    d.client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    d.client.sees("closed");
    d.logs("GET / HTTP/1.1 → 502 upstream-closed", "GET / HTTP/1.1 → 200");
  });

  for (const [how, leave] of [
    ["FIN", "ends"],
    ["RST", "resets"],
  ] as const) {
    dialogue(`by ${how} before it answered a fresh connection`, { pool: { retry: { attempts: 0 } } }, (d) => {
      d.client.says(...GET);
      d.upstream.gets(...GET);
      d.upstream[leave]();
      d.client.getsFault(502, "upstream-closed", "keep");
      d.logs("GET / HTTP/1.1 → 502 upstream-closed");
    });

    dialogue(`by ${how} in mid-upload`, { pool: { retry: { attempts: 0 } } }, (d) => {
      d.client.says(...POST);
      d.upstream.gets(...POST);
      d.upstream[leave]();
      d.client.getsFault(502, "upstream-closed", "keep");
      d.client.says("defghij");
      d.client.sees("open");
      d.client.says(...GET);
      d.upstreams(1).gets(...GET);
      d.upstreams(1).says(...OK);
      d.client.gets(...OK);
      d.logs("POST / HTTP/1.1 → 502 upstream-closed", "GET / HTTP/1.1 → 200");
    });

    dialogue(`by ${how} in its head`, { pool: { retry: { attempts: 0 } } }, (d) => {
      d.client.says(...GET);
      d.upstream.gets(...GET);
      d.upstream.says("HTTP/1.1 200 OK", "Content-Le");
      d.upstream[leave]();
      d.client.getsFault(502, "upstream-closed", "keep");
    });

    dialogue(`by ${how} in a body with a length`, {}, (d) => {
      d.client.says(...GET);
      d.upstream.gets(...GET);
      d.upstream.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
      d.client.gets("HTTP/1.1 200 OK", "Content-Length: 5", "", "a");
      d.upstream[leave]();
      d.client.sees("reset");
      d.logs("GET / HTTP/1.1 → 200 response-truncated");
    });

    dialogue(`by ${how} in a chunked body`, {}, (d) => {
      d.client.says(...GET);
      d.upstream.gets(...GET);
      d.upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "3", "abc", "");
      d.client.getsChunkedSoFar(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "abc");
      d.upstream[leave]();
      d.client.getsNothing();
      d.client.sees("reset");
      d.logs("GET / HTTP/1.1 → 200 response-truncated");
    });
  }

  dialogue("by FIN in a head that is large", { pool: { retry: { attempts: 0 } } }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 200 OK", ...Array.from({ length: 20 }, (_, at) => `A${at}: ${"x".repeat(1_000)}`), "");
    d.upstream.ends();
    d.client.getsFault(502, "upstream-closed", "keep");
  });

  dialogue("by RST in a body until the close: that is no end", {}, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 200 OK", "", "abc");
    d.client.getsChunkedSoFar(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "abc");
    d.upstream.resets();
    d.client.getsNothing();
    d.client.sees("reset");
    d.logs("GET / HTTP/1.1 → 200 response-truncated");
  });

  dialogue("by RST in a body until the close, for HTTP/1.0", {}, (d) => {
    d.client.says("GET / HTTP/1.0", "Host: h", "", "");
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 200 OK", "", "abc");
    d.client.gets("HTTP/1.1 200 OK", "Connection: close", "", "abc");
    d.upstream.resets();
    d.client.sees("reset");
  });

  dialogue("with a reply that the client has not taken yet", {}, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.client.stopsReading(5);
    d.upstream.says("HTTP/1.1 200 OK", "", LARGE);
    d.upstream.ends();
    d.client.sees("open");
    d.client.readsOn();
    d.client.getsChunked(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], LARGE);
    d.client.sees("open");
  });
});
