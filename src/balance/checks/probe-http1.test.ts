import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Socket } from "node:net";
import type { CheckHttp } from "../../contract/health-plan.ts";
import { VERSION } from "../../version.ts";
import { makeAuthority, makeCertificate } from "../../tls/certificate-for-tests.ts";
import { checked, HTTP, pour, Servers, SHORT, told, verdict } from "./servers-for-tests.ts";

const servers = new Servers();
afterAll(() => servers.close());

/** A target that answers each connection with these bytes once a request has come. */
function answering(...parts: ReadonlyArray<string | Buffer>): Promise<number> {
  return servers.tcp((socket) => {
    socket.once("data", () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
  });
}

/** What the check of such a target says, beyond its connect. */
async function of(http: Partial<CheckHttp>, ...parts: ReadonlyArray<string | Buffer>): Promise<string | undefined> {
  return verdict(await checked(await answering(...parts), { kind: "http", http: { ...HTTP, ...http } }));
}

async function withHandler(onSocket: (socket: Socket) => void, http: Partial<CheckHttp> = {}, timeout = SHORT) {
  const port = await servers.tcp(onSocket);
  return verdict(await checked(port, { kind: "http", http: { ...HTTP, ...http }, timeout }));
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("the request", () => {
  async function sent(http: Partial<CheckHttp>): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const port = await servers.tcp((socket) => {
      socket.once("data", (bytes) => {
        resolve(bytes.toString("latin1"));
        socket.end(OK);
      });
    });
    await checked(port, { kind: "http", http: { ...HTTP, ...http } });
    return (await promise).replaceAll(String(port), "PORT");
  }

  test("says who asks, and that nothing follows", async () => {
    expect(await sent({})).toBe(
      `GET /healthz HTTP/1.1\r\nHost: shop.internal:PORT\r\nUser-Agent: roundtrip-health/${VERSION}\r\n` +
        "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
    );
  });

  test("has the method, path and Host of the check", async () => {
    const request = await sent({ method: "POST", path: "/ready?deep=1", host: "shop.example" });
    expect(request).toStartWith("POST /ready?deep=1 HTTP/1.1\r\nHost: shop.example\r\n");
    expect(request).toContain("\r\nContent-Length: 0\r\n");
  });
});

describe("what is good", () => {
  test.each([
    ["with a length", [OK]],
    ["chunked", ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"]],
    ["until the connection closes", ["HTTP/1.0 200 OK\r\n\r\n", "ok"]],
    ["after interim answers", ["HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", OK]],
    ["in small pieces", OK.split("")],
  ] as ReadonlyArray<[string, readonly string[]]>)("an answer %s", async (_, parts) => {
    expect(await of({ body: "ok" }, ...parts)).toBe('http: 200, body holds "ok"');
    expect(await of({ body: /^OK$/i }, ...parts)).toBe("http: 200, body matches /^OK$/i");
    expect(await of({}, ...parts)).toBe("http: 200");
  });

  test("a status of the check's ranges, without following a redirect", async () => {
    expect(await of({}, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")).toBe(
      "http: 302",
    );
    const statuses = [
      { from: 200, to: 204 },
      { from: 401, to: 401 },
    ];
    expect(await of({ statuses }, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")).toBe("http: 401");
    expect(await of({ statuses }, "HTTP/1.1 205 No\r\nContent-Length: 0\r\n\r\n")).toBe(
      "http FAILED: 205, expected 200-204, 401",
    );
  });

  test("HEAD, whose answer has no body whatever its length says", async () => {
    expect(await of({ method: "HEAD" }, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")).toBe("http: 200");
  });

  test("a global pattern, each time", async () => {
    const body = /o/g;
    const port = await answering(OK);
    for (let round = 0; round < 3; round++) {
      expect(verdict(await checked(port, { kind: "http", http: { ...HTTP, body } }))).toStartWith("http: 200");
    }
  });

  test("a body beyond 64 KiB whose beginning is good; the rest is not waited for", async () => {
    const endless = (socket: Socket): void => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n ok ");
      pour(socket, Buffer.alloc(16_384, 0x61));
    };
    expect(await withHandler(endless, { body: "ok" }, 2000)).toBe('http: 200, body holds "ok"');
    expect(await withHandler(endless, { body: "missing" }, 2000)).toBe(
      'http FAILED: 200, but the first 64 KiB of the body do not hold "missing"',
    );
    expect(await servers.left()).toBe(0);
  });
});

describe("what is not", () => {
  const cases: ReadonlyArray<[string, Partial<CheckHttp>, string, string]> = [
    ["status", {}, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "503, expected 200-399"],
    ["body", { body: "fine" }, OK, '200, but the body does not hold "fine"'],
    ["body by pattern", { body: /^fine/ }, OK, "200, but the body does not match /^fine/"],
    ["nothing", {}, "", "connection closed without an answer"],
    ["only an interim answer", {}, "HTTP/1.1 100 Continue\r\n\r\n", "connection closed without an answer"],
    ["half a head", {}, "HTTP/1.1 200 OK\r\nContent-", "connection closed in the head of the answer"],
    [
      "half a body",
      {},
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
      "200, but connection closed before the end of the body",
    ],
    ["another protocol", {}, "SSH-2.0-OpenSSH_9.2p1\r\n", "the answer is not valid HTTP/1.1 (version-malformed)"],
    [
      "two lengths",
      {},
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
      "the answer is not valid HTTP/1.1 (content-length-repeated)",
    ],
    [
      "bad chunks",
      {},
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "200, but the coding of the body is malformed",
    ],
    [
      "a huge head",
      {},
      `HTTP/1.1 200 OK\r\n${"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(1000)}\r\n`,
      "the answer's fields are too large",
    ],
    ["TLS", {}, "\x15\x03\x01\x00\x02\x02\x46", "the target speaks TLS, the check does not"],
  ];
  test.each(cases)("%s", async (_, http, answer, words) => {
    expect(await of(http, answer)).toBe(`http FAILED: ${words}`);
  });

  test("a reset, before the answer and within it", async () => {
    const before = (socket: Socket): void => void socket.once("data", () => socket.resetAndDestroy());
    expect(await withHandler(before, {}, 2000)).toBe("http FAILED: connection reset");
    const within = (socket: Socket): void => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
      setTimeout(() => socket.resetAndDestroy(), 20);
    };
    expect(await withHandler(within, {}, 2000)).toBe("http FAILED: 200, but connection reset");
  });
});

describe("targets that take their time", () => {
  test("a frozen one: it is the layer that was waited for which fails", async () => {
    const layers = await checked(await servers.tcp(), { kind: "http", http: HTTP, timeout: SHORT });
    expect(told(layers)).toEqual(["tcp: connected", `http FAILED: no answer within ${SHORT} ms`]);
    expect(await servers.left()).toBe(0);
  });

  test("a head that drips", async () => {
    const drip = (socket: Socket): void => {
      const timer = setInterval(() => socket.write("X: y\r\n"), 5);
      socket.write("HTTP/1.1 200 OK\r\n");
      socket.on("close", () => clearInterval(timer));
    };
    expect(await withHandler(drip)).toBe(`http FAILED: no answer within ${SHORT} ms`);
  });

  test("a body that drips", async () => {
    const drip = (socket: Socket): void => {
      const timer = setInterval(() => socket.write("a"), 5);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      socket.on("close", () => clearInterval(timer));
    };
    expect(await withHandler(drip)).toBe(`http FAILED: 200, but no end of the body within ${SHORT} ms`);
  });

  test("interim answers without end", async () => {
    const early = Buffer.from("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500));
    expect(await withHandler((socket) => pour(socket, early), {}, 2000)).toBe(
      "http FAILED: no end of the answer within 1 MiB",
    );
    expect(await servers.left()).toBe(0);
  });
});

const authority = await makeAuthority("authority of the tests");
const certificate = await makeCertificate({ names: ["good.test"], issuer: authority });

describe("over TLS", () => {
  const plan = { kind: "http", http: HTTP, tls: { serverName: "good.test", verify: true } } as const;

  test("three layers", async () => {
    const port = await servers.tls(certificate, (socket) => socket.once("data", () => socket.end(OK)));
    expect(told(await checked(port, plan, { ca: authority.certificate }))).toEqual([
      "tcp: connected",
      "tls: TLSv1.3, certificate good for 90 days",
      "http: 200",
    ]);
    expect(await servers.left()).toBe(0);
  });

  test("a target that agrees on TLS and is broken within", async () => {
    const port = await servers.tls(certificate, (socket) => socket.once("data", () => socket.end("nonsense")));
    expect(told(await checked(port, plan, { ca: authority.certificate })).slice(1)).toEqual([
      "tls: TLSv1.3, certificate good for 90 days",
      "http FAILED: the answer is not valid HTTP/1.1 (version-malformed)",
    ]);
  });

  test("a target that speaks only HTTP/2", async () => {
    const port = await servers.tls(certificate, () => {}, { ALPNProtocols: ["h2"] });
    expect(verdict(await checked(port, plan, { ca: authority.certificate }))).toBe(
      "tls FAILED: the target does not speak http/1.1 (ALPN)",
    );
  });

  test("a certificate that is not trusted: no request is sent", async () => {
    let received = 0;
    const port = await servers.tls(await makeCertificate({ names: ["good.test"] }), (socket) => {
      socket.on("data", (bytes) => (received += bytes.length));
    });
    expect(verdict(await checked(port, plan, { ca: authority.certificate }))).toBe(
      "tls FAILED: certificate is self-signed",
    );
    expect(await servers.left()).toBe(0);
    expect(received).toBe(0);
  });
});

describe("whatever a target answers", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        "HTTP/1.1 200 OK\r\n",
        "Content-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "\r\n",
        "5\r\n",
        "0\r\n",
      )
      .map((text) => Buffer.from(text)),
  );

  test("the check ends, in words, and nothing stays open", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const port = await answering(...pieces);
        const layers = await checked(port, { kind: "http", http: HTTP });
        expect(layers).toHaveLength(2);
        expect(layers[1]!.detail.length).toBeGreaterThan(2);
        expect(layers[1]!.detail).toMatch(/^[\x20-\x7e…]*$/);
      }),
      { numRuns: 60 },
    );
    expect(await servers.left()).toBe(0);
  });
});
