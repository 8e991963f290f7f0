/** What an origin may answer, and what the edge makes of an answer that breaks the rules: never a guess. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { Client } from "./support/client.ts";
import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { isFreed, ok, startOrigin, type Origin } from "./support/origin.ts";
import { bodyOf, isComplete, raw, statusOf, unchunk } from "./support/raw-client.ts";
import { faultOf, fieldOf, linesOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const LIMITS = { requestLine: "1000B", field: "2000B", fields: 40, head: "4000B" } as const;

let origin: Origin;
let edge: TestEdge;
/** What the origin answers to `/n`: parts, with a pause between two of them. */
const scripts: string[][] = [];

beforeAll(async () => {
  origin = await startOrigin(async (request) => {
    const script = scripts[Number(request.path.slice(1))];
    if (script === undefined) {
      ok(request, "fine");
      return;
    }
    for (const part of script) {
      if (request.socket.destroyed) return;
      request.socket.write(Buffer.from(part, "latin1"));
      await Bun.sleep(4);
    }
  });
  edge = await edgeBefore(
    [origin],
    { retry: { attempts: 0 }, timeouts: { firstByte: "1s", idle: "1s" } },
    { limits: LIMITS },
  );
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
});

/** The path under which the origin answers with these parts. */
function scripted(...parts: string[]): string {
  scripts.push(parts);
  return `/${scripts.length - 1}`;
}

const get = (path: string, method = "GET"): Promise<string> =>
  raw(edge.port, [`${method} ${path} HTTP/1.1\r\n${HOST}\r\n`], {
    until: method === "HEAD" ? (text) => text.endsWith("\r\n\r\n") : isComplete,
  });

/** Whole, and cut in two at several places. */
function cuts(bytes: string): string[][] {
  const places = [1, 0.3, 0.7].map((share) => (share === 1 ? 1 : Math.floor(bytes.length * share)));
  return [[bytes], ...[...places, bytes.length - 1].map((at) => [bytes.slice(0, at), bytes.slice(at)])];
}

const OK = "HTTP/1.1 200 OK\r\n";

describe("a response that could be read two ways is a 502", () => {
  const cases: ReadonlyArray<readonly [name: string, bytes: string, fault?: string]> = [
    ["a bare LF behind the status line", `HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok`],
    ["a bare LF behind a field", `${OK}A: 1\nContent-Length: 2\r\n\r\nok`],
    ["a bare CR in a value", `${OK}A: 1\rB: 2\r\nContent-Length: 2\r\n\r\nok`],
    ["obs-fold", `${OK}A: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok`],
    ["a space before the colon", `${OK}Content-Length : 2\r\n\r\nok`],
    ["no colon", `${OK}A\r\nContent-Length: 2\r\n\r\nok`],
    ["NUL in a value", `${OK}A: \0\r\nContent-Length: 2\r\n\r\nok`],
    ["length and chunked", `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["two lengths", `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`],
    ["a list of lengths", `${OK}Content-Length: 2, 2\r\n\r\nok`],
    ["a negative length", `${OK}Content-Length: -2\r\n\r\nok`],
    ["a length with a plus", `${OK}Content-Length: +2\r\n\r\nok`],
    ["an unknown coding", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["chunked twice", `${OK}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
    ["chunked before a vertical tab", `${OK}Transfer-Encoding: chunked\v\r\n\r\n0\r\n\r\n`],
    ["chunked in HTTP/1.0", `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["HTTP/2", `HTTP/2 200\r\n\r\n`],
    ["a version in lower case", `http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`],
    ["two spaces before the status", `HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok`],
    ["a status of two digits", `HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok`],
    ["a status of four digits", `HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok`],
    ["no HTTP at all", `220 mail.example ESMTP\r\n`],
    ["an empty line first", `\r\n${OK}Content-Length: 2\r\n\r\nok`],
    [
      "101 that nobody asked for",
      `HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`,
      "response-upgrade-unexpected",
    ],
    ["a big head", `${OK}${`A: ${"a".repeat(900)}\r\n`.repeat(6)}\r\n`, "response-too-large"],
    ["a big field", `${OK}A: ${"a".repeat(2_500)}\r\n\r\n`, "response-too-large"],
    ["many fields", `${OK}${"A: 1\r\n".repeat(60)}\r\n`, "response-too-large"],
  ];
  for (const [name, bytes, fault = "response-malformed"] of cases) {
    test(name, async () => {
      const paths = cuts(bytes).map((parts) => scripted(...parts));
      for (const reply of await Promise.all(paths.map((path) => get(path)))) {
        expect([statusOf(reply), faultOf(reply)]).toEqual([502, fault]);
        expect(reply).not.toContain(origin.address);
        expect(reply.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
      }
      for (const path of paths) expect(await isFreed(await origin.head(path))).toBe(true);
    });
  }
});

describe("a body that is malformed right behind its head", () => {
  const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
  for (const body of ["zz\r\n", "2\r\nokX", "2\r\nok\r\nzz\r\n", "5;\0=1\r\nhello\r\n", "0\r\nA B: 1\r\n\r\n"]) {
    test(`${JSON.stringify(body)} is a 502, not a broken reply`, async () => {
      const path = scripted(chunked + body);
      const reply = await get(path);
      expect([statusOf(reply), faultOf(reply)]).toEqual([502, "response-malformed"]);
      expect(reply.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
      expect(await isFreed(await origin.head(path))).toBe(true);
    });
  }
});

describe("bytes that belong to no response", () => {
  test("behind a whole one are never the next client's answer", async () => {
    for (const extra of [`${OK}Content-Length: 4\r\n\r\nevil`, "x", "\r\n"]) {
      const path = scripted(`${OK}Content-Length: 2\r\n\r\nok${extra}`);
      expect(bodyOf(await get(path))).toBe("ok");
      expect(bodyOf(await get("/after"))).toBe("fine");
      expect(await isFreed(await origin.head(path))).toBe(true);
    }
  });

  test("that come late, on a kept connection, end it", async () => {
    const path = scripted(`${OK}Content-Length: 2\r\n\r\nok`, "", "", `${OK}Content-Length: 4\r\n\r\nevil`);
    expect(bodyOf(await get(path))).toBe("ok");
    expect(await isFreed(await origin.head(path))).toBe(true);
    expect(bodyOf(await get("/after"))).toBe("fine");
  });

  test("of a body behind HEAD, 204 or 304 are thrown away with the connection", async () => {
    for (const [method, bytes] of [
      ["HEAD", `${OK}Content-Length: 4\r\n\r\nevil`],
      ["GET", "HTTP/1.1 204 No Content\r\n\r\nevil"],
      ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil"],
    ] as const) {
      const path = scripted(bytes);
      const reply = await raw(edge.port, [`${method} ${path} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`]);
      expect(reply).toEndWith("\r\n\r\n");
      expect(bodyOf(await get("/after"))).toBe("fine");
      expect(await isFreed(await origin.head(path))).toBe(true);
    }
  });
});

describe("responses that are fine, if unusual", () => {
  const cases: ReadonlyArray<readonly [name: string, bytes: string, status: number, body: string]> = [
    ["no reason phrase", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", 200, "ok"],
    ["no reason phrase and no space", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok"],
    ["an obs-text reason phrase", "HTTP/1.1 200 d\xe9j\xe0 vu\r\nContent-Length: 2\r\n\r\nok", 200, "ok"],
    ["a status that nobody knows", "HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok", 799, "ok"],
    ["an empty field value", `${OK}A:\r\nContent-Length: 2\r\n\r\nok`, 200, "ok"],
    [
      "chunked in upper case, extensions, leading zeros",
      `${OK}Transfer-Encoding: CHUNKED\r\n\r\n002;a="b;c"\r\nok\r\n000\r\n\r\n`,
      200,
      "ok",
    ],
    [
      "no length but HTTP/1.1 and Connection: close",
      `${OK}Connection: close\r\nContent-Length: 2\r\n\r\nok`,
      200,
      "ok",
    ],
    ["a length of zero", `${OK}Content-Length: 0\r\n\r\n`, 200, ""],
  ];
  for (const [name, bytes, status, body] of cases) {
    test(name, async () => {
      for (const reply of await Promise.all(cuts(bytes).map((parts) => get(scripted(...parts))))) {
        expect(statusOf(reply)).toBe(status);
        expect(isComplete(reply)).toBe(true);
        expect(fieldOf(reply, "Transfer-Encoding") === undefined ? bodyOf(reply) : unchunk(bodyOf(reply))).toBe(body);
      }
    });
  }

  test("HEAD keeps the length of what GET would give", async () => {
    const head = await get(scripted(`${OK}Content-Length: 1234\r\nETag: "x"\r\n\r\n`), "HEAD");
    expect([fieldOf(head, "Content-Length"), fieldOf(head, "ETag"), bodyOf(head)]).toEqual(["1234", '"x"', ""]);
    const chunked = await get(scripted(`${OK}Transfer-Encoding: chunked\r\n\r\n`), "HEAD");
    expect([statusOf(chunked), bodyOf(chunked)]).toEqual([200, ""]);
  });

  test("a 204 loses a Content-Length that it must not have (RFC 9110 §8.6)", async () => {
    const reply = await get(scripted("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: 1\r\n\r\n"));
    expect([statusOf(reply), fieldOf(reply, "Content-Length"), fieldOf(reply, "A")]).toEqual([204, undefined, "1"]);
  });

  test("repeated fields, their order and their case survive", async () => {
    const reply = await get(
      scripted(`${OK}set-cookie: a=1\r\nX-a: 1\r\nSet-Cookie: b=2\r\nCONTENT-length: 2\r\nx-A: 2\r\n\r\nok`),
    );
    const lines = reply.slice(0, reply.indexOf("\r\n\r\n")).split("\r\n").slice(1, 6);
    expect(lines).toEqual(["set-cookie: a=1", "X-a: 1", "Set-Cookie: b=2", "CONTENT-length: 2", "x-A: 2"]);
  });

  test("a Date that the origin sent is kept, one that it did not send is added", async () => {
    const sent = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
    expect(linesOf(await get(scripted(`${OK}${sent}\r\nContent-Length: 2\r\n\r\nok`)), "Date")).toEqual([sent]);
    expect(linesOf(await get(scripted(`${OK}Content-Length: 2\r\n\r\nok`)), "Date")).toHaveLength(1);
  });
});

describe("interim responses", () => {
  test("several pass in order, each in parts", async () => {
    const path = scripted(
      "HTTP/1.1 103 Early",
      " Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n",
      "\r\nHTTP/1.1 100 Continue\r\n\r\n",
      `${OK}Content-Length: 2\r\n\r\nok`,
    );
    const reply = await raw(edge.port, [`GET ${path} HTTP/1.1\r\n${HOST}\r\n`], {
      until: (text) => text.endsWith("\r\n\r\nok"),
    });
    expect(reply.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 103", "HTTP/1.1 102", "HTTP/1.1 100", "HTTP/1.1 200"]);
  });

  test("a flood of them is cut off", async () => {
    const most = 20_000;
    const flood = await startOrigin(async ({ socket }) => {
      for (let sent = 0; sent < most && !socket.destroyed; sent += 100) {
        socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(100));
        await Bun.sleep(2);
      }
    });
    const flooded = await edgeBefore([flood], { timeouts: { firstByte: "60s" } });
    const client = await Client.sending(flooded.port, `GET /flood HTTP/1.1\r\n${HOST}\r\n`);
    const reply = await client.until((text) => text.includes("HTTP/1.1 502 "));
    client.close();
    await flooded.stop();
    await flood.stop();
    expect(reply).toContain("HTTP/1.1 502 ");
    expect(reply.match(/HTTP\/1\.1 103 /g)!.length).toBeLessThan(most / 10);
  });
});

test("a fault is booked to the upstream", async () => {
  const path = scripted(`${OK}Bad Name: 1\r\n\r\n`);
  await get(path);
  const record = await recordOf(edge, `GET ${path} `);
  expect([record.fault as string, record.status, record.target]).toEqual(["response-malformed", 502, origin.address]);
});
