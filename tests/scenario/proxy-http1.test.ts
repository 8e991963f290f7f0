/** What a client and an origin see of each other through the edge, byte for byte. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { echo, ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { bodyOf, isComplete, raw, statusOf, unchunk, type Part, type RawOptions } from "./support/raw-client.ts";

const HOST = "Host: h.example\r\n";
const CHUNKED =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: v\r\nContent-Length: 3\r\n\r\n";

let origin: Origin;
let edge: TestEdge;

function answer(request: Received): void {
  const { socket, path } = request;
  const write = (text: string): void => void socket.write(Buffer.from(text, "latin1"));
  if (path.startsWith("/chunked-bytes")) {
    void (async () => {
      for (let at = 0; at < CHUNKED.length; at++) {
        write(CHUNKED[at]!);
        await Bun.sleep(1);
      }
    })();
  } else if (path.startsWith("/chunked")) write(CHUNKED);
  else if (path.startsWith("/until-close")) socket.end("HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nuntil close");
  else if (path.startsWith("/http10")) socket.end("HTTP/1.0 200 OK\r\nX-A: 1\r\nContent-Length: 3\r\n\r\nold");
  else if (path.startsWith("/204")) write("HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n");
  else if (path.startsWith("/304")) write('HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: "x"\r\n\r\n');
  else if (path.startsWith("/truncated-chunk"))
    socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  else if (path.startsWith("/truncated")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
  else if (path.startsWith("/bad-field")) write("HTTP/1.1 200 OK\r\nBad Field: 1\r\n\r\n");
  else if (path.startsWith("/two-lengths"))
    write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
  else if (path.startsWith("/hop"))
    write(
      "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nx-KEEP: 2\r\nContent-Length: 2\r\n\r\nok",
    );
  else if (path.startsWith("/early-hints"))
    write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  else if (path.startsWith("/upgrade-unasked"))
    write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  else if (path.startsWith("/upgrade")) {
    socket.on("tunnel", (bytes: Buffer) => socket.write(bytes));
    write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello");
  } else if (path.startsWith("/extra"))
    write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  else if (path.startsWith("/big")) ok(request, "x".repeat(8 << 20));
  else echo(request);
}

function onHead(request: Received): void {
  if (!/\r\nexpect:/i.test(request.head)) return;
  if (request.path.startsWith("/refuse"))
    request.socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  else request.socket.write("HTTP/1.1 100 Continue\r\nX-I: 1\r\n\r\n");
}

beforeAll(async () => {
  origin = await startOrigin(answer, onHead);
  edge = await edgeBefore([origin]);
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
});

const send = (parts: readonly Part[], options: RawOptions = { until: isComplete }): Promise<string> =>
  raw(edge.port, parts, options);
const get = (target: string, fields = "", method = "GET"): Promise<string> =>
  send([`${method} ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`]);

describe("fields", () => {
  test("end-to-end fields pass byte for byte, hop-by-hop ones and those named by Connection do not", async () => {
    const reply = await get(
      "/a?b=1",
      "X-Real-IP: 9.9.9.9\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\nConnection: keep-alive, X-Foo\r\nX-Foo: bar\r\nx-oK:  1 \r\nTE: trailers\r\nKeep-Alive: 3\r\nX-ok: 2\r\n",
    );
    expect(statusOf(reply)).toBe(200);
    const seen = bodyOf(reply);
    expect(seen).toStartWith("GET /a?b=1 HTTP/1.1\r\nHost: h.example\r\nx-oK:  1 \r\nX-ok: 2\r\n");
    for (const gone of ["9.9.9.9", "1.1.1.1", "X-Foo", "Keep-Alive", "TE:", "Connection:"])
      expect(seen).not.toContain(gone);
    expect(seen).toContain("\r\nX-Real-IP: 127.0.0.1\r\n");
    expect(seen).toContain("\r\nX-Forwarded-For: 127.0.0.1\r\n");
    expect(seen).toContain("\r\nX-Forwarded-Proto: http\r\n");
    expect(seen).toContain("\r\nX-Forwarded-Host: h.example\r\n");
    expect(seen).toContain(`\r\nX-Forwarded-Port: ${edge.port}\r\n`);
    expect(seen).toContain('\r\nForwarded: for=127.0.0.1;proto=http;host="h.example"\r\n');
    expect(seen).toContain("\r\nVia: 1.1 roundtrip\r\n");
    expect(seen).toMatch(/\r\ntraceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01\r\n/);
  });

  test("obs-text passes", async () => {
    expect(bodyOf(await get("/", "X-O: \xe9\xff\r\n"))).toContain("X-O: \xe9\xff\r\n");
  });

  test("a response's hop-by-hop fields stay here", async () => {
    const reply = await get("/hop");
    expect(reply).not.toMatch(/keep-alive/i);
    expect(reply).not.toContain("X-Hop");
    expect(reply).toContain("\r\nx-KEEP: 2\r\n");
    expect(reply).toContain("\r\nVia: 1.1 roundtrip\r\n");
    expect(reply).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  });

  test("traceparent is honoured and passed on with a span of our own", async () => {
    const seen = bodyOf(await get("/", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\n"));
    expect(seen).toMatch(
      /\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-00\r\n/,
    );
  });
});

describe("requests in pieces", () => {
  test("a request split at every byte", async () => {
    const request = `POST /x HTTP/1.1\r\n${HOST}Content-Length: 5\r\nX-Y: z\r\n\r\nhello`;
    const replies = await Promise.all(
      Array.from({ length: request.length - 1 }, (_, i) => send([request.slice(0, i + 1), 3, request.slice(i + 1)])),
    );
    for (const reply of replies) {
      expect(statusOf(reply)).toBe(200);
      expect(reply).toEndWith("|hello");
    }
  });

  test("byte by byte", async () => {
    const request = `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
    const reply = await send(
      request.split("").flatMap((byte) => [byte, 1]),
      { until: isComplete, wait: 5_000 },
    );
    expect(unchunk(bodyOf(reply).split("|")[1]!)).toBe("hello");
  });

  test("a chunked request, framed again with its trailers, split at every byte", async () => {
    const request = `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n06\r\n world\r\n0\r\nX-T: 1\r\nHost: evil\r\n\r\n`;
    const whole = bodyOf(await send([request])).split("|")[1]!;
    expect(unchunk(whole)).toBe("hello world");
    expect(whole).toEndWith("0\r\nX-T: 1\r\n\r\n");
    expect(whole).not.toContain("a=b");
    const replies = await Promise.all(
      Array.from({ length: request.length - 1 }, (_, i) => send([request.slice(0, i + 1), 3, request.slice(i + 1)])),
    );
    for (const reply of replies) expect(unchunk(bodyOf(reply).split("|")[1]!)).toBe("hello world");
  });

  test("pipelined requests are answered in order, however they are split", async () => {
    const requests = `GET /p1 HTTP/1.1\r\n${HOST}\r\nPOST /p2 HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabcGET /p3 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;
    const splits = Array.from({ length: Math.floor(requests.length / 3) }, (_, i) => 1 + 3 * i);
    const replies = await Promise.all(splits.map((at) => send([requests.slice(0, at), 3, requests.slice(at)], {})));
    for (const reply of replies) {
      expect(reply.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
      expect([reply.indexOf("/p1"), reply.indexOf("/p2"), reply.indexOf("/p3")].every((at) => at > 0)).toBe(true);
      expect(reply.indexOf("/p1")).toBeLessThan(reply.indexOf("/p2"));
      expect(reply.indexOf("/p2")).toBeLessThan(reply.indexOf("/p3"));
      expect(reply).toContain("|abc");
    }
  });

  test("an empty line before a request", async () => {
    expect(statusOf(await send([`\r\nGET /l HTTP/1.1\r\n${HOST}\r\n`]))).toBe(200);
  });
});

describe("targets", () => {
  test("absolute-form becomes origin-form and rules over Host (RFC 9112 §3.2.2)", async () => {
    const seen = bodyOf(await send([`GET http://other.example:81/abs?q HTTP/1.1\r\n${HOST}\r\n`]));
    expect(seen).toStartWith("GET /abs?q HTTP/1.1\r\n");
    expect(seen).toContain("\r\nHost: other.example:81\r\n");
    expect(seen).not.toContain("h.example\r\n");
    expect(bodyOf(await send([`GET http://other.example HTTP/1.1\r\n${HOST}\r\n`]))).toStartWith("GET / HTTP/1.1\r\n");
    expect(bodyOf(await send([`GET http://other.example?x=1 HTTP/1.1\r\n${HOST}\r\n`]))).toStartWith(
      "GET /?x=1 HTTP/1.1\r\n",
    );
  });

  test("dot segments are resolved before they go on", async () => {
    expect(bodyOf(await get("/a/%2e%2e/b/./c"))).toStartWith("GET /b/c HTTP/1.1\r\n");
  });

  test("a path that the next hop could read otherwise is refused", async () => {
    expect(statusOf(await get("/a/..%2fb"))).toBe(400);
  });
});

describe("HTTP/1.0", () => {
  test("a request is answered with close and goes on as HTTP/1.1", async () => {
    const reply = await send(["GET /v10 HTTP/1.0\r\n\r\n"], {});
    expect(statusOf(reply)).toBe(200);
    expect(reply).toMatch(/\r\nConnection: close\r\n/);
    expect(bodyOf(reply)).toStartWith("GET /v10 HTTP/1.1\r\n");
    expect(bodyOf(reply)).toContain(`\r\nHost: ${origin.address}\r\n`);
  });

  test("a chunked response is sent without chunks", async () => {
    for (const path of ["/chunked", "/chunked-bytes"]) {
      const reply = await send([`GET ${path} HTTP/1.0\r\n\r\n`], {});
      expect(reply).toEndWith("\r\n\r\nhello world");
      expect(reply).not.toMatch(/Transfer-Encoding/i);
    }
  });

  test("keep-alive on request", async () => {
    const reply = await send(["GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"]);
    expect(reply).toMatch(/\r\nConnection: keep-alive\r\n/);
  });
});

describe("responses", () => {
  test("chunked, framed again, with trailers that may be sent", async () => {
    for (const path of ["/chunked", "/chunked-bytes"]) {
      const reply = await get(path);
      expect(unchunk(bodyOf(reply))).toBe("hello world");
      expect(reply).toEndWith("0\r\nX-T: v\r\n\r\n");
      expect(reply).not.toContain("ext=1");
    }
  });

  test("until close becomes chunked, so that its end can be told", async () => {
    const reply = await get("/until-close");
    expect(reply).toMatch(/\r\nTransfer-Encoding: chunked\r\n/);
    expect(unchunk(bodyOf(reply))).toBe("until close");
    expect(reply).toEndWith("0\r\n\r\n");
  });

  test("of an HTTP/1.0 origin", async () => {
    const reply = await get("/http10");
    expect(reply).toStartWith("HTTP/1.1 200");
    expect(reply).toEndWith("\r\n\r\nold");
  });

  test("HEAD, 204 and 304 have no body and the connection goes on", async () => {
    const requests = `HEAD /h HTTP/1.1\r\n${HOST}\r\nGET /204 HTTP/1.1\r\n${HOST}\r\nGET /304 HTTP/1.1\r\n${HOST}\r\nGET /last HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;
    const reply = await send([requests], {});
    expect(reply.match(/HTTP\/1\.1 (200|204|304)/g)).toHaveLength(4);
    expect(reply).toContain("GET /last");
  });

  test("a truncated one resets the client and never looks whole", async () => {
    expect(await get("/truncated").then(isComplete)).toBe(false);
    const chunked = await get("/truncated-chunk");
    expect(chunked).not.toContain("\r\n0\r\n");
  });

  test("one that could be read two ways is a 502", async () => {
    for (const path of ["/bad-field", "/two-lengths"]) {
      const reply = await get(path);
      expect(statusOf(reply)).toBe(502);
      expect(reply).toMatch(/\r\nProxy-Status: roundtrip; error=/i);
      expect(reply).not.toContain("127.0.0.1");
    }
  });

  test("bytes behind a response are never taken for the next one", async () => {
    for (let i = 0; i < 3; i++) expect(bodyOf(await get("/extra"))).toBe("ok");
    expect(bodyOf(await get("/after"))).toStartWith("GET /after");
  });

  test("103 passes before the response, and not to HTTP/1.0", async () => {
    const both = await send([`GET /early-hints HTTP/1.1\r\n${HOST}\r\n`], {
      until: (text) => text.endsWith("\r\n\r\nok"),
    });
    expect(both).toStartWith("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n");
    expect(both).toContain("\r\n\r\nHTTP/1.1 200 OK\r\n");
    expect(await send(["GET /early-hints HTTP/1.0\r\n\r\n"], {})).toStartWith("HTTP/1.1 200");
  });

  test("8 MB, also to a slow reader", async () => {
    const reply = await send([`GET /big HTTP/1.1\r\n${HOST}\r\n`], {
      until: (text) => text.length > 8 << 20 && isComplete(text),
      wait: 10_000,
    });
    expect(bodyOf(reply).length).toBe(8 << 20);
  });
});

describe("uploads", () => {
  test("3 MB", async () => {
    const body = Buffer.alloc(3 << 20, "y");
    const reply = await send([`PUT /up HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n`, body], {
      until: isComplete,
      wait: 10_000,
    });
    expect(statusOf(reply)).toBe(200);
    expect(bodyOf(reply).split("|")[1]!.length).toBe(body.length);
  });

  test("Expect: 100-continue is asked of the origin, and its answer passed on", async () => {
    const reply = await send(
      [`POST /ex HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`, 100, "body"],
      { until: (text) => text.includes("|body") },
    );
    expect(reply).toStartWith("HTTP/1.1 100 Continue\r\n");
    expect(reply).toContain("HTTP/1.1 200 OK");
    expect(reply).toEndWith("|body");
  });

  test("an expectation that the origin refuses ends the connection", async () => {
    const reply = await send([`POST /refuse HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`], {});
    expect(statusOf(reply)).toBe(413);
    expect(reply).toMatch(/\r\nConnection: close\r\n/);
  });
});

describe("tunnels", () => {
  const asked = `GET /upgrade HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: echo\r\n\r\n`;

  test("bytes go both ways untouched", async () => {
    const reply = await send([asked, 50, "ping1", 30, "ping2"], { until: (text) => text.endsWith("ping2") });
    expect(statusOf(reply)).toBe(101);
    expect(reply).toContain("\r\nConnection: Upgrade\r\nUpgrade: echo\r\n");
    expect(reply).toEndWith("helloping1ping2");
  });

  test("bytes that come with the request follow it into the tunnel", async () => {
    const reply = await send([`${asked}early`], { until: (text) => text.endsWith("early") });
    expect(reply).toEndWith("helloearly");
  });

  test("a half-close passes through", async () => {
    expect(await send([asked, 50, "bye"], { end: true })).toEndWith("hellobye");
  });

  test("101 without being asked is a 502", async () => {
    expect(statusOf(await get("/upgrade-unasked"))).toBe(502);
  });
});

test("a half-closed client is still answered", async () => {
  expect(statusOf(await send([`GET /hc HTTP/1.1\r\n${HOST}\r\n`], { end: true }))).toBe(200);
});

test("a hundred at once", async () => {
  const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => get(`/c${i}`)));
  replies.forEach((reply, i) => expect(bodyOf(reply)).toStartWith(`GET /c${i} `));
});
