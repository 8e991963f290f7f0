import { describe, expect, test } from "bun:test";
import { BodyFraming, BodyReader, MAX_RANGES, ranges, requestFraming, responseFraming } from "./body-reader.ts";
import { faultOf } from "../../fault/faults.ts";
import { cut, latin1 } from "./testing.ts";
import { BodyLength } from "../../contract/body-length.ts";
import { ResponseHead } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { responseLength } from "../status.ts";
import fc from "fast-check";

interface Outcome {
  data: string;
  trailers: string | null;
  /** Offset of the first byte behind the body, or -1 when it did not end. */
  end: number;
  fault: string | null;
}

function readPieces(reader: BodyReader, pieces: readonly Buffer[]): Outcome {
  const outcome: Outcome = { data: "", trailers: null, end: -1, fault: null };
  let before = 0;
  for (const piece of pieces) {
    let at = 0;
    while (at < piece.length && !reader.done) {
      const position = reader.read(piece, at, piece.length);
      for (let k = 0; k < ranges.length; k += 2) outcome.data += piece.latin1Slice(ranges.at[k], ranges.at[k + 1]);
      if (position < 0) {
        outcome.fault = faultOf(-position);
        return outcome;
      }
      if (position === at) throw new Error("no progress");
      at = position;
    }
    if (reader.done) {
      outcome.end = before + at;
      outcome.trailers = reader.trailers?.bytes.latin1Slice() ?? null;
      return outcome;
    }
    before += piece.length;
  }
  return outcome;
}

/** Whole, byte by byte, and with bytes behind it: all alike. */
function readEveryWay(framing: BodyFraming, length: number, text: string, trailerLimit = 200): Outcome {
  const bytes = latin1(text);
  const reader = new BodyReader();
  reader.trailerLimit = trailerLimit;
  const run = (pieces: readonly Buffer[]): Outcome => {
    reader.begin(framing, length);
    return readPieces(reader, pieces);
  };
  const whole = run([bytes]);
  expect(run(cut(bytes, [...bytes.keys()]))).toEqual(whole);
  if (framing !== BodyFraming.untilClose && (whole.end >= 0 || whole.fault !== null)) {
    expect(run([Buffer.concat([bytes, latin1("GET / HTTP/1.1\r\n")])])).toEqual(whole);
  }
  return whole;
}

const chunked = (text: string, trailerLimit?: number): Outcome =>
  readEveryWay(BodyFraming.chunked, -1, text, trailerLimit);

describe("framings", () => {
  test("none", () => {
    const reader = new BodyReader();
    expect(reader.done).toBe(true);
    reader.begin(BodyFraming.none, -1);
    expect([reader.done, reader.read(latin1("abc"), 1, 3), ranges.length]).toEqual([true, 1, 0]);
  });

  test("a length", () => {
    expect(readEveryWay(BodyFraming.length, 5, "hello, more")).toMatchObject({ data: "hello", end: 5 });
    expect(readEveryWay(BodyFraming.length, 5, "hell")).toMatchObject({ data: "hell", end: -1 });
    const reader = new BodyReader();
    reader.begin(BodyFraming.length, 0);
    expect([reader.done, reader.finish()]).toEqual([true, true]);
    reader.begin(BodyFraming.length, 3);
    reader.read(latin1("ab"), 0, 2);
    expect([reader.remaining, reader.received, reader.finish()]).toEqual([1, 2, false]);
  });

  test("until close", () => {
    const reader = new BodyReader("response");
    reader.begin(BodyFraming.untilClose, -1);
    expect(readPieces(reader, [latin1("ab"), latin1("c")])).toMatchObject({ data: "abc", end: -1 });
    expect([reader.received, reader.remaining, reader.finish(), reader.done]).toEqual([3, -1, true, true]);
  });
});

describe("chunked (RFC 9112 §7.1)", () => {
  test("data, sizes in either case, leading zeros", () => {
    expect(chunked("5\r\nhello\r\n0\r\n\r\n")).toEqual({ data: "hello", trailers: null, end: 15, fault: null });
    expect(chunked("0\r\n\r\n")).toMatchObject({ data: "", end: 5 });
    expect(chunked("A\r\n0123456789\r\na\r\n\r\n\r\n\r\n\r\n\r\n\r\n000\r\n\r\n")).toMatchObject({
      data: "0123456789\r\n\r\n\r\n\r\n\r\n",
    });
    expect(chunked("0000000000000001\r\nx\r\n0\r\n\r\n")).toMatchObject({ data: "x" });
  });

  test("extensions are dropped", () => {
    for (const extension of [
      ";a",
      ";a=b",
      ";a;b=c;d",
      ' ; a = "x;y\\"\xe4" ; c',
      "\t;a",
      ';a=""',
      ";a=b ;c",
      ';a="b"\t;c',
    ]) {
      expect(chunked(`1${extension}\r\nx\r\n0${extension}\r\n\r\n`)).toMatchObject({ data: "x", fault: null });
    }
  });

  const malformed = [
    "\r\n",
    "g\r\n",
    "-1\r\n",
    "+1\r\n",
    "0x1\r\n",
    " 1\r\nx",
    "1 \r\nx",
    "1\t\r\nx",
    "1 1\r\nx",
    "1\nx\r\n0\r\n\r\n",
    "1\rx",
    "1\r\r\nx",
    "1;\r\nx",
    "1;a=\r\nx",
    "1;a=b \r\nx",
    "1;=b\r\nx",
    "1;a b\r\nx",
    '1;a="b\r\nx',
    '1;a="b"c\r\nx',
    "1;a=b=c\r\nx",
    "1;a\nx",
    "1;a\x00\r\nx",
    "1;a,b\r\nx",
    "1\r\nx0\r\n\r\n",
    "1\r\nxy\r\n",
    "1\r\nx\n0\r\n\r\n",
    "1\r\nx\r0",
    "0\r\n\rx",
    "00000000000000001\r\nx",
    "1000000000000\r\nx",
    "ffffffffffffffff\r\nx",
    `1;${"a".repeat(2_000)}\r\nx`,
    `${`1;${"a".repeat(1_000)}\r\nx\r\n`.repeat(20)}0\r\n\r\n`,
  ];
  for (const text of malformed) {
    test(`${JSON.stringify(text.slice(0, 30))} is malformed`, () =>
      expect(chunked(text).fault).toBe("chunk-malformed"));
  }

  test("data before a fault is told", () => {
    expect(chunked("3\r\nabc\r\nx")).toEqual({ data: "abc", trailers: null, end: -1, fault: "chunk-malformed" });
  });

  test("a read stops when the table of ranges is full, and goes on", () => {
    const count = MAX_RANGES * 3 + 1;
    const bytes = latin1(`${"1\r\nx\r\n".repeat(count)}0\r\n\r\n`);
    const reader = new BodyReader();
    reader.begin(BodyFraming.chunked, -1);
    const first = reader.read(bytes, 0, bytes.length);
    expect([ranges.length, first, reader.done]).toEqual([2 * MAX_RANGES, 6 * MAX_RANGES - 2, false]);
    reader.begin(BodyFraming.chunked, -1);
    expect(readPieces(reader, [bytes])).toMatchObject({ data: "x".repeat(count), end: bytes.length });
    expect(reader.received).toBe(count);
  });

  test("a response's faults are the upstream's", () => {
    const reader = new BodyReader("response");
    reader.begin(BodyFraming.chunked, -1);
    expect(readPieces(reader, [latin1("x")]).fault).toBe("response-malformed");
    reader.trailerLimit = 8;
    reader.begin(BodyFraming.chunked, -1);
    expect(readPieces(reader, [latin1("0\r\nA: 1234567")]).fault).toBe("response-too-large");
  });
});

describe("trailers (RFC 9112 §7.1.2, RFC 9110 §6.5)", () => {
  const trailers = (lines: string, limit?: number): Outcome => chunked(`1\r\nx\r\n0\r\n${lines}\r\n`, limit);

  test("are kept as they came", () => {
    expect(trailers("X-Sum: 1\r\netag:  e \r\n").trailers).toBe("X-Sum: 1\r\netag:  e \r\n");
  });

  test("not those that have no place there", () => {
    const forbidden = [
      "Content-Length",
      "Transfer-Encoding",
      "Host",
      "Trailer",
      "Connection",
      "Authorization",
      "Cookie",
      "Set-Cookie",
      "Cache-Control",
      "Content-Type",
      "Content-Encoding",
      "Content-Range",
      "TE",
      "Range",
      "If-Match",
      "Expect",
      "X-Forwarded-For",
      "Forwarded",
      "Via",
      "traceparent",
      "Location",
      "Date",
      "www-authenticate",
    ];
    const lines = forbidden.map((name) => `${name}: x\r\n`).join("A: 1\r\n");
    expect(trailers(lines, 2_000).trailers).toBe("A: 1\r\n".repeat(forbidden.length - 1));
    expect(trailers("Host: x\r\n").trailers).toBeNull();
  });

  test("malformed ones", () => {
    for (const lines of [
      "A\r\n",
      "A : 1\r\n",
      " A: 1\r\n",
      "A: 1\r\n b\r\n",
      "A: \x00\r\n",
      "A: 1\n",
      "A: 1\r\n\n",
      "A: a\rb\r\n",
      ": 1\r\n",
    ]) {
      expect([lines, trailers(lines).fault]).toEqual([lines, "trailer-malformed"]);
    }
  });

  test("a bare LF is refused at once", () => {
    expect(chunked("0\r\n\n").fault).toBe("trailer-malformed");
    expect(chunked("0\r\nA: 1\n").fault).toBe("trailer-malformed");
  });

  test("their size and number are bounded", () => {
    expect(trailers("A: 12345\r\n", 12)).toMatchObject({ trailers: "A: 12345\r\n", fault: null });
    expect(trailers("A: 123456\r\n", 12).fault).toBe("trailers-too-large");
    expect(chunked(`0\r\nA: ${"x".repeat(300)}`).fault).toBe("trailers-too-large");
    expect(trailers("A:\r\n".repeat(1_001), 10_000).fault).toBe("trailers-too-large");
  });

  test("none is left from the body before", () => {
    const reader = new BodyReader();
    reader.begin(BodyFraming.chunked, -1);
    expect(readPieces(reader, [latin1("0\r\nA: 1\r\n\r\n")]).trailers).toBe("A: 1\r\n");
    reader.begin(BodyFraming.chunked, -1);
    expect(readPieces(reader, [latin1("0\r\n\r\n")]).trailers).toBeNull();
    reader.begin(BodyFraming.chunked, -1);
    expect(readPieces(reader, [latin1("0\r\nB: 2\r\n\r\n")]).trailers).toBe("B: 2\r\n");
  });
});

test("whatever was encoded is decoded, however it is cut", () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (chunks, cuts) => {
      const lines = chunks.map((data) => `${data.length.toString(16)}\r\n${Buffer.from(data).latin1Slice()}\r\n`);
      const bytes = latin1(`${lines.join("")}0\r\nT: 1\r\n\r\nrest`);
      const reader = new BodyReader();
      reader.begin(BodyFraming.chunked, -1);
      expect(readPieces(reader, cut(bytes, cuts))).toEqual({
        data: Buffer.concat(chunks).latin1Slice(),
        trailers: "T: 1\r\n",
        end: bytes.length - 4,
        fault: null,
      });
    }),
    { seed: 3, numRuns: 300 },
  );
});

describe("how a body is delimited", () => {
  test("requests (RFC 9112 §6.3)", () => {
    expect(requestFraming(BodyLength.unknown)).toBe(BodyFraming.chunked);
    expect(requestFraming(5)).toBe(BodyFraming.length);
    expect(requestFraming(0)).toBe(BodyFraming.none);
    expect(requestFraming(BodyLength.none)).toBe(BodyFraming.none);
  });

  test("responses (RFC 9112 §6.3)", () => {
    const { none, length, chunked, untilClose } = BodyFraming;
    const cases: ReadonlyArray<
      readonly [Method, status: number, contentLength: number, chunked: boolean, BodyFraming]
    > = [
      [Method.GET, 200, 5, false, length],
      [Method.GET, 200, 0, false, none],
      [Method.GET, 200, -1, true, chunked],
      [Method.GET, 200, -1, false, untilClose],
      [Method.HEAD, 200, 5, false, none],
      [Method.HEAD, 200, -1, true, none],
      [Method.GET, 204, 5, false, none],
      [Method.GET, 304, 5, false, none],
      [Method.GET, 304, -1, true, none],
      [Method.GET, 100, -1, false, none],
      [Method.GET, 101, 5, false, none],
      [Method.CONNECT, 200, 5, false, none],
      [Method.CONNECT, 299, -1, true, none],
      [Method.CONNECT, 403, 5, false, length],
      [Method.CONNECT, 403, -1, false, untilClose],
      [Method.other, 205, 5, false, length],
    ];
    for (const [method, status, contentLength, isChunked, expected] of cases) {
      const head = Object.assign(new ResponseHead(), { status, contentLength });
      expect([method, status, responseFraming(responseLength(head, method), isChunked)]).toEqual([
        method,
        status,
        expected,
      ]);
    }
  });
});
