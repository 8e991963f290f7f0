/** Tunnels of which one side has ended its direction, and the other goes on, or is silent. */
import { describe, expect } from "bun:test";

import { dialogue, type Setting } from "./support/dialogue.ts";
import { openTunnel } from "./support/tunnel.ts";

const SIDES = [
  ["client", "upstream"],
  ["upstream", "client"],
] as const;

/** The wheel is late by up to two ticks, and a half-closed tunnel is looked at once a second. */
const LATE = 1_200;

for (const [one, other] of SIDES) {
  describe(`a tunnel that the ${one} has half closed`, () => {
    dialogue(`goes on while the ${other} sends`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      near.ends();
      far.sees("fin");
      for (let turn = 0; turn < 4; turn++) {
        d.passes(25_000);
        far.says("more");
        near.gets("more");
      }
      far.ends();
      near.sees("closed");
      far.sees("closed");
      d.logs("GET /ws HTTP/1.1 → 101");
      expect(d.edge.finished[0]!.closedBy).toBe(one);
    });

    dialogue(`and in which the ${other} is silent ends within timeouts.tunnelHalfClose`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      // What was before the FIN does not count.
      d.passes(120_000);
      near.ends();
      far.sees("fin");
      d.passes(29_800);
      near.sees("open");
      d.passes(200 + LATE);
      near.sees("reset");
      far.sees("reset");
      d.logs("GET /ws HTTP/1.1 → 101 tunnel-idle-timeout");
      const { closedBy, detail } = d.edge.finished[0]!;
      expect(closedBy).toBe(one);
      expect(detail).toBe(`the ${one} had closed its direction: timeouts.tunnelHalfClose = 30000 ms`);
    });

    const route: Setting = {
      config: {
        routes: [{ match: { path: "/*" }, proxy: "main", timeouts: { tunnelHalfClose: "5s" } }],
        timeouts: { tunnelHalfClose: "1h" },
      },
    };
    dialogue("has the time of its route", route, (d) => {
      openTunnel(d);
      d[one].ends();
      d.passes(4_900);
      d[one].sees("open");
      d.passes(100 + LATE);
      d[one].sees("reset");
    });

    dialogue(
      "gives the connection back that others wait for",
      { pool: { connections: { max: 1 }, queue: { timeout: "1h" } } },
      (d) => {
        openTunnel(d);
        const next = d.another();
        d[one].ends();
        next.says("GET /next HTTP/1.1", "Host: h", "", "");
        d.passes(30_000 + LATE);
        d.upstreams(1).gets("GET /next HTTP/1.1", "Host: h", "", "");
        d.upstreams(1).says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
        next.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
      },
    );

    dialogue(`ends soon when the edge drains, unless the ${other} sends`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      near.ends();
      d.passes(10_000);
      far.says("still");
      near.gets("still");
      d.edge.drain();
      for (let turn = 0; turn < 5; turn++) {
        d.passes(700);
        far.says("more");
        near.gets("more");
      }
      d.passes(1_000 + LATE);
      near.sees("reset");
      far.sees("reset");
      d.logs("GET /ws HTTP/1.1 → 101 tunnel-idle-timeout");
      const { closedBy, detail } = d.edge.finished[0]!;
      expect(closedBy).toBe(one);
      expect(detail).toBe(`the ${one} had closed its direction, while draining: timeouts.halfClose = 1000 ms`);
    });

    dialogue("ends soon when its target drains", {}, (d) => {
      openTunnel(d);
      d[one].ends();
      d.passes(10_000);
      d[one].sees("open");
      d.edge.setMode("main", 0, "drain", 0);
      d.passes(LATE);
      d[one].sees("reset");
      d[other].sees("reset");
    });
  });

  describe("a tunnel that is open in both directions", () => {
    dialogue(`goes on while the edge and its target drain, until the ${one} closes its own`, {}, (d) => {
      openTunnel(d);
      const { [one]: near, [other]: far } = d;
      d.edge.drain();
      d.edge.setMode("main", 0, "drain", 0);
      d.passes(300_000);
      near.says("alive");
      far.gets("alive");
      near.ends();
      d.passes(800);
      far.sees("fin");
      d.passes(200 + LATE);
      far.sees("reset");
      d.logs("GET /ws HTTP/1.1 → 101 tunnel-idle-timeout");
    });
  });
}

describe("a tunnel whose client has closed its direction and takes little", () => {
  dialogue("goes on as long as it takes something", {}, (d) => {
    openTunnel(d);
    const { client, upstream } = d;
    client.ends();
    client.stopsReading(2);
    upstream.says("abcdef");
    client.gets("ab");
    d.passes(29_800);
    client.takes(1);
    client.gets("c");
    d.passes(29_800);
    client.sees("open");
    d.passes(200 + LATE);
    client.sees("reset");
    upstream.sees("reset");
    expect(d.edge.finished[0]!.closedBy).toBe("client");
  });
});

describe("halfClose: 0", () => {
  dialogue(
    "means no limit, also while draining",
    { config: { timeouts: { halfClose: 0, tunnelHalfClose: "10s" } } },
    (d) => {
      openTunnel(d);
      d.client.ends();
      d.edge.drain();
      d.passes(9_800);
      d.client.sees("open");
      d.passes(200 + LATE);
      d.client.sees("reset");
    },
  );
});
