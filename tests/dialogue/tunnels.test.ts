/** 101 Switching Protocols (RFC 9110 §7.8): bytes go both ways, and each direction ends for itself. */
import { describe, expect } from "bun:test";

import { dialogue } from "./support/dialogue.ts";
import { ASK, openTunnel, SWITCH } from "./support/tunnel.ts";

/** Whose bytes, FIN or RST go to whom, and what is logged when the former breaks off. */
const DIRECTIONS = [
  ["client", "upstream", "GET /ws HTTP/1.1 → 101 client-aborted"],
  ["upstream", "client", "GET /ws HTTP/1.1 → 101"],
] as const;

describe("a tunnel", () => {
  dialogue("carries bytes both ways", {}, (d) => {
    openTunnel(d);
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
    openTunnel(d);
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

  for (const [one, other, aborted] of DIRECTIONS) {
    dialogue(`passes the ${one}'s FIN on, and carries the other direction`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      near.says("bye");
      near.ends();
      far.gets("bye");
      far.sees("fin");
      far.says("wait");
      near.gets("wait");
      far.ends();
      near.sees("closed");
      far.sees("closed");
      d.logs("GET /ws HTTP/1.1 → 101");
      expect(d.edge.finished[0]!.closedBy).toBe(one);
    });

    dialogue(`passes the ${one}'s FIN on only when all of what came before it was written`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      far.stopsReading(2);
      near.says("abcdef");
      near.ends();
      far.gets("ab");
      far.sees("open");
      far.readsOn();
      far.gets("cdef");
      far.sees("fin");
      far.ends();
      near.sees("closed");
    });

    dialogue(`passes the ${one}'s RST on`, {}, (d) => {
      openTunnel(d);
      d[one].resets();
      d[other].sees("reset");
      d.logs(aborted);
      expect(d.edge.finished[0]!.closedBy).toBe(one);
    });

    dialogue(`passes the ${one}'s RST on, also behind the ${other}'s FIN`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      far.ends();
      near.sees("fin");
      near.says("abc");
      far.gets("abc");
      near.resets();
      far.sees("reset");
    });

    dialogue(`holds the ${one} back when the ${other} takes no more`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      const large = "t".repeat(40_000);
      far.stopsReading(3);
      near.says(large);
      far.gets("ttt");
      near.isPaused();
      far.readsOn();
      far.gets(large.slice(3));
      near.says("more");
      far.gets("more");
    });
  }

  dialogue("that is idle for timeouts.tunnel ends", { config: { timeouts: { tunnel: "10s" } } }, (d) => {
    openTunnel(d);
    d.passes(9_000);
    d.upstream.says("still here");
    d.client.gets("still here");
    d.passes(9_000);
    d.client.says("me too");
    d.upstream.gets("me too");
    d.passes(9_900);
    d.client.sees("open");
    // It is looked at eight times in its time.
    d.passes(1_600);
    d.client.sees("reset");
    d.upstream.sees("reset");
    d.logs("GET /ws HTTP/1.1 → 101 tunnel-idle-timeout");
    expect(d.edge.finished[0]!.closedBy).toBe("edge");
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
