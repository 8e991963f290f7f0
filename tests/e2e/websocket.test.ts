/** WebSockets and server-sent events through the edge, between real ends: Bun's client and Bun's server. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { content } from "./support/content.ts";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { startScript, until, untilSaid, type Running } from "./support/processes.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const MB = 1024 * 1024;
const TIMEOUT = 5000;

let backend: Running;
let backendPort = 0;
let edge: EdgeProcess;

const configOf = (version: string, proxied = true): Parameters<typeof startEdge>[0] => ({
  pools: { main: { targets: [`127.0.0.1:${backendPort}`] } },
  routes: [
    ...(proxied ? [{ match: { path: "/*" }, proxy: "main" }] : []),
    { match: { path: "/version" }, respond: { body: version } },
  ],
  timeouts: { drain: "500ms" },
});

beforeAll(async () => {
  backend = startScript(join(import.meta.dir, "support/websocket-backend.ts"), {});
  backendPort = Number((await untilSaid(backend, /port (\d+)/))[1]);
  edge = await startEdge(configOf("1"));
});

afterAll(async () => {
  await edge?.stop();
  await backend?.stop();
});

interface Peer {
  readonly socket: WebSocket;
  /** The next message; rejects when the connection ends first. */
  next(): Promise<string | Buffer>;
  readonly closed: Promise<CloseEvent>;
}

function open(port = edge.port): Promise<Peer> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  socket.binaryType = "arraybuffer";
  const messages: Array<string | Buffer> = [];
  const waiting: Array<PromiseWithResolvers<string | Buffer>> = [];
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  socket.addEventListener("message", ({ data }) => {
    const message = typeof data === "string" ? data : Buffer.from(data as ArrayBuffer);
    const first = waiting.shift();
    if (first === undefined) messages.push(message);
    else first.resolve(message);
  });
  socket.addEventListener("close", ({ code }) => {
    for (const one of waiting) one.reject(new Error(`closed with ${code}`));
  });
  const next = (): Promise<string | Buffer> => {
    const message = messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    const one = Promise.withResolvers<string | Buffer>();
    waiting.push(one);
    return one.promise;
  };
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve({ socket, next, closed }));
    socket.addEventListener("error", () => reject(new Error("the WebSocket did not open")));
  });
}

const within = <T>(promise: Promise<T>): Promise<T> =>
  Promise.race([promise, Bun.sleep(TIMEOUT).then(() => Promise.reject<T>(new Error(`nothing within ${TIMEOUT} ms`)))]);

describe("WebSocket", () => {
  test("text and binary come back, from one byte to 1 MB", async () => {
    const { socket, next, closed } = await open();
    for (const length of [1, 125, 126, 65_535, 65_536, MB]) {
      const text = "é".repeat(Math.ceil(length / 2));
      socket.send(text);
      expect((await within(next())) === text).toBe(true);
      socket.send(new Uint8Array(content(length, length)));
      expect(content(length, length).equals((await within(next())) as Buffer)).toBe(true);
    }
    socket.close();
    expect((await within(closed)).wasClean).toBe(true);
  });

  test("thousands of messages at once, both ways, in order", async () => {
    const { socket, next, closed } = await open();
    const count = 2000;
    for (let index = 0; index < count; index++) socket.send(new Uint8Array(content(index, 16_384)));
    for (let index = 0; index < count; index++) {
      if (!content(index, 16_384).equals((await within(next())) as Buffer)) throw new Error(`message ${index} differs`);
    }
    socket.close();
    await within(closed);
  });

  test("a backend that sends 64 MB at once to a client that is busy: all of it, in order", async () => {
    const { socket, next, closed } = await open();
    socket.send("send 1000 65536");
    // The event loop of the client stands still: everything between waits.
    const busyUntil = performance.now() + 300;
    await Bun.sleep(20);
    while (performance.now() < busyUntil);
    for (let index = 0; index < 1000; index++) {
      if (!content(index, 65_536).equals((await within(next())) as Buffer)) throw new Error(`message ${index} differs`);
    }
    socket.close();
    await within(closed);
  });

  test("close codes and reasons, from the client and from the server", async () => {
    const first = await open();
    first.socket.close(4001, "enough");
    expect(await within(first.closed)).toMatchObject({ code: 4001, wasClean: true });
    await untilSaid(backend, /closed 4001 enough/);

    const second = await open();
    second.socket.send("close 4002 later");
    expect(await within(second.closed)).toMatchObject({ code: 4002, reason: "later", wasClean: true });
  });

  test("an end without a word on either side reaches the other", async () => {
    const first = await open();
    first.socket.send("terminate");
    expect((await within(first.closed)).code).toBe(1006);

    const second = await open();
    // Bun's own addition: a reset, without a closing handshake.
    (second.socket as WebSocket & { terminate(): void }).terminate();
    await untilSaid(backend, /closed 1006/);
    await untilIdle(edge);
  });

  test("a refusal passes as an ordinary reply, and what is no WebSocket goes on as HTTP", async () => {
    const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Protocol": "refused" };
    const refused = await fetch(`http://127.0.0.1:${edge.port}/ws`, { headers: upgrade, keepalive: false });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toBe("no");
    const plain = await fetch(`http://127.0.0.1:${edge.port}/ws`, { keepalive: false });
    expect(plain.status).toBe(426);
  });

  test("100 at once", async () => {
    const peers = await Promise.all(Array.from({ length: 100 }, () => open()));
    const { connections, exchanges } = await edge.status();
    expect(connections).toBeGreaterThanOrEqual(100);
    expect(exchanges).toBeGreaterThanOrEqual(100);
    await Promise.all(
      peers.map(async ({ socket, next }, peer) => {
        for (let round = 0; round < 20; round++) {
          socket.send(`peer ${peer}, round ${round}`);
          expect(await within(next())).toBe(`peer ${peer}, round ${round}`);
          const bytes = content(peer * 100 + round, 3000 + peer);
          socket.send(new Uint8Array(bytes));
          expect(bytes.equals((await within(next())) as Buffer)).toBe(true);
        }
      }),
    );
    for (const { socket } of peers) socket.close();
    await Promise.all(peers.map(({ closed }) => within(closed)));
    await untilIdle(edge);
  });

  test("a reload leaves it alone, even one that takes its route away", async () => {
    const { socket, next, closed } = await open();
    const version = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${edge.port}/version`, { keepalive: false })).text();
    socket.send("before");
    expect(await within(next())).toBe("before");
    edge.configure(configOf("2", false));
    edge.signal("SIGHUP");
    await until("the new config is in use", async () => (await version()) === "2");
    socket.send("after");
    expect(await within(next())).toBe("after");
    expect((await fetch(`http://127.0.0.1:${edge.port}/ws`, { keepalive: false })).status).toBe(404);
    edge.configure(configOf("3"));
    edge.signal("SIGHUP");
    await until("the config after that is in use", async () => (await version()) === "3");
    socket.send("and later");
    expect(await within(next())).toBe("and later");
    socket.close();
    await within(closed);
  });

  test("SIGTERM: it goes on until the drain deadline, then it is cut", async () => {
    const other = await startEdge(configOf("1"));
    try {
      const { socket, next, closed } = await open(other.port);
      const began = performance.now();
      other.signal("SIGTERM");
      await Bun.sleep(100);
      socket.send("still here");
      expect(await within(next())).toBe("still here");
      await within(closed);
      expect(performance.now() - began).toBeGreaterThan(400);
      expect(await other.ended).toBe(0);
      expect(performance.now() - began).toBeLessThan(8000);
    } finally {
      await other.stop();
    }
  });
});

describe("server-sent events", () => {
  test("arrive one by one, each as soon as it is sent", async () => {
    const response = await fetch(`http://127.0.0.1:${edge.port}/events`, { keepalive: false });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const decoder = new TextDecoder();
    let pending = "";
    const delays: number[] = [];
    for await (const chunk of response.body!) {
      const now = performance.timeOrigin + performance.now();
      pending += decoder.decode(chunk, { stream: true });
      for (let end = pending.indexOf("\n\n"); end >= 0; end = pending.indexOf("\n\n")) {
        delays.push(now - Number(/data: ([\d.]+)/.exec(pending.slice(0, end))![1]));
        pending = pending.slice(end + 2);
      }
    }
    expect(delays).toHaveLength(10);
    delays.sort((a, b) => a - b);
    console.log(`events arrived ${delays[0]!.toFixed(1)} to ${delays[9]!.toFixed(1)} ms after they were sent`);
    // The next one is sent 100 ms later: who held each back until then would be found out. A busy machine delays a few.
    expect(delays[4]!).toBeLessThan(90);
  });

  test("a client that goes away ends the upstream's work", async () => {
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${edge.port}/events`, { keepalive: false, signal: abort.signal });
    await response.body!.getReader().read();
    abort.abort();
    await untilIdle(edge, 800);
  });
});
