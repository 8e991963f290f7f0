/**
 * Clients that keep a connection busy on purpose (as slowhttptest does): each sends a byte now and then, of a head or
 * of a body, or takes its reply a byte at a time. They are cut in the configured time, and others notice nothing.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { startScript, untilSaid, type Running } from "./support/processes.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const HEAD = 1000;
const BODY = 800;
const WRITE = 1000;
const KEEP_ALIVE = 900;
/** Timers have a grain, and a machine under load is late; milliseconds. */
const TOLERANCE = 5000;
const COUNT = 50;

let origin: Running;
let edge: EdgeProcess;

beforeAll(async () => {
  origin = startScript(join(import.meta.dir, "support/endless-origin.ts"), {});
  const [, port] = await untilSaid(origin, /port (\d+)/);
  edge = await startEdge({
    pools: { main: { targets: [`127.0.0.1:${port}`] } },
    routes: [
      { match: { path: "/*" }, proxy: "main" },
      { match: { path: "/good" }, respond: { body: "good" } },
    ],
    timeouts: {
      head: `${HEAD}ms`,
      body: `${BODY}ms`,
      write: `${WRITE}ms`,
      keepAlive: `${KEEP_ALIVE}ms`,
      linger: "300ms",
    },
  });
});

afterAll(async () => {
  await edge?.stop();
  await origin?.stop();
});

interface Slow {
  /** Milliseconds until the edge closed. */
  readonly cutAfter: number;
  readonly received: string;
}

/** Opens a connection, lets `behave` misuse it, and answers when the edge has closed it. */
function slow(behave: (socket: Socket) => Timer | null, read = true): Promise<Slow> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect({ port: edge.port, host: "127.0.0.1", noDelay: true });
    let received = "";
    let timer: Timer | null = null;
    const done = (): void => {
      if (timer !== null) clearInterval(timer);
      socket.destroy();
      resolve({ cutAfter: performance.now() - began, received });
    };
    if (read) socket.on("data", (bytes: Buffer) => (received += bytes.latin1Slice()));
    socket.on("connect", () => (timer = behave(socket)));
    socket.on("end", done);
    socket.on("error", done);
    socket.on("close", done);
  });
}

function drip(socket: Socket, text: string, every: number): Timer {
  let at = 0;
  return setInterval(() => {
    if (!socket.destroyed) socket.write(text[at++ % text.length]!);
  }, every);
}

/** Asks for something small all the while; answers how long the slowest took, milliseconds. */
async function served(during: Promise<unknown>): Promise<{ answers: number; slowest: number }> {
  let over = false;
  void during.finally(() => (over = true));
  let answers = 0;
  let slowest = 0;
  while (!over) {
    const began = performance.now();
    const reply = await fetch(`http://127.0.0.1:${edge.port}/good`, { keepalive: false });
    expect(await reply.text()).toBe("good");
    slowest = Math.max(slowest, performance.now() - began);
    answers++;
    await Bun.sleep(10);
  }
  return { answers, slowest };
}

async function cut(behave: (socket: Socket) => Timer | null, read = true, count = COUNT): Promise<Slow[]> {
  const all = Promise.all(Array.from({ length: count }, () => slow(behave, read)));
  const { answers, slowest } = await served(all);
  const clients = await all;
  const times = clients.map(({ cutAfter }) => cutAfter);
  console.log(
    `${count} cut after ${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))} ms; ` +
      `${answers} others served meanwhile, the slowest in ${Math.round(slowest)} ms`,
  );
  // The slow ones are cut all at once: others who had to wait for them would be answered once or twice.
  expect(answers).toBeGreaterThan(5);
  return clients;
}

const inTime = (clients: readonly Slow[], limit: number): void => {
  for (const { cutAfter } of clients) {
    expect(cutAfter).toBeGreaterThan(0.8 * limit);
    expect(cutAfter).toBeLessThan(limit + TOLERANCE);
  }
};

describe(`${COUNT} slow clients at once`, () => {
  test("a head, a byte at a time: cut when timeouts.head is over, however lively the dripping", async () => {
    const clients = await cut((socket) => {
      socket.write("GET / HTTP/1.1\r\nHost: e2e.test\r\n");
      return drip(socket, "X-Slow: aaaaaaaaaaaaaaaaaaaaaaa\r\n", 50);
    });
    inTime(clients, HEAD);
    for (const { received } of clients) expect(received).toStartWith("HTTP/1.1 408 ");
  });

  test("a request line that does not end", async () => {
    const clients = await cut((socket) => drip(socket, "G", 100));
    inTime(clients, HEAD);
    for (const { received } of clients) expect(received).toStartWith("HTTP/1.1 408 ");
  });

  test("the second request of a connection", async () => {
    const clients = await cut((socket) => {
      socket.write("GET /good HTTP/1.1\r\nHost: e2e.test\r\n\r\nGET /go");
      return drip(socket, "o", 100);
    });
    inTime(clients, HEAD);
    for (const { received } of clients) {
      expect(received).toStartWith("HTTP/1.1 200 ");
      expect(received).toContain("HTTP/1.1 408 ");
    }
  });

  test("a body that stops coming: cut when timeouts.body is over since the last byte", async () => {
    const clients = await cut((socket) => {
      socket.write("POST /upload HTTP/1.1\r\nHost: e2e.test\r\nContent-Length: 1000000\r\n\r\nsome of it");
      return null;
    });
    inTime(clients, BODY);
    for (const { received } of clients) expect(received).toStartWith("HTTP/1.1 408 ");
  });

  test("a chunked body that stops in a chunk line", async () => {
    const clients = await cut((socket) => {
      socket.write("POST /upload HTTP/1.1\r\nHost: e2e.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1");
      return null;
    });
    inTime(clients, BODY);
  });

  test("a connection on which nothing is asked, or nothing more", async () => {
    // No request at all is a head that does not come.
    inTime(await cut(() => null), Math.min(HEAD, KEEP_ALIVE));
    const clients = await cut((socket) => {
      socket.write("GET /good HTTP/1.1\r\nHost: e2e.test\r\n\r\n");
      return null;
    });
    inTime(clients, KEEP_ALIVE);
    // RFC 9112 §9.5: an idle connection is closed without a word.
    for (const { received } of clients) expect(received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test("a reply that nobody reads: cut when timeouts.write is over, and the upstream is let go", async () => {
    // The end is seen by reading: that begins when the edge must have given up.
    const blind = 2 * WRITE;
    const behave = (socket: Socket): null => {
      socket.pause();
      socket.write(`GET /download/${1024 ** 3} HTTP/1.1\r\nHost: e2e.test\r\n\r\n`);
      setTimeout(() => socket.resume(), blind);
      return null;
    };
    const clients = await cut(behave, false, 10);
    // Whoever was not cut reads a gigabyte now.
    for (const { cutAfter } of clients) expect(cutAfter).toBeLessThan(blind + TOLERANCE);
    await untilIdle(edge);
  });

  test("nothing is left behind", async () => {
    await untilIdle(edge);
  });
});
