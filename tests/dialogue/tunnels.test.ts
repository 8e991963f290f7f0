/** 101 Switching Protocols (RFC 9110 §7.8): bytes go both ways, and each direction ends for itself. */
import { describe } from "bun:test";

import { dialogue, type Dialogue } from "./support/dialogue.ts";

const ASK: readonly string[] = ["GET /ws HTTP/1.1", "Host: h", "Connection: Upgrade", "Upgrade: websocket", "", ""];
const SWITCH: readonly string[] = [
  "HTTP/1.1 101 Switching Protocols",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "",
  "",
];

function open({ client, upstream }: Dialogue): void {
  client.says(...ASK);
  upstream.gets(...ASK);
  upstream.says(...SWITCH);
  client.gets(...SWITCH);
}

describe("a tunnel", () => {
  dialogue("carries bytes both ways", {}, (d) => {
    open(d);
    const { client, upstream } = d;
    client.says("GET /not-a-request HTTP/1.1", "", "");
    upstream.gets("GET /not-a-request HTTP/1.1", "", "");
    upstream.says("\0\xff");
    client.gets("\0\xff");
    client.says("x");
    upstream.gets("x");
    client.sees("open");
    upstream.sees("open");
  });

  const one = { pool: { connections: { max: 1 } } };
  dialogue("that breaks off lets the next in the queue have its connection", one, (d) => {
    open(d);
    const next = d.another();
    next.says("GET /next HTTP/1.1", "Host: h", "", "");
    d.upstream.resets();
    d.client.sees("reset");
    d.upstreams(1).gets("GET /next HTTP/1.1", "Host: h", "", "");
    d.upstreams(1).says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    next.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
  });

  dialogue("begins with what stands behind the 101", {}, ({ client, upstream }) => {
    client.says(...ASK);
    upstream.gets(...ASK);
    upstream.says(...SWITCH.slice(0, -1), "first");
    client.gets(...SWITCH.slice(0, -1), "first");
  });

  dialogue("begins with what the client sent before the 101", {}, ({ client, upstream }) => {
    client.says(...ASK.slice(0, -1), "early");
    upstream.gets(...ASK);
    upstream.says(...SWITCH);
    client.gets(...SWITCH);
    upstream.gets("early");
  });

  dialogue("passes the client's FIN on, and carries the other direction", {}, (d) => {
    open(d);
    const { client, upstream } = d;
    client.says("bye");
    client.ends();
    upstream.gets("bye");
    upstream.sees("fin");
    upstream.says("wait");
    client.gets("wait");
    upstream.ends();
    client.sees("closed");
    upstream.sees("closed");
    d.logs("GET /ws HTTP/1.1 → 101");
  });

  dialogue("passes the upstream's FIN on, and carries the other direction", {}, (d) => {
    open(d);
    const { client, upstream } = d;
    upstream.says("bye");
    upstream.ends();
    client.gets("bye");
    client.sees("fin");
    client.says("wait");
    upstream.gets("wait");
    client.ends();
    client.sees("closed");
    upstream.sees("closed");
    d.logs("GET /ws HTTP/1.1 → 101");
  });

  dialogue("passes the client's RST on", {}, (d) => {
    open(d);
    d.client.resets();
    d.upstream.sees("reset");
    d.logs("GET /ws HTTP/1.1 → 101 client-aborted");
  });

  dialogue("passes the upstream's RST on", {}, (d) => {
    open(d);
    d.upstream.resets();
    d.client.sees("reset");
    d.logs("GET /ws HTTP/1.1 → 101");
  });

  dialogue("passes the upstream's RST on, also behind the client's FIN", {}, (d) => {
    open(d);
    d.client.ends();
    d.upstream.sees("fin");
    d.upstream.resets();
    d.client.sees("reset");
  });

  dialogue("passes the client's RST on, also behind the upstream's FIN", {}, (d) => {
    open(d);
    d.upstream.ends();
    d.client.sees("fin");
    d.client.says("abc");
    d.upstream.gets("abc");
    d.client.resets();
    d.upstream.sees("reset");
  });

  dialogue("holds the upstream back when the client takes no more", {}, (d) => {
    open(d);
    const { client, upstream } = d;
    const large = "t".repeat(40_000);
    client.stopsReading(3);
    upstream.says(large);
    client.gets("ttt");
    upstream.isPaused();
    client.readsOn();
    client.gets(large.slice(3));
    upstream.says("more");
    client.gets("more");
  });

  dialogue("holds the client back when the upstream takes no more", {}, (d) => {
    open(d);
    const { client, upstream } = d;
    const large = "t".repeat(40_000);
    upstream.stopsReading(3);
    client.says(large);
    upstream.gets("ttt");
    client.isPaused();
    upstream.readsOn();
    upstream.gets(large.slice(3));
    client.says("more");
    upstream.gets("more");
  });

  dialogue("ends cleanly only when all of what came before the FIN was written", {}, (d) => {
    open(d);
    const { client, upstream } = d;
    client.stopsReading(2);
    upstream.says("abcdef");
    upstream.ends();
    client.gets("ab");
    client.sees("open");
    client.readsOn();
    client.gets("cdef");
    client.sees("fin");
    client.ends();
    upstream.sees("closed");
  });

  dialogue("passes the client's FIN on only behind what came before it", {}, (d) => {
    open(d);
    const { client, upstream } = d;
    upstream.stopsReading(2);
    client.says("abcdef");
    client.ends();
    upstream.gets("ab");
    upstream.sees("open");
    upstream.readsOn();
    upstream.gets("cdef");
    upstream.sees("fin");
    upstream.ends();
    client.sees("closed");
  });

  dialogue("that is idle for timeouts.tunnel ends", { config: { timeouts: { tunnel: "10s" } } }, (d) => {
    open(d);
    d.passes(9_000);
    d.upstream.says("still here");
    d.client.gets("still here");
    d.passes(9_000);
    d.client.says("me too");
    d.upstream.gets("me too");
    d.passes(9_900);
    d.client.sees("open");
    d.passes(12_000);
    d.client.sees("reset");
    d.upstream.sees("reset");
    d.logs("GET /ws HTTP/1.1 → 101 tunnel-idle-timeout");
  });
});

describe("an upgrade", () => {
  dialogue("that the upstream ignores is a reply like any other", {}, ({ client, upstream }) => {
    client.says(...ASK);
    upstream.gets(...ASK);
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    client.sees("open");
  });

  dialogue("that nobody asked for is refused", {}, ({ client, upstream, logs }) => {
    client.says("GET / HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says(...SWITCH);
    client.getsFault(502, "response-upgrade-unexpected", "keep");
    upstream.sees("reset");
    logs("GET / HTTP/1.1 → 502 response-upgrade-unexpected");
  });

  dialogue("to another protocol than was asked for is refused", {}, ({ client, upstream }) => {
    client.says(...ASK);
    upstream.gets(...ASK);
    upstream.says("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: h2c", "", "");
    client.getsFault(502, "response-upgrade-unexpected", "keep");
    upstream.sees("reset");
  });

  dialogue("with a request in its body waits for the body", {}, ({ client, upstream }) => {
    const head = [
      "POST /ws HTTP/1.1",
      "Host: h",
      "Content-Length: 3",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "",
      "",
    ];
    const out = [
      "POST /ws HTTP/1.1",
      "Host: h",
      "Content-Length: 3",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "",
      "abc",
    ];
    client.says(...head.slice(0, -1), "abc");
    upstream.gets(...out);
    upstream.says(...SWITCH);
    client.gets(...SWITCH);
    client.says("raw");
    upstream.gets("raw");
  });
});
