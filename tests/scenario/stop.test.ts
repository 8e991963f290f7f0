/** Draining: what is under way is finished, what is idle closes, and the deadline holds. */
import { afterEach, describe, expect, test } from "bun:test";

import { Client } from "./support/client.ts";
import { edgeBefore, edgeWith, type TestEdge } from "./support/edge.ts";
import { isFreed, ok, startOrigin, type Answer, type Origin, type Received } from "./support/origin.ts";
import { AT_ONCE, poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw } from "./support/raw-client.ts";
import { fieldOf } from "./support/replies.ts";

const HOST = "Host: h.example\r\n";
const head = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const opened: Array<{ stop(): Promise<void> }> = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

async function scene(answer: Answer, drain: number): Promise<{ origin: Origin; edge: TestEdge; held: Received[] }> {
  const held: Received[] = [];
  const origin = await startOrigin((request) => (request.path === "/held" ? held.push(request) : answer(request)));
  const edge = await edgeBefore([origin], {}, { timeouts: { drain: `${drain}ms`, linger: "200ms" } });
  opened.push(origin, edge);
  return { origin, edge, held };
}

const fine: Answer = (request) => ok(request, request.path);

async function took(work: Promise<void>): Promise<number> {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
}

describe("stop()", () => {
  test("with nothing under way ends at once, and closes idle connections on both sides", async () => {
    const { origin, edge } = await scene(fine, 4 * AT_ONCE);
    const idle = await Client.open(edge.port);
    expect(bodyOf(await idle.ask(head("/a"), isComplete))).toBe("/a");
    const silent = await Client.open(edge.port);
    await poll(() => edge.edge.control.status().connections === 2);
    expect(await took(edge.stop())).toBeLessThan(AT_ONCE);
    expect([await idle.end(), await silent.end()]).toEqual(["end", "end"]);
    expect(await poll(() => origin.sockets.size === 0)).toBe(true);
    expect(await raw(edge.port, [head("/late")], { wait: 300 })).toBe("");
  });

  test("lets a request finish, and says that the connection ends with it", async () => {
    const { edge, held } = await scene(fine, 4 * AT_ONCE);
    const client = await Client.sending(edge.port, head("/held"));
    expect(await poll(() => held.length === 1)).toBe(true);
    const stopped = took(edge.stop());
    await Bun.sleep(50);
    expect(edge.edge.control.status().draining).toBe(true);
    expect(await raw(edge.port, [head("/late")], { wait: 300 })).toBe("");
    ok(held[0]!, "finished");
    const reply = await client.until(isComplete);
    expect([bodyOf(reply), fieldOf(reply, "Connection")]).toEqual(["finished", "close"]);
    expect(await client.end()).toBe("end");
    expect(await stopped).toBeLessThan(AT_ONCE);
  });

  test("lets a reply that has begun go on to its end", async () => {
    const { edge } = await scene(async ({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
      for (let byte = 0; byte < 10; byte++) {
        await Bun.sleep(20);
        socket.write("x");
      }
    }, 5_000);
    const client = await Client.sending(edge.port, head("/drip"));
    await client.until((text) => text.includes("x"));
    const stopped = edge.stop();
    expect(bodyOf(await client.until(isComplete))).toBe("x".repeat(10));
    expect(await client.end()).toBe("end");
    await stopped;
  });

  test("lets an upload go on to its end", async () => {
    const { edge } = await scene((request) => ok(request, request.wire), 5_000);
    const client = await Client.sending(edge.port, `POST /up HTTP/1.1\r\n${HOST}Content-Length: 6\r\n\r\nabc`);
    await Bun.sleep(30);
    const stopped = edge.stop();
    await Bun.sleep(30);
    client.write("def");
    expect(bodyOf(await client.until(isComplete))).toBe("abcdef");
    await stopped;
  });

  test("takes no further request from a connection that it drains", async () => {
    const { origin, edge, held } = await scene(fine, 2_000);
    const client = await Client.sending(edge.port, head("/held") + head("/pipelined"));
    expect(await poll(() => held.length === 1)).toBe(true);
    const stopped = edge.stop();
    ok(held[0]!, "finished");
    await client.end();
    await stopped;
    expect(client.received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(origin.countOf("/pipelined")).toBe(0);
  });

  test("cuts at the deadline what does not end, and never makes it look whole", async () => {
    const { edge, held } = await scene(
      ({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
      300,
    );
    const waiting = await Client.sending(edge.port, head("/held"));
    const begun = await Client.sending(edge.port, head("/half"));
    await begun.until((text) => text.includes("half"));
    expect(await poll(() => held.length === 1)).toBe(true);
    const time = await took(edge.stop());
    expect(time).toBeGreaterThan(250);
    expect(time).toBeLessThan(AT_ONCE);
    expect(await begun.end()).toBe("reset");
    expect(isComplete(begun.received)).toBe(false);
    expect(await waiting.end()).not.toBe("open");
    expect(await isFreed(held[0]!)).toBe(true);
  });

  test("cuts tunnels at the deadline", async () => {
    const { edge, origin } = await scene(({ socket }) => {
      socket.on("tunnel", (bytes: Buffer) => socket.write(bytes));
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    }, 300);
    const client = await Client.open(edge.port);
    await client.ask(head("/ws", "Connection: Upgrade\r\nUpgrade: echo\r\n"), isComplete);
    const stopped = took(edge.stop());
    expect(await client.ask("still here", (text) => text === "still here")).toBe("still here");
    expect(await stopped).toBeLessThan(AT_ONCE);
    expect(await client.end()).not.toBe("open");
    expect(await isFreed(await origin.head("/ws"))).toBe(true);
  });

  test("ends a tunnel soon of which one side is silent and the other has closed its direction", async () => {
    const { edge, origin } = await scene(({ socket }) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    }, 60_000);
    const client = await Client.open(edge.port);
    await client.ask(head("/ws", "Connection: Upgrade\r\nUpgrade: echo\r\n"), isComplete);
    const { socket } = await origin.head("/ws");
    socket.removeAllListeners("end");
    client.shutdown();
    expect(await poll(() => socket.readableEnded)).toBe(true);
    // timeouts.halfClose is a second.
    expect(await took(edge.stop())).toBeLessThan(4_000);
    expect(await client.end()).toBe("reset");
    expect(await isFreed(await origin.head("/ws"))).toBe(true);
  });

  test("cuts a handler's reply at the deadline", async () => {
    let aborted = false;
    const edge = await edgeWith({
      routes: [
        {
          name: "slow",
          match: { path: "/*" },
          handler: (request) => {
            request.signal.addEventListener("abort", () => (aborted = true));
            return new Promise(() => {});
          },
        },
      ],
      timeouts: { drain: "200ms" },
    });
    opened.push(edge);
    const client = await Client.sending(edge.port, head("/slow"));
    await poll(() => edge.edge.control.status().exchanges === 1);
    await edge.stop();
    expect(await client.end()).not.toBe("open");
    expect(aborted).toBe(true);
  });

  test("may be called twice", async () => {
    const { edge, held } = await scene(fine, 300);
    await Client.sending(edge.port, head("/held"));
    await poll(() => held.length === 1);
    const first = edge.stop();
    expect(await took(Promise.all([first, edge.stop()]).then(() => undefined))).toBeLessThan(AT_ONCE);
  });
});
