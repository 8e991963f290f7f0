/** One side leaves in the middle: the other side learns it soon, and nothing cut off ever looks whole. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { Client } from "./support/client.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { isFreed, ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { AT_ONCE, poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf, fieldOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const MEGABYTE = 1 << 20;
const EARLY = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 6\r\n\r\nenough";

let origin: Origin;
let edge: TestEdge;

function answer(request: Received): void {
  const { socket, path, wire } = request;
  const whole = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const part = (text: string, then: () => void): void => {
    socket.write(text);
    setTimeout(then, 30);
  };
  if (path.startsWith("/never")) return;
  if (path.startsWith("/endless")) {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const piece = Buffer.alloc(65_536, "x");
    // A turn of the event loop between two writes: a loop of callbacks alone would keep the edge from reading.
    const more = (error?: Error | null): void => {
      if ((error ?? null) === null && !socket.destroyed) socket.write(piece, (failed) => setImmediate(more, failed));
    };
    more();
  } else if (path === "/length/reset") part(`${whole}abc`, () => socket.resetAndDestroy());
  else if (path === "/length/fin") part(`${whole}abc`, () => socket.end());
  else if (path === "/chunked/reset") part(`${chunked}3\r\nabc\r\n`, () => socket.resetAndDestroy());
  else if (path === "/chunked/fin") part(`${chunked}3\r\nabc\r\n`, () => socket.end());
  else if (path === "/chunked/bad") part(`${chunked}3\r\nabc\r\n`, () => socket.write("zz\r\n"));
  else if (path === "/close/reset") part("HTTP/1.1 200 OK\r\n\r\nabc", () => socket.resetAndDestroy());
  else if (path === "/head/reset") part("HTTP/1.1 200 OK\r\nConte", () => socket.resetAndDestroy());
  else if (path === "/none/fin") part("", () => socket.end());
  else ok(request, `fine|${wire.length}`);
}

/** Answers before the body has come. */
function onHead({ socket, path }: Received): void {
  if (path.startsWith("/early-close")) socket.end(EARLY.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  else if (path.startsWith("/early")) socket.write(EARLY);
}

beforeAll(async () => {
  origin = await startOrigin((request) => request.path.startsWith("/early") || answer(request), onHead);
  edge = await edgeBefore(
    [origin],
    { retry: { attempts: 0 } },
    { timeouts: { linger: "600ms", lingerTotal: "1200ms", drain: "100ms" }, limits: { body: "10MB" } },
  );
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
});

const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
const post = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\n\r\n`;

describe("the client leaves", () => {
  test("while it waits: the upstream is closed at once", async () => {
    const client = await Client.sending(edge.port, get("/never/wait"));
    const received = await origin.head("/never/wait");
    client.abort();
    const begun = performance.now();
    expect(await isFreed(received)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(AT_ONCE);
    expect((await recordOf(edge, "/never/wait")).fault).toBe("client-aborted");
  });

  for (const framing of ["Content-Length: 1000000", "Transfer-Encoding: chunked"]) {
    test(`in mid-upload (${framing}): the origin sees no end of the body`, async () => {
      const path = `/upload/${framing.length}`;
      const client = await Client.sending(
        edge.port,
        `POST ${path} HTTP/1.1\r\n${HOST}${framing}\r\n\r\n5\r\nhello\r\n`,
      );
      const received = await origin.head(path);
      client.abort();
      expect(await isFreed(received)).toBe(true);
      expect(origin.countOf(path)).toBe(0);
      expect((await recordOf(edge, path)).fault).toBe("client-aborted");
    });
  }

  test("in mid-upload by FIN: that is no whole request either", async () => {
    const client = await Client.sending(edge.port, `${post("/upload/fin", 100)}abc`);
    const received = await origin.head("/upload/fin");
    client.shutdown();
    expect(await isFreed(received)).toBe(true);
    expect(origin.countOf("/upload/fin")).toBe(0);
    client.close();
  });

  test("in mid-download: the upstream stops sending", async () => {
    const client = await Client.sending(edge.port, get("/endless/download"));
    await client.until((text) => text.length > MEGABYTE);
    client.abort();
    const begun = performance.now();
    expect(await isFreed(await origin.head("/endless/download"))).toBe(true);
    expect(performance.now() - begun).toBeLessThan(AT_ONCE);
    const record = await recordOf(edge, "/endless/download");
    expect([record.fault as string, record.status]).toEqual(["client-aborted", 200]);
  });

  test("while it does not read: the upstream is held back, then freed", async () => {
    const client = await Client.open(edge.port);
    client.pause();
    client.write(get("/endless/paused"));
    const received = await origin.head("/endless/paused");
    let written = -1;
    for (let turn = 0; turn < 30 && written !== received.socket.bytesWritten; turn++) {
      written = received.socket.bytesWritten;
      await Bun.sleep(100);
    }
    expect(received.socket.bytesWritten).toBe(written);
    expect(written).toBeLessThan(64 * MEGABYTE);
    client.abort();
    expect(await isFreed(received)).toBe(true);
  });

  test("between two pipelined requests: the second one is not begun", async () => {
    const client = await Client.sending(edge.port, get("/never/pipelined") + get("/pipelined-second"));
    const received = await origin.head("/never/pipelined");
    client.abort();
    expect(await isFreed(received)).toBe(true);
    expect(origin.countOf("/pipelined-second")).toBe(0);
  });
});

describe("the upstream leaves", () => {
  for (const path of ["/length/reset", "/length/fin", "/chunked/reset", "/chunked/fin", "/close/reset"]) {
    test(`${path}: the client is reset after what came`, async () => {
      const client = await Client.sending(edge.port, get(path));
      expect(await client.end()).toBe("reset");
      expect(bodyOf(client.received)).toContain("abc");
      expect(isComplete(client.received)).toBe(false);
      const record = await recordOf(edge, path);
      expect([record.status, record.fault as string]).toEqual([200, "response-truncated"]);
    });
  }

  test("broken chunks in mid-body reset the client too", async () => {
    const client = await Client.sending(edge.port, get("/chunked/bad"));
    expect(await client.end()).toBe("reset");
    expect(isComplete(client.received)).toBe(false);
    expect((await recordOf(edge, "/chunked/bad")).fault).toBe("response-malformed");
  });

  for (const path of ["/head/reset", "/none/fin"]) {
    test(`${path}: without a head it is a 502, and the client's connection goes on`, async () => {
      const client = await Client.open(edge.port);
      const reply = await client.ask(get(path), isComplete);
      expect([statusOf(reply), faultOf(reply)]).toEqual([502, "upstream-closed"]);
      expect(statusOf(await client.ask(get("/fine"), isComplete))).toBe(200);
      client.close();
    });
  }
});

describe("a reply before the body has come", () => {
  for (const path of ["/early", "/early-close"]) {
    test(`${path}: is delivered though the client goes on sending`, async () => {
      const client = await Client.sending(edge.port, post(path, 8 * MEGABYTE));
      const piece = Buffer.alloc(65_536, "b");
      for (let sent = 0; sent < 8 * MEGABYTE && !client.gone; sent += piece.length) {
        client.write(piece);
        await Bun.sleep(0);
      }
      const reply = await client.until(isComplete);
      expect(statusOf(reply)).toBe(413);
      expect(bodyOf(reply)).toBe("enough");
      client.close();
    });
  }

  test("a small rest of the body is read, and the connection goes on", async () => {
    const client = await Client.open(edge.port);
    const reply = await client.ask(`${post("/early/small", 1_000)}${"a".repeat(10)}`, isComplete);
    expect(statusOf(reply)).toBe(413);
    expect(fieldOf(reply, "Connection")).toBeUndefined();
    expect(statusOf(await client.ask(`${"a".repeat(990)}${get("/fine")}`, isComplete))).toBe(200);
    client.close();
  });

  test("a rest that does not come ends the connection within timeouts.linger", async () => {
    const client = await Client.open(edge.port);
    await client.ask(`${post("/early/silent", 1_000)}a`, isComplete);
    expect(await client.end(2_500)).not.toBe("open");
    client.close();
  });
});

describe("lingering close", () => {
  test("delivers the refusal though the client is still sending", async () => {
    const client = await Client.sending(edge.port, post("/linger", 100 * MEGABYTE));
    const piece = Buffer.alloc(65_536, "b");
    for (let sent = 0; sent < 8 * MEGABYTE && !client.gone; sent += piece.length) {
      client.write(piece);
      await Bun.sleep(0);
    }
    expect(await client.end()).toBe("end");
    expect([statusOf(client.received), faultOf(client.received)]).toEqual([413, "body-too-large"]);
    expect(isComplete(client.received)).toBe(true);
    client.close();
  });

  test("does not last for ever", async () => {
    const client = await Client.sending(edge.port, post("/linger", 100 * MEGABYTE));
    await client.end();
    const sending = setInterval(() => client.reset || client.write("more"), 20);
    expect(await poll(() => client.reset, 3_000)).toBe(true);
    clearInterval(sending);
  });

  test("what is sent behind a refused request is never a request", async () => {
    const reply = await raw(edge.port, ["GET / HTTP/1.1\r\nA b\r\n\r\n", get("/behind"), 20, get("/behind")], {
      end: true,
    });
    expect(reply.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(origin.countOf("/behind")).toBe(0);
  });
});
