/** Many exchanges share buffers and connections: each client gets its own reply, byte for byte, and each origin its own request. */
import { afterEach, describe, expect, test } from "bun:test";

import { Client } from "./support/client.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf, unchunk } from "./support/raw-client.ts";
import { faultOf } from "./support/replies.ts";

const HOST = "Host: h.example\r\n";
const opened: Array<{ stop(): Promise<void> }> = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

async function before(origin: Origin, pool: object): Promise<TestEdge> {
  const edge = await edgeBefore([origin], pool);
  opened.push(origin, edge);
  return edge;
}

/** Text that says at every place whose it is. */
const own = (name: string, size: number): string =>
  `<${name}>`.repeat(Math.ceil(size / (name.length + 2))).slice(0, size);

function chunks(body: string, size: number): string {
  let text = "";
  for (let at = 0; at < body.length; at += size) {
    const piece = body.slice(at, at + size);
    text += `${piece.length.toString(16)}\r\n${piece}\r\n`;
  }
  return `${text}0\r\n\r\n`;
}

describe("a reply that frees a connection for somebody who waits", () => {
  test("is not touched by the body of the waiting request", async () => {
    const held: Received[] = [];
    const edge = await before(await startOrigin((request) => held.push(request)), { connections: { max: 1 } });
    const first = raw(edge.port, [`GET /first HTTP/1.1\r\n${HOST}\r\n`], { until: isComplete });
    expect(await poll(() => held.length === 1)).toBe(true);
    const body = own("second", 60_000);
    const posted = `POST /second HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${chunks(body, 7_000)}`;
    const second = raw(edge.port, [posted], { until: isComplete });
    await poll(() => edge.edge.control.status().exchanges === 2);
    await Bun.sleep(20);
    ok(held[0]!, own("first", 500));
    expect(bodyOf(await first)).toBe(own("first", 500));
    expect(await poll(() => held.length === 2)).toBe(true);
    expect(unchunk(held[1]!.wire) === body).toBe(true);
    ok(held[1]!, "done");
    expect(bodyOf(await second)).toBe("done");
  });

  test("is not touched by an error page for the waiting request", async () => {
    const held: Received[] = [];
    const origin = await startOrigin((request) => held.push(request));
    const edge = await before(origin, {
      connections: { max: 1 },
      retry: { attempts: 0 },
    });
    const first = raw(edge.port, [`GET /first HTTP/1.1\r\n${HOST}\r\n`], { until: isComplete });
    expect(await poll(() => held.length === 1)).toBe(true);
    const second = raw(edge.port, [`GET /second HTTP/1.1\r\n${HOST}\r\n`], { until: isComplete });
    await poll(() => edge.edge.control.status().exchanges === 2);
    const { live } = edge.edge.control.plan().pools.get("main")!;
    for (const target of live.targets) live.setMode(target, "drain", edge.edge.control.status().now, 0);
    ok(held[0]!, own("first", 500));
    expect(bodyOf(await first)).toBe(own("first", 500));
    expect([statusOf(await second), faultOf(await second)]).toEqual([503, "no-target"]);
  });
});

describe("a crowd on few connections", () => {
  test("of mixed requests, sizes and framings", async () => {
    const edge = await before(
      await startOrigin((request) => {
        const [, name = "", size = "0"] = /^\/([^?]*)\?(\d+)/.exec(request.path) ?? [];
        const sent = /chunked/i.test(request.head) ? unchunk(request.wire) : request.wire;
        const whole = sent === own(name, sent.length);
        const body = `${name} ${sent.length} ${whole ? "whole" : "MIXED UP"} ${own(name, Number(size))}`;
        if (Number(size) % 2 === 0) ok(request, body);
        else
          request.socket.write(
            Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks(body, 3_000)}`, "latin1"),
          );
      }),
      { connections: { max: 3 } },
    );
    const sizes = [0, 1, 100, 4_001, 20_000, 70_001, 200_000];
    const customer = async (who: number): Promise<void> => {
      const client = await Client.open(edge.port);
      for (let turn = 0; turn < 12; turn++) {
        const name = `${who}-${turn}`;
        const size = sizes[(who * 3 + turn) % sizes.length]!;
        const sent = sizes[(who + turn * 2) % sizes.length]!;
        const body = own(name, sent);
        const path = `/${name}?${size}`;
        const framed =
          turn % 2 === 0
            ? `Transfer-Encoding: chunked\r\n\r\n${chunks(body, 5_000)}`
            : `Content-Length: ${sent}\r\n\r\n${body}`;
        const reply = await client.ask(`POST ${path} HTTP/1.1\r\n${HOST}${framed}`, isComplete, 10_000);
        const got = /chunked/i.test(reply.slice(0, 200)) ? unchunk(bodyOf(reply)) : bodyOf(reply);
        const expected = `${name} ${sent} whole ${own(name, size)}`;
        if (got !== expected)
          throw new Error(`${name}: expected ${expected.slice(0, 80)}…, got ${reply.slice(0, 300)}…`);
      }
      client.close();
    };
    await Promise.all(Array.from({ length: 24 }, (_, who) => customer(who)));
  }, 20_000);
});
