/** The shop as its users meet it: real processes, real requests. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { isRunning } from "./is-running.ts";
import { findPatternError } from "./pattern.ts";
import { startShop, type Shop } from "./start-services.ts";
import { checkShop, portOf, ask } from "./check-shop.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop({ pool: 2 });
});
afterAll(async () => {
  await shop.stop();
});

const users = (path: string, init?: RequestInit) => ask(portOf(shop, "users-1"), path, init);
const orders = (path: string, init?: RequestInit) => ask(portOf(shop, "orders-1"), path, init);

describe("the shop over SQLite", () => {
  checkShop(() => shop);

  test("several connections are one too few when all are held: the wait shows in `pool`, not in `query`", async () => {
    const held = [users("/slow?ms=400&hold=connection"), users("/slow?ms=400&hold=connection")];
    await Bun.sleep(100);
    const { serverTiming } = await users("/users/1");
    await Promise.all(held);
    const metrics = Object.fromEntries(
      serverTiming.split(", ").map((metric) => [metric.split(";")[0], Number(/dur=([\d.]+)/.exec(metric)?.[1])]),
    );
    expect(metrics["pool"]).toBeGreaterThan(50);
    expect(metrics["query"]).toBeLessThan(metrics["pool"] ?? 0);
    expect(metrics["handler"]).toBeGreaterThanOrEqual(metrics["pool"] ?? 0);
  });

  test("health fails within its deadline when no connection is free, and says so", async () => {
    const held = [users("/slow?ms=1400&hold=connection"), users("/slow?ms=1400&hold=connection")];
    await Bun.sleep(50);
    const { status, json } = await users("/healthz");
    expect(status).toBe(503);
    expect(json).toMatchObject({ status: "fail", checks: { database: [{ output: "no answer within 1 s" }] } });
    await Promise.all(held);
  });

  test("writers of several processes do not fail each other", async () => {
    const order = { user: 5, lines: [{ product: 1, quantity: 1 }] };
    const body = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) };
    const ports = ["orders-1", "orders-2"].map((instance) => portOf(shop, instance));
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(ports[i % 2] ?? 0, "/orders", body)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 40 }, () => 201));
    expect(new Set(answers.map((answer) => answer.json["id"])).size).toBe(40);
  });
});

describe("endpoints to try the edge with", () => {
  test("/slow waits as long as asked", async () => {
    const begun = performance.now();
    const answer = await users("/slow?ms=60");
    expect(performance.now() - begun).toBeGreaterThan(55);
    expect(answer.json).toEqual({ slept_ms: 60, held: null });
    expect((await users("/slow?ms=soon")).status).toBe(400);
    expect((await users("/slow?hold=on")).status).toBe(400);
  });

  test("/fail fails as asked", async () => {
    expect((await orders("/fail?status=503")).status).toBe(503);
    expect((await orders("/fail")).status).toBe(500);
    const impossible = await orders("/fail?status=200");
    expect(impossible.status).toBe(400);
    expect(impossible.json["detail"]).toContain("from 400 to 599");
  });

  test.each(["", "&length=unknown"])("/big streams the pattern%s", async (more) => {
    const answer = await fetch(`http://127.0.0.1:${portOf(shop, "orders-2")}/big?bytes=1000003${more}`);
    expect(answer.headers.get("Content-Length")).toBe(more === "" ? "1000003" : null);
    expect(answer.headers.get("X-Instance")).toBe("orders-2");
    const bytes = await answer.bytes();
    expect(bytes.byteLength).toBe(1_000_003);
    expect(bytes[1_000_002]).toBe(1_000_002 % 251);
    expect(findPatternError(bytes, 0)).toBe(-1);
    bytes[77_777] = (bytes[77_777] ?? 0) + 1;
    expect(findPatternError(bytes, 0)).toBe(77_777);
  });

  test("/upload counts and digests what comes", async () => {
    const body = Buffer.alloc(3_000_000, "round and round ");
    const sha256 = new Bun.CryptoHasher("sha256").update(body).digest("hex");
    expect((await users("/upload", { method: "POST", body })).json).toEqual({ bytes: 3_000_000, sha256 });
    expect((await users("/upload", { method: "POST" })).json["bytes"]).toBe(0);
  });

  test("/users/echo is a WebSocket that sends back text and bytes", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${portOf(shop, "users-2")}/users/echo`);
    socket.binaryType = "arraybuffer";
    const received: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => {
        socket.send("there");
        socket.send(new Uint8Array([1, 2, 3]));
      });
      socket.addEventListener("message", ({ data }) => {
        received.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data);
        if (received.length === 2) resolve();
      });
      socket.addEventListener("error", () => reject(new Error("the WebSocket failed")));
    });
    socket.close();
    expect(received).toEqual(["there", [1, 2, 3]]);
    const plain = await users("/users/echo");
    expect(plain.status).toBe(426);
    expect(plain.headers.get("Upgrade")).toBe("websocket");
  });

  test("/orders/events sends an event at once and another a second later, counting on from Last-Event-ID", async () => {
    const answer = await fetch(`http://127.0.0.1:${portOf(shop, "orders-1")}/orders/events`, {
      headers: { "Last-Event-ID": "41" },
    });
    expect(answer.headers.get("Content-Type")).toBe("text/event-stream");
    expect(answer.headers.get("Server-Timing")).toContain("query;dur=");
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    let text = "";
    const begun = performance.now();
    while (text.split("\n\n").length < 3) text += decoder.decode((await reader?.read())?.value);
    expect(performance.now() - begun).toBeGreaterThan(900);
    await reader?.cancel();
    expect(text).toMatch(/^id: 42\nevent: orders\ndata: \{"orders":\d+,"newest":\d+,.*\}\n\nid: 43\n/);
  });
});

describe("startShop", () => {
  test("stop ends every process and removes the temporary files", async () => {
    const own = await startShop();
    expect(own.services.map(({ instance }) => instance)).toEqual(["users-1", "users-2", "orders-1", "orders-2"]);
    expect(existsSync(own.database.location)).toBe(true);
    await own.stop();
    await own.stop();
    expect(own.services.filter(({ pid }) => isRunning(pid))).toEqual([]);
    expect(existsSync(own.data)).toBe(false);
  });

  test("tells of a service that ends by itself", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const own = await startShop({ onServiceExit: ({ instance, how }) => resolve(`${instance} ${how}`) });
    process.kill(own.services[3]?.pid ?? 0, "SIGKILL");
    expect(await promise).toBe("orders-2 SIGKILL");
    await own.stop();
  });

  test("says why a service did not start, and what to do", async () => {
    await expect(startShop({ databaseUrl: "postgres://me:secret@127.0.0.1:1/shop" })).rejects.toThrow(
      /did not start: it cannot use PostgreSQL at 127\.0\.0\.1:1: .*Is it running/,
    );
    await expect(startShop({ databaseUrl: "mysql://127.0.0.1/shop" })).rejects.toThrow(
      "does not begin with postgres://",
    );
  });
});
