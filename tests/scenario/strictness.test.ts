/**
 * What the edge refuses, as a client and an origin see it: the status, the fault in Proxy-Status, the end of the
 * connection, and that not a byte of it went on.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { edgeBefore, type TestEdge } from "./support/edge.ts";
import { echo, startOrigin, type Origin } from "./support/origin.ts";
import { bodyOf, isComplete, raw, statusOf, type Part } from "./support/raw-client.ts";
import {
  FIELD_CASES,
  FRAMING_CASES,
  HOST_CASES,
  LIMIT_CASES,
  LIMITS,
  LIMITS_CONFIG,
  REQUEST_LINE_CASES,
  type Refused,
} from "./support/refused-heads.ts";
import { faultOf, fieldOf } from "./support/replies.ts";

const HOST = "Host: h.example\r\n";
/** Stands behind every refused request: whoever answers it has lost the boundary. */
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;

let origin: Origin;
let edge: TestEdge;

beforeAll(async () => {
  origin = await startOrigin(echo);
  edge = await edgeBefore([origin], {}, { limits: LIMITS_CONFIG, timeouts: { drain: "100ms" } });
});

afterAll(async () => {
  await edge.stop();
  await origin.stop();
});

/** The bytes whole, cut once at several places, and with the last byte of what decides alone. */
function cuts(bytes: string): Part[][] {
  const places = [0.2, 0.4, 0.6, 0.8].map((share) => Math.floor(bytes.length * share));
  const all = [...new Set([1, ...places, bytes.length - 1])].filter((at) => at > 0 && at < bytes.length);
  return [[bytes], ...all.map((at) => [bytes.slice(0, at), 4, bytes.slice(at)])];
}

/** Sends the bytes in every cut, each followed by a request that must not be answered. */
function everyCut(bytes: string): Promise<string[]> {
  return Promise.all(cuts(bytes).map((parts) => raw(edge.port, [...parts, SMUGGLED])));
}

function expectRefusal(reply: string, status: number, fault: string): void {
  expect([statusOf(reply), faultOf(reply)]).toEqual([status, fault]);
  expect(fieldOf(reply, "Connection")).toBe("close");
  expect(isComplete(reply)).toBe(true);
  expect(reply.match(/HTTP\/1\.1 \d{3} /g)).toHaveLength(1);
}

async function expectRefused([, bytes, status, fault]: Refused): Promise<void> {
  const before = origin.heads.length;
  for (const reply of await everyCut(bytes)) expectRefusal(reply, status, fault);
  expect(origin.heads.slice(before).map(({ head }) => head)).toEqual([]);
}

describe("the request line", () => {
  for (const refused of REQUEST_LINE_CASES) test(refused[0], () => expectRefused(refused));

  test("five empty lines before it", () =>
    expectRefused(["", `${"\r\n".repeat(5)}GET /x HTTP/1.1\r\n${HOST}\r\n`, 400, "request-line-malformed"]));
});

describe("fields", () => {
  for (const refused of FIELD_CASES) test(refused[0], () => expectRefused(refused));
});

describe("Host", () => {
  for (const refused of HOST_CASES) test(refused[0], () => expectRefused(refused));
});

describe("framing", () => {
  for (const refused of FRAMING_CASES) test(refused[0], () => expectRefused(refused));
});

describe("limits", () => {
  for (const refused of LIMIT_CASES) test(refused[0], () => expectRefused(refused));

  test("what just fits goes through", async () => {
    const target = `/${"a".repeat(LIMITS.requestLine - "GET / HTTP/1.1".length)}`;
    const fields = `${HOST}A: ${"a".repeat(LIMITS.field - 3)}\r\n${"B: 1\r\n".repeat(LIMITS.fields - 2)}`;
    const request = `GET ${target} HTTP/1.1\r\n${fields}\r\n`;
    for (const reply of await Promise.all(cuts(request).map((parts) => raw(edge.port, parts, { until: isComplete }))))
      expect(statusOf(reply)).toBe(200);
  });

  test("a body of exactly limits.body goes through, one byte more does not", async () => {
    const sized = (size: number): string =>
      `POST /x HTTP/1.1\r\n${HOST}Content-Length: ${size}\r\n\r\n${"b".repeat(size)}`;
    expect(statusOf(await raw(edge.port, [sized(LIMITS.body)], { until: isComplete }))).toBe(200);
    await expectRefused(["", sized(LIMITS.body + 1), 413, "body-too-large"]);
  });

  test("an announced body that is too large is refused before it comes", async () => {
    const head = `POST /x HTTP/1.1\r\n${HOST}Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n`;
    const reply = await raw(edge.port, [head]);
    expectRefusal(reply, 413, "body-too-large");
  });

  test("a chunked body that grows too large", async () => {
    const chunk = `100\r\n${"c".repeat(256)}\r\n`;
    const request = `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}0\r\n\r\n`;
    const before = origin.requests.length;
    for (const reply of await everyCut(request)) expectRefusal(reply, 413, "body-too-large");
    expect(origin.requests.slice(before)).toEqual([]);
  });
});

describe("chunks", () => {
  const cases: ReadonlyArray<readonly [name: string, body: string, fault?: string, status?: number]> = [
    ["a size that is not a number", "x\r\nhello\r\n0\r\n\r\n"],
    ["an empty size", "\r\nhello\r\n0\r\n\r\n"],
    ["a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"],
    ["a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"],
    ["a negative size", "-5\r\nhello\r\n0\r\n\r\n"],
    ["a space before the size", " 5\r\nhello\r\n0\r\n\r\n"],
    ["an underscore in the size", "0_5\r\nhello\r\n0\r\n\r\n"],
    ["a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"],
    ["a size beyond 2^48", "ffffffffffffff\r\nhello\r\n0\r\n\r\n"],
    ["a bare LF behind the size", "5\nhello\r\n0\r\n\r\n"],
    ["a bare CR behind the size", "5\rhello\r\n0\r\n\r\n"],
    ["no CRLF behind the data", "5\r\nhello0\r\n\r\n"],
    ["a bare LF behind the data", "5\r\nhello\n0\r\n\r\n"],
    ["more data than the size", "5\r\nhello!\r\n0\r\n\r\n"],
    ["less data than the size", "6\r\nhello\r\n0\r\n\r\n"],
    ["a bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"],
    ["a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"],
    ["a bare LF in a quoted extension", '5;a="\n"\r\nhello\r\n0\r\n\r\n'],
    ["an extension without a name", "5;=1\r\nhello\r\n0\r\n\r\n"],
    ["an endless extension", `5;${"a".repeat(3_000)}\r\nhello\r\n0\r\n\r\n`],
    ["a bare LF at the end", "5\r\nhello\r\n0\r\n\n", "trailer-malformed"],
    ["a trailer without a colon", "5\r\nhello\r\n0\r\nX\r\n\r\n", "trailer-malformed"],
    ["a trailer with a space before its colon", "5\r\nhello\r\n0\r\nX : 1\r\n\r\n", "trailer-malformed"],
    ["a folded trailer", "5\r\nhello\r\n0\r\nX: 1\r\n 2\r\n\r\n", "trailer-malformed"],
    ["NUL in a trailer", "5\r\nhello\r\n0\r\nX: \0\r\n\r\n", "trailer-malformed"],
    ["trailers beyond the limit", `5\r\nhello\r\n0\r\nX: ${"t".repeat(200)}\r\n\r\n`, "trailers-too-large", 431],
  ];
  for (const [name, body, fault = "chunk-malformed", status = 400] of cases) {
    test(name, async () => {
      const before = origin.requests.length;
      const request = `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${body}`;
      for (const reply of await everyCut(request)) expectRefusal(reply, status, fault);
      expect(origin.requests.slice(before)).toEqual([]);
    });
  }
});

describe("smuggling", () => {
  /** The requests that reach the origin when these bytes come, each with its body. */
  async function reaching(bytes: string): Promise<string[]> {
    const seen: string[] = [];
    for (const parts of cuts(bytes)) {
      const before = origin.requests.length;
      await raw(edge.port, parts, { wait: 60, end: true });
      seen.push(
        origin.requests
          .slice(before)
          .map(({ path }) => path)
          .join(" "),
      );
    }
    return [...new Set(seen)];
  }

  const inner = "GET /smuggled HTTP/1.1\r\nHost: h.example\r\n\r\n";
  const both = (coding: string): string =>
    `POST /outer HTTP/1.1\r\n${HOST}Content-Length: ${5 + inner.length}\r\n${coding}\r\n\r\n0\r\n\r\n${inner}`;

  for (const coding of [
    "Transfer-Encoding: chunked",
    "transfer-encoding: CHUNKED",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: chunked\t",
    "Transfer-Encoding: chunked,",
    "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: x, chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    "Transfer-Encoding: \vchunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: 'chunked'",
    "Transfer-Encoding:\r\n chunked",
    " Transfer-Encoding: chunked",
    "X: x\nTransfer-Encoding: chunked",
    "X: x\rTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
  ]) {
    test(`CL.TE and TE.CL with ${JSON.stringify(coding)}: neither request goes on`, async () => {
      expect(await reaching(both(coding))).toEqual([""]);
    });
  }

  test("a coding under a name that only resembles Transfer-Encoding is a plain field, and the length counts", async () => {
    for (const name of ["Transfer_Encoding", "Transfer-Encoding-", "X-Transfer-Encoding"])
      expect(await reaching(both(`${name}: chunked`))).toEqual(["/outer"]);
  });

  test("a Content-Length that Connection names is counted all the same", async () => {
    const request = `POST /outer HTTP/1.1\r\n${HOST}Connection: Content-Length\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
    expect(await reaching(request)).toEqual(["/outer"]);
    expect(origin.requests.at(-1)!.head).toContain(`\r\nContent-Length: ${inner.length}\r\n`);
    expect(origin.requests.at(-1)!.wire).toBe(inner);
  });

  test("chunk extensions are read by the grammar and never go on", async () => {
    const chunked = (extension: string): string =>
      `POST /outer HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5${extension}\r\nhello\r\n0\r\n\r\n`;
    for (const extension of [";a", ";a=b", ';a="\\"; 5"', " ; a", ";a=b;c=d"]) {
      expect(await reaching(chunked(extension))).toEqual(["/outer"]);
      expect(origin.requests.at(-1)!.wire).toBe("5\r\nhello\r\n0\r\n\r\n");
    }
    // The size of the next chunk hidden in a line that one reader ends at LF and another at CRLF.
    for (const extension of [";\n3", ";a\n3\r\nabc", "\n3", '\v;a="', ";a=\x00"])
      expect(await reaching(chunked(extension))).toEqual([""]);
  });

  test("a body with GET is kept apart from the next request", async () => {
    const request = `GET /outer HTTP/1.1\r\n${HOST}Content-Length: ${inner.length}\r\n\r\n${inner}`;
    expect(await reaching(request)).toEqual(["/outer"]);
  });

  test("trailers cannot bring framing, routing or the client's address with them", async () => {
    const trailers =
      "Content-Length: 3\r\nTransfer-Encoding: x\r\nHost: evil\r\nX-Forwarded-For: 6.6.6.6\r\nX-Ok: 1\r\n";
    const request = `POST /outer HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n${trailers}\r\n`;
    const reply = await raw(edge.port, [request], { until: isComplete });
    expect(bodyOf(reply).split("|")[1]).toBe("0\r\nX-Ok: 1\r\n\r\n");
  });
});
