/**
 * A reply that comes while the client is still sending must arrive (RFC 9112 §9.6): closing with unread bytes would
 * make the kernel send RST, and that may destroy what the client has not read yet.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { startEdge, untilIdle, type EdgeProcess } from "./support/edge-process.ts";
import { freePort } from "./support/free-port.ts";
import { startScript, untilSaid, type Running } from "./support/processes.ts";

/** Several processes are started and a while goes by, on a machine that may be busy. */
setDefaultTimeout(30_000);

const KB = 1024;
const MB = 1024 * KB;
const LINGER = 1000;
const LIMIT = 100 * KB;

let origin: Running;
let edge: EdgeProcess;

beforeAll(async () => {
  // The stress test's origin answers /early before the body has come.
  origin = startScript(join(import.meta.dir, "../stress/origin.ts"), { index: 0 });
  const [, port] = await untilSaid(origin, /port (\d+)/);
  edge = await startEdge(`const config = {
    pools: {
      main: { targets: ["127.0.0.1:${port}"] },
      dead: { targets: ["127.0.0.1:${await freePort()}"] },
    },
    routes: [
      { match: { path: ["/early/*", "/upload/*"] }, proxy: "main" },
      { match: { path: "/dead" }, proxy: "dead" },
      { match: { path: "/fixed" }, respond: { body: "fixed" } },
      { match: { path: "/handler" }, handler: () => new Response("handled", { status: 401 }) },
    ],
    limits: { body: "${LIMIT}B", head: "16KB", field: "8KB", requestLine: "4KB" },
    timeouts: { linger: "${LINGER}ms", lingerTotal: "${LINGER}ms" },
  };`);
});

afterAll(async () => {
  await edge?.stop();
  await origin?.stop();
});

interface Sent {
  readonly received: string;
  /** How the connection ended. */
  readonly end: string;
  readonly milliseconds: number;
}

/** Sends all of it before it reads a byte, as many simple clients do; `pause` milliseconds between two pieces. */
function sendThenRead(pieces: readonly Buffer[], pause = 0): Promise<Sent> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect({ port: edge.port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    let received = "";
    let end = "still open";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ received, end, milliseconds: performance.now() - began });
    };
    const timer = setTimeout(finish, 5000);
    socket.pause();
    socket.on("error", (error) => {
      end = error.message;
    });
    socket.on("close", finish);
    socket.on("end", () => {
      end = "closed";
      finish();
    });
    socket.on("connect", () => void send());
    const send = async (): Promise<void> => {
      for (const piece of pieces) {
        if (socket.destroyed) break;
        await new Promise<void>((done) => socket.write(piece, () => done()));
        if (pause > 0) await Bun.sleep(pause);
      }
      socket.on("data", (bytes: Buffer) => {
        received += bytes.latin1Slice();
        if (isKept(received)) {
          end = "kept";
          finish();
        }
      });
      socket.resume();
    };
  });
}

/** The reply is whole, and does not announce the end of the connection. */
function isKept(received: string): boolean {
  return isWhole(received) && !/^[^]*?\r\nconnection: close\r\n[^]*?\r\n\r\n/i.test(received);
}

function isWhole(received: string): boolean {
  const end = received.indexOf("\r\n\r\n") + 4;
  if (end < 4) return false;
  const fields = received.slice(0, end);
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(fields)) return received.endsWith("\r\n0\r\n\r\n");
  return received.length === end + Number(/\r\ncontent-length: (\d+)/i.exec(fields)?.[1]);
}

function expectWhole({ received, end }: Sent, status: number): void {
  expect(end).toMatch(/^(closed|kept)$/);
  expect(received).toStartWith(`HTTP/1.1 ${status} `);
  expect(isWhole(received)).toBe(true);
}

const head = (line: string, fields: string): Buffer =>
  Buffer.from(`${line} HTTP/1.1\r\nHost: e2e.test\r\n${fields}\r\n\r\n`);
const zeros = (length: number): Buffer => Buffer.alloc(length, "0");
const chunk = (length: number): Buffer =>
  Buffer.concat([Buffer.from(`${length.toString(16)}\r\n`), zeros(length), Buffer.from("\r\n")]);
const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

const bigHead = Buffer.from(`X-A: ${"a".repeat(1000)}\r\n`.repeat(50));
const nonsense = Buffer.from(`\x16\x03\x01${"x\r\n".repeat(10_000)}`);

/** What is wrong, the status, and what is sent. */
const ERRORS: ReadonlyArray<readonly [string, number, readonly Buffer[]]> = [
  [
    "a length beyond the limit",
    413,
    [head("POST /upload/1/10", `Content-Length: ${20 * MB}`), ...times(20, zeros(MB))],
  ],
  [
    "chunks beyond the limit",
    413,
    [head("POST /upload/1/10", "Transfer-Encoding: chunked"), ...times(300, chunk(64 * KB))],
  ],
  ["a head beyond the limit", 431, [Buffer.from("GET / HTTP/1.1\r\nHost: e2e.test\r\n"), ...times(40, bigHead)]],
  ["a request line beyond the limit", 414, [Buffer.from("GET /"), ...times(20, zeros(64 * KB))]],
  ["no HTTP at all", 400, times(40, nonsense)],
  [
    "a bad chunk",
    400,
    [head("POST /upload/1/10", "Transfer-Encoding: chunked"), Buffer.from("zz\r\n"), ...times(20, zeros(100 * KB))],
  ],
];

const REPLIES: ReadonlyArray<readonly [string, number, readonly Buffer[]]> = [
  ["no such route", 404, [head("POST /nowhere", `Content-Length: ${LIMIT}`), zeros(LIMIT)]],
  ["an upstream that is not there", 502, [head("POST /dead", `Content-Length: ${LIMIT}`), zeros(LIMIT)]],
  ["a handler that does not read", 401, [head("POST /handler", `Content-Length: ${LIMIT}`), zeros(LIMIT)]],
  ["a fixed reply", 200, [head("POST /fixed", `Content-Length: ${LIMIT}`), zeros(LIMIT)]],
  ["an upstream that answers early", 403, [head("POST /early/7/5000", `Content-Length: ${LIMIT}`), zeros(LIMIT)]],
  [
    "a fixed reply to a body that turns out to be malformed",
    200,
    [head("POST /fixed", "Transfer-Encoding: chunked"), Buffer.from("zz\r\n"), ...times(20, zeros(100 * KB))],
  ],
  [
    "a fixed reply to a body that turns out to be too long",
    200,
    [head("POST /fixed", "Transfer-Encoding: chunked"), ...times(300, chunk(64 * KB))],
  ],
];

describe("a client that sends all before it reads gets the whole reply", () => {
  test.each([...ERRORS, ...REPLIES])("%s: %d", async (_name, status, pieces) => {
    const all = await Promise.all(times(5, pieces).map((one) => sendThenRead(one)));
    for (const sent of all) expectWhole(sent, status);
  });

  test.each([...ERRORS, ...REPLIES])("%s: %d, while what follows comes slowly", async (_name, status, pieces) => {
    expectWhole(await sendThenRead(pieces.slice(0, 8), 30), status);
  });
});

describe("lingering ends", () => {
  test("a client that sends for ever is cut when timeouts.lingerTotal is over", async () => {
    const began = performance.now();
    const took = await new Promise<number>((resolve) => {
      const socket = connect({ port: edge.port, host: "127.0.0.1", allowHalfOpen: true });
      const timer = setInterval(() => {
        if (!socket.destroyed) socket.write(zeros(1000));
      }, 20);
      socket.resume();
      socket.on("error", () => {});
      socket.on("connect", () => socket.write(head("POST /handler", `Content-Length: ${1024 * MB}`)));
      socket.on("close", () => {
        clearInterval(timer);
        resolve(performance.now() - began);
      });
    });
    expect(took).toBeGreaterThan(0.5 * LINGER);
    expect(took).toBeLessThan(LINGER + 5000);
  });

  test("nothing is left behind", async () => {
    await untilIdle(edge);
  });
});
