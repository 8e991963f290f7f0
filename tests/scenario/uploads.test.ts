/** Request bodies on their way to an origin: pace, timers, early answers, 100 Continue. */
import { afterEach, describe, expect, test } from "bun:test";

import type { Config } from "../../src/config/config.ts";
import type { PoolConfig } from "../../src/config/pool-config.ts";
import { explainTree } from "../../src/explain/explain-tree.ts";
import type { TreeNode } from "../../src/explain/tree.ts";
import { Client } from "./support/client.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { isFreed, ok, startOrigin, type Answer, type Origin } from "./support/origin.ts";
import { AT_ONCE, poll } from "./support/poll.ts";
import { bodyOf, isComplete, statusOf, unchunk } from "./support/raw-client.ts";
import { faultOf, fieldOf, linesOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const MEGABYTE = 1 << 20;
const opened: Array<{ stop(): Promise<void> }> = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

interface Scene {
  readonly origin: Origin;
  readonly edge: TestEdge;
  readonly client: Client;
}

async function scene(
  answer: Answer,
  onHead: Answer,
  pool: Partial<PoolConfig> = {},
  rest: Partial<Config> = {},
): Promise<Scene> {
  const origin = await startOrigin(answer, onHead);
  const edge = await edgeBefore([origin], pool, { timeouts: { drain: "100ms", linger: "500ms" }, ...rest });
  opened.push(origin, edge);
  const client = await Client.open(edge.port);
  opened.push({ stop: async () => client.close() });
  return { origin, edge, client };
}

const nothing: Answer = () => {};
const told: Answer = (request) => ok(request, `${request.wire.length}`);
const post = (path: string, framing: string): string => `POST ${path} HTTP/1.1\r\n${HOST}${framing}\r\n\r\n`;

describe("pace", () => {
  test("an origin that does not read holds the client back, and is told of in time", async () => {
    const { client, origin, edge } = await scene(told, ({ socket }) => void socket.pause(), {
      timeouts: { firstByte: "500ms" },
    });
    client.write(post("/stuck", `Content-Length: ${32 * MEGABYTE}`));
    await origin.head("/stuck");
    client.write(Buffer.alloc(32 * MEGABYTE, "u"));
    await Bun.sleep(150);
    expect(client.pending).toBeGreaterThan(8 * MEGABYTE);
    const begun = performance.now();
    const reply = await client.until(isComplete);
    expect([statusOf(reply), faultOf(reply)]).toEqual([504, "upstream-first-byte-timeout"]);
    expect(performance.now() - begun).toBeLessThan(AT_ONCE);
    expect((await recordOf(edge, "/stuck")).requestBytes).toBeLessThan(24 * MEGABYTE);
  });

  test("a client that takes its time does not use up the origin's timer", async () => {
    const { client, edge } = await scene(told, nothing, { timeouts: { firstByte: "700ms" } });
    client.write(`${post("/pause", "Content-Length: 6")}abc`);
    await Bun.sleep(800);
    expect(client.received).toBe("");
    client.write("def");
    expect(bodyOf(await client.until(isComplete))).toBe("6");
    const record = await recordOf(edge, "/pause");
    const { stations } = explainTree({ record, plan: null, sent: true, reply: null });
    const { children } = stations.find(({ station }) => station === "upstream")!;
    const part = (label: string): TreeNode => children.find((child) => child.label === label)!;
    expect(part("send body").text).toStartWith("6 bytes");
    expect(part("send body").durationMs).toBeGreaterThan(750);
    expect(part("wait").durationMs).toBeLessThan(700);
  });

  test("an origin that never answers is cut though the client drips its body", async () => {
    const { client } = await scene(nothing, nothing, { timeouts: { firstByte: "300ms" } });
    client.write(post("/never", "Content-Length: 5"));
    for (const byte of ["a", "b", "c", "d", "e"]) {
      await Bun.sleep(30);
      client.write(byte);
    }
    expect(faultOf(await client.until(isComplete, 2_000))).toBe("upstream-first-byte-timeout");
  });

  test("the first part of a body goes on before the last one has come", async () => {
    const { client, origin } = await scene(told, nothing);
    client.write(post("/stream", "Transfer-Encoding: chunked"));
    const { socket } = await origin.head("/stream");
    let seen = "";
    socket.on("data", (bytes: Buffer) => (seen += bytes.latin1Slice()));
    for (const part of ["first", "middle", "last"]) {
      client.write(`${part.length.toString(16)}\r\n${part}\r\n`);
      expect(await poll(() => seen.includes(part))).toBe(true);
    }
    client.write("0\r\n\r\n");
    expect(statusOf(await client.until(isComplete))).toBe(200);
  });

  test("tiny chunks without end cost no more than their bytes", async () => {
    const { client, origin } = await scene(told, nothing);
    const count = 20_000;
    client.write(`${post("/tiny", "Transfer-Encoding: chunked")}${"1\r\nx\r\n".repeat(count)}0\r\n\r\n`);
    expect(statusOf(await client.until(isComplete))).toBe(200);
    expect(unchunk(origin.requests[0]!.wire)).toBe("x".repeat(count));
  });
});

describe("Expect: 100-continue", () => {
  const head = (path: string, length = 5): string => post(path, `Expect: 100-continue\r\nContent-Length: ${length}`);

  test("is the origin's to answer; its 100 lets the body come", async () => {
    const proceed: Answer = ({ socket, method }) => method === "POST" && socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    const { client, origin } = await scene(told, proceed);
    expect(await client.ask(head("/yes"), (text) => text.includes("100 Continue"))).toStartWith(
      "HTTP/1.1 100 Continue\r\n",
    );
    expect(linesOf(origin.heads[0]!.head, "Expect")).toHaveLength(1);
    expect(bodyOf(await client.ask("hello", isComplete))).toBe("5");
    expect(statusOf(await client.ask(`GET /next HTTP/1.1\r\n${HOST}\r\n`, isComplete))).toBe(200);
  });

  test("an origin that sends no 100 gets the body all the same when the client sends it", async () => {
    const { client } = await scene(told, nothing);
    client.write(head("/silent"));
    await Bun.sleep(60);
    expect(client.received).toBe("");
    expect(bodyOf(await client.ask("hello", isComplete))).toBe("5");
  });

  test("a refusal ends the connection, since the body may or may not follow", async () => {
    const { client, origin } = await scene(nothing, ({ socket }) =>
      socket.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
    );
    const reply = await client.ask(head("/no"), isComplete);
    expect([statusOf(reply), fieldOf(reply, "Connection")]).toEqual([401, "close"]);
    client.write(`GET /smuggled HTTP/1.1\r\n${HOST}\r\n`);
    expect(await client.end()).not.toBe("open");
    expect(origin.countOf("/smuggled")).toBe(0);
    expect(await isFreed(await origin.head("/no"))).toBe(true);
  });

  test("without a body to wait for is nothing to wait for", async () => {
    const { client } = await scene((request) => ok(request, "fine"), nothing);
    expect(bodyOf(await client.ask(`GET /none HTTP/1.1\r\n${HOST}Expect: 100-continue\r\n\r\n`, isComplete))).toBe(
      "fine",
    );
  });

  test("of HTTP/1.0 is ignored", async () => {
    const { client, origin } = await scene(told, nothing);
    const old = `POST /old HTTP/1.0\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`;
    expect(bodyOf(await client.ask(old, isComplete))).toBe("5");
    expect(linesOf(origin.heads[0]!.head, "Expect")).toEqual([]);
  });
});

describe("an upload that breaks off on the origin's side", () => {
  test("by RST before any answer: a 502, and the rest of the body does no harm", async () => {
    const { client } = await scene(told, ({ socket, path }) => path === "/reset" && socket.resetAndDestroy());
    client.write(`${post("/reset", "Content-Length: 1000")}${"a".repeat(500)}`);
    const reply = await client.until(isComplete);
    expect([statusOf(reply), faultOf(reply)]).toEqual([502, "upstream-closed"]);
    if (fieldOf(reply, "Connection") === undefined) {
      client.received = "";
      client.write(`${"a".repeat(500)}GET /next HTTP/1.1\r\n${HOST}\r\n`);
      expect(statusOf(await client.until(isComplete))).toBe(200);
    } else {
      expect(await client.end()).toBe("end");
    }
  });

  test("by an answer and FIN: the answer counts", async () => {
    const refusal = "HTTP/1.1 507 Full\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull";
    const { client } = await scene(nothing, ({ socket }) => socket.end(refusal));
    client.write(post("/full", `Content-Length: ${16 * MEGABYTE}`));
    client.write(Buffer.alloc(8 * MEGABYTE, "u"));
    const reply = await client.until(isComplete);
    expect([statusOf(reply), bodyOf(reply)]).toEqual([507, "full"]);
  });
});
