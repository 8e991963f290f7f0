import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Method } from "../../contract/method.ts";
import { cut, feed, feedEveryWay, latin1, type Side } from "./testing.ts";

/** The kinds of the events, with what data and trailers hold. */
function kinds(events: readonly string[]): string[] {
  return events.map((event) => (event.startsWith("head") ? "head" : event));
}

describe("requests", () => {
  const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  const chunked =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\nT: 1\r\n\r\n";

  test("pipelined", () => {
    expect(kinds(feedEveryWay("request", post + chunked + get))).toEqual([
      "head",
      'data "abc"',
      "end",
      "head",
      'data "abcd"',
      'trailers "T: 1\\r\\n"',
      "end",
      "head",
      "end",
    ]);
  });

  test("nothing is read after the last one", () => {
    const last = get.replace("Host", "Connection: close\r\nHost");
    expect(kinds(feedEveryWay("request", last + get))).toEqual(["head", "end"]);
    expect(kinds(feedEveryWay("request", `GET / HTTP/1.0\r\n\r\n${get}`))).toEqual(["head", "end"]);
    expect(kinds(feedEveryWay("request", `GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${get}`))).toHaveLength(4);
  });

  test("a message that does not end", () => {
    expect(kinds(feedEveryWay("request", post.slice(0, -1)))).toEqual(["head", 'data "ab"', "truncated"]);
    expect(kinds(feedEveryWay("request", get.slice(0, -1)))).toEqual(["truncated"]);
    expect(feedEveryWay("request", "")).toEqual([]);
  });

  test("after CONNECT bytes pass untouched", () => {
    expect(kinds(feedEveryWay("request", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n\x00\r\n"))).toEqual([
      "head",
      "end",
      'tunnel "\\u0000\\r\\n"',
    ]);
  });
});

describe("responses", () => {
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

  test("in the order of the requests; HEAD has no body", () => {
    const events = feedEveryWay("response", ok.slice(0, -3) + ok, [Method.HEAD, Method.GET]);
    expect(kinds(events)).toEqual(["head", "end", "head", 'data "abc"', "end"]);
  });

  test("interim ones before the last", () => {
    const interim = "HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n";
    const events = feedEveryWay("response", interim + ok.slice(0, -3), [Method.HEAD]);
    expect(kinds(events)).toEqual(["head", "end", "head", "end", "head", "end"]);
  });

  test("until close", () => {
    expect(kinds(feedEveryWay("response", "HTTP/1.1 200 OK\r\n\r\nabc"))).toEqual(["head", 'data "abc"', "end"]);
  });

  test("101 begins a tunnel", () => {
    const text = "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nab";
    expect(kinds(feedEveryWay("response", text))).toEqual(["head", "end", 'tunnel "ab"']);
    expect(kinds(feedEveryWay("response", "HTTP/1.1 200 OK\r\n\r\nab", [Method.CONNECT]))).toEqual([
      "head",
      "end",
      'tunnel "ab"',
    ]);
  });

  test("a truncated body never ends as if it were whole", () => {
    expect(kinds(feedEveryWay("response", ok.slice(0, -1)))).toEqual(["head", 'data "ab"', "truncated"]);
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n";
    expect(kinds(feedEveryWay("response", chunked))).toEqual(["head", 'data "a"', "truncated"]);
  });
});

describe("two cuts of the same bytes give the same events", () => {
  const line = fc.constantFrom(
    "GET / HTTP/1.1\r\n",
    "POST /a/../b?c HTTP/1.1\r\n",
    "GET http://h/%41 HTTP/1.1\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 304\r\n",
    "HTTP/1.0 200 \r\n",
    "GET /\n",
    "\r\n",
  );
  const field = fc.constantFrom(
    "Host: a\r\n",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: x, close\r\n",
    "Connection: keep-alive\r\n",
    "X: \xff \t\r\n",
    " X: 1\r\n",
    "Y\r",
  );
  const body = fc.constantFrom("abc", "3\r\nabc\r\n", "1;x=y\r\na\r\n", "0\r\n\r\n", "0\r\nT: 1\r\n\r\n", "zz", "\r\n");
  const message = fc
    .tuple(
      line,
      fc.array(field, { maxLength: 4 }),
      fc.constantFrom("\r\n", "\r\n", "\n", ""),
      fc.array(body, { maxLength: 3 }),
    )
    .map(([start, fields, empty, data]) => start + fields.join("") + empty + data.join(""));
  const stream = fc.array(message, { minLength: 1, maxLength: 3 }).map((messages) => latin1(messages.join("")));
  const cuts = fc.array(fc.nat(300), { maxLength: 20 });

  for (const side of ["request", "response"] satisfies Side[]) {
    test(`${side}s`, () => {
      fc.assert(
        fc.property(stream, cuts, cuts, (bytes, one, two) => {
          expect(feed(side, cut(bytes, one))).toEqual(feed(side, cut(bytes, two)));
        }),
        { seed: 5, numRuns: 1_500 },
      );
    });
  }

  test("also when a limit is met", () => {
    const small = { requestLine: 20, field: 18, fields: 2, head: 60 };
    fc.assert(
      fc.property(stream, cuts, cuts, (bytes, one, two) => {
        expect(feed("request", cut(bytes, one), [], small)).toEqual(feed("request", cut(bytes, two), [], small));
      }),
      { seed: 6, numRuns: 1_500 },
    );
  });
});
