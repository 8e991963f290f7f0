import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { encodeRequest, sendClientRequest, type ClientView } from "./client-request.ts";
import { ResponseReader } from "./response-reader.ts";

let server: Server | null = null;
afterEach(() => {
  server?.close();
  server = null;
});

/** Answers every request head as `respond` does; resolves with the port. */
function listen(respond: (socket: Socket, received: string) => void): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server = createServer((socket) => {
    let received = "";
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      received += String(bytes);
      if (received.includes("\r\n\r\n")) respond(socket, received);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server?.address();
    resolve(typeof address === "object" && address !== null ? address.port : 0);
  });
  return promise;
}

function send(port: number, host = "127.0.0.1", timeout = 2000): Promise<ClientView> {
  const url = new URL(`http://${host}:${port}/a?b`);
  return sendClientRequest({ method: "GET", url, fields: (address) => [["X-To", address]], body: null, timeout });
}

describe("sendClientRequest", () => {
  test("times each step, and asks for the fields with the address", async () => {
    let head = "";
    const port = await listen((socket, received) => {
      head = received;
      // One after the other, so that a late timer makes no pause shorter.
      const after = (wait: number, say: string, then: () => void = () => {}): void => {
        setTimeout(() => {
          socket.write(say);
          then();
        }, wait);
      };
      after(20, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le", () =>
        after(10, "ngth: 5\r\nX: y\r\n\r\nhel", () => after(30, "lo")),
      );
    });
    const view = await send(port, "localhost");
    expect(head).toBe(
      `GET /a?b HTTP/1.1\r\nHost: localhost:${port}\r\nX-To: 127.0.0.1\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
    );
    expect(view).toMatchObject({ address: `localhost:${port}`, status: 200, bodyBytes: 5, error: "" });
    expect(view.fields).toContainEqual(["X", "y"]);
    expect(view.waitMs).toBeGreaterThan(15);
    expect(view.receiveMs).toBeGreaterThan(20);
    const sum = view.lookupMs! + view.connectMs! + view.sendMs! + view.waitMs! + view.receiveMs!;
    expect(Math.abs(view.totalMs - sum)).toBeLessThan(0.01);
  });

  test("an address needs no lookup", async () => {
    const port = await listen((socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
    expect((await send(port)).lookupMs).toBe(0);
  });

  test("says what went wrong, and keeps what it saw", async () => {
    const closed = await listen((socket) => socket.end());
    expect(await send(closed)).toMatchObject({ status: 0, error: "the connection was closed without a response" });
    server?.close();
    const cut = await listen((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"));
    expect(await send(cut)).toMatchObject({ status: 200, bodyBytes: 3, error: "the response was cut off" });
    server?.close();
    const mute = await listen(() => undefined);
    expect(await send(mute, "127.0.0.1", 60)).toMatchObject({ status: 0, waitMs: null, error: "no end after 60 ms" });
    server?.close();
    const strange = await listen((socket) => socket.end("SSH-2.0-x\r\n\r\n"));
    expect((await send(strange)).error).toBe("the answer is not an HTTP/1 response");
  });

  test("a port that nobody listens on", async () => {
    const port = await listen(() => undefined);
    server?.close();
    server = null;
    const view = await send(port);
    expect(view).toMatchObject({ status: 0, connectMs: null });
    expect(view.error).toContain("refused");
  });
});

describe("encodeRequest", () => {
  const url = new URL("http://[::1]:8080/x%20y?q");

  test("keeps what is given and adds what is needed", () => {
    const fields = [
      ["Host", "shop.test"],
      ["connection", "keep-alive"],
      ["Accept", "text/html"],
    ] as const;
    expect(encodeRequest({ method: "POST", url, fields, body: Buffer.from("hé") }).toString("utf8")).toBe(
      "POST /x%20y?q HTTP/1.1\r\nHost: shop.test\r\nconnection: keep-alive\r\nAccept: text/html\r\nContent-Length: 3\r\n\r\nhé",
    );
    expect(encodeRequest({ method: "GET", url, fields: [], body: null }).toString()).toContain("Host: [::1]:8080\r\n");
  });

  test.each([
    ["GET /", [], "is not a method"],
    ["GET", [["a b", "c"]], "is not a field name"],
    ["GET", [["a", "b\r\nc: d"]], "holds a character"],
  ] as const)("refuses what would be another request: %s %p", (method, fields, message) => {
    expect(() => encodeRequest({ method, url, fields, body: null })).toThrow(message);
  });
});

describe("ResponseReader", () => {
  /** Whole, and byte by byte. */
  function read(bytes: string, method = "GET"): ResponseReader[] {
    const whole = new ResponseReader(method);
    whole.push(Buffer.from(bytes, "latin1"));
    const single = new ResponseReader(method);
    for (const byte of Buffer.from(bytes, "latin1")) single.push(Buffer.of(byte));
    return [whole, single];
  }

  test.each([
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "GET", true, 3],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "GET", false, 2],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD", true, 0],
    ["HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "GET", true, 0],
    ["HTTP/1.1 101 Switching Protocols\r\n\r\n", "GET", true, 0],
    ["HTTP/1.0 200 OK\r\n\r\nabcd", "GET", false, 4],
    [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
      "GET",
      true,
      13,
    ],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "GET", false, 3],
    ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", true, 0],
  ])("%j to %s", (bytes, method, done, length) => {
    for (const reader of read(bytes, method)) {
      expect(reader.done).toBe(done);
      expect(reader.bodyBytes).toBe(length);
    }
  });

  test("the end of input ends only a body without a length", () => {
    expect(read("HTTP/1.0 200 OK\r\n\r\nabcd").map((reader) => reader.endOfInput())).toEqual([true, true]);
    expect(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcd").map((reader) => reader.endOfInput())).toEqual([
      false,
      false,
    ]);
    expect(new ResponseReader("GET").endOfInput()).toBe(false);
  });

  test("broken chunks are an error", () => {
    expect(() => read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")).toThrow("chunked framing");
  });
});
