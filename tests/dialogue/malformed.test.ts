/** What can be read two ways is never guessed at (RFC 9112 §11.2): 400 and a close, or 502, and not a byte goes on. */
import { describe } from "bun:test";

import { dialogue } from "./support/dialogue.ts";

const LIMITS = { requestLine: "100B", field: "100B", fields: 5, head: "400B", body: "100B", trailers: "40B" } as const;
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const SMUGGLED: readonly string[] = ["GET /smuggled HTTP/1.1", "Host: h", "", ""];

type Case = readonly [name: string, status: number, fault: string, ...lines: string[]];

const HEADS: readonly Case[] = [
  ["a bare LF", 400, "line-ending-invalid", "GET / HTTP/1.1\nHost: h", "", ""],
  ["a space before the colon", 400, "field-name-space", "GET / HTTP/1.1", "Host : h", "", ""],
  ["a folded field", 400, "field-folded", "GET / HTTP/1.1", "Host: h", "A: 1", " 2", "", ""],
  ["NUL in a value", 400, "field-value-invalid", "GET / HTTP/1.1", "Host: h\0", "", ""],
  ["no Host", 400, "host-missing", "GET / HTTP/1.1", "", ""],
  ["two of it", 400, "host-repeated", "GET / HTTP/1.1", "Host: a", "Host: b", "", ""],
  ["a Host that is none", 400, "host-invalid", "GET / HTTP/1.1", "Host: a/b", "", ""],
  [
    "a length that is not a number",
    400,
    "content-length-invalid",
    "POST / HTTP/1.1",
    "Host: h",
    "Content-Length: +3",
    "",
    "",
  ],
  [
    "two lengths",
    400,
    "content-length-repeated",
    "POST / HTTP/1.1",
    "Host: h",
    "Content-Length: 3",
    "Content-Length: 4",
    "",
    "",
  ],
  [
    "length and chunked",
    400,
    "transfer-encoding-with-length",
    "POST / HTTP/1.1",
    "Host: h",
    "Content-Length: 3",
    "Transfer-Encoding: chunked",
    "",
    "",
  ],
  [
    "an unknown coding",
    501,
    "transfer-encoding-unknown",
    "POST / HTTP/1.1",
    "Host: h",
    "Transfer-Encoding: gzip, chunked",
    "",
    "",
  ],
  [
    "chunked in HTTP/1.0",
    400,
    "transfer-encoding-http10",
    "POST / HTTP/1.0",
    "Host: h",
    "Transfer-Encoding: chunked",
    "",
    "",
  ],
  ["a version of the future", 505, "version-unsupported", "GET / HTTP/2.0", "Host: h", "", ""],
  ["no request line", 400, "request-line-malformed", "GET  /  HTTP/1.1", "Host: h", "", ""],
  ["a long target", 414, "target-too-long", `GET /${"a".repeat(120)} HTTP/1.1`, "Host: h", "", ""],
  ["a long field", 431, "field-too-long", "GET / HTTP/1.1", "Host: h", `A: ${"a".repeat(120)}`, "", ""],
  ["many fields", 431, "fields-too-many", "GET / HTTP/1.1", "Host: h", "A: 1", "B: 2", "C: 3", "D: 4", "E: 5", "", ""],
  ["CONNECT", 501, "connect-refused", "CONNECT h:443 HTTP/1.1", "Host: h:443", "", ""],
];

describe("a request's head is refused: ", () => {
  for (const [name, status, fault, ...lines] of HEADS) {
    dialogue(name, { config: { limits: LIMITS } }, ({ client, dialled, edge }) => {
      client.says(...lines.slice(0, -1), SMUGGLED.join("\r\n"));
      client.getsFault(status, fault, fault === "connect-refused" ? "either" : "close");
      dialled();
      if (fault !== "connect-refused") client.sees("fin");
      if (edge.finished[0]?.fault !== fault) throw new Error(`logged as ${edge.finished[0]?.fault}`);
    });
  }
});

const BODIES: readonly Case[] = [
  ["a chunk size that is none", 400, "chunk-malformed", "x", ""],
  ["a chunk longer than it says", 400, "chunk-malformed", "2", "abc", ""],
  ["a bare LF behind a size", 400, "chunk-malformed", "2\nab", ""],
  ["a size beyond all numbers", 400, "chunk-malformed", "f".repeat(20), ""],
  ["a trailer that is not a field", 400, "trailer-malformed", "0", "no field", "", ""],
  ["trailers without an end", 431, "trailers-too-large", "0", `A: ${"a".repeat(30)}`, `B: ${"b".repeat(30)}`, "", ""],
];

describe("a request's body is refused: ", () => {
  for (const [name, status, fault, ...lines] of BODIES) {
    dialogue(name, { config: { limits: LIMITS }, pool: { retry: { attempts: 0 } } }, (d) => {
      const { client, upstream } = d;
      client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "1", "a", "");
      upstream.getsChunkedSoFar(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "a");
      client.says(...lines);
      client.getsFault(status, fault);
      client.sees("fin");
      upstream.read();
      upstream.sees("reset");
      d.logs(`POST / HTTP/1.1 → ${status} ${fault}`);
    });
  }
});

describe("a request's body that is refused while the client takes nothing", () => {
  const said: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "1", "abc"];

  dialogue("is looked at no more: the page arrives as soon as it can", {}, ({ client, upstream, logs }) => {
    client.stopsReading();
    client.says(...said);
    client.says("", "0", "", "");
    upstream.read();
    upstream.sees("reset");
    client.readsOn();
    client.getsFault(400, "chunk-malformed");
    client.sees("fin");
    logs("POST / HTTP/1.1 → 400 chunk-malformed");
  });

  dialogue("is over after timeouts.write", {}, ({ client, upstream, passes, logs }) => {
    client.stopsReading();
    client.says(...said);
    client.says("0", "", "");
    client.ends();
    upstream.read();
    passes(59_000);
    client.sees("open");
    passes(1_500);
    client.sees("reset");
    logs("POST / HTTP/1.1 → 400 write-timeout");
  });
});

const RESPONSES: readonly Case[] = [
  ["no status line", 502, "response-malformed", "HELLO", "", ""],
  ["a status of two digits", 502, "response-malformed", "HTTP/1.1 20 OK", "", ""],
  ["a bare LF", 502, "response-malformed", "HTTP/1.1 200 OK\nContent-Length: 2", "", "ok"],
  ["a space before the colon", 502, "response-malformed", "HTTP/1.1 200 OK", "Content-Length : 2", "", "ok"],
  ["two lengths", 502, "response-malformed", "HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3", "", "ok"],
  [
    "length and chunked",
    502,
    "response-malformed",
    "HTTP/1.1 200 OK",
    "Content-Length: 2",
    "Transfer-Encoding: chunked",
    "",
    "0",
    "",
    "",
  ],
  ["an unknown coding", 502, "response-malformed", "HTTP/1.1 200 OK", "Transfer-Encoding: br", "", ""],
  [
    "a large head",
    502,
    "response-too-large",
    "HTTP/1.1 200 OK",
    ...Array.from({ length: 5 }, (_, at) => `A${at}: ${"x".repeat(90)}`),
    "",
    "",
  ],
];

describe("a response is refused: ", () => {
  for (const [name, status, fault, ...lines] of RESPONSES) {
    dialogue(name, { config: { limits: LIMITS }, pool: { retry: { attempts: 0 } } }, (d) => {
      const { client, upstream } = d;
      client.says(...GET);
      upstream.gets(...GET);
      upstream.says(...lines);
      client.getsFault(status, fault, "keep");
      upstream.sees("reset");
      d.logs(`GET / HTTP/1.1 → ${status} ${fault}`);
    });
  }

  dialogue("a broken chunk: the reply has begun, so it is cut off", { config: { limits: LIMITS } }, (d) => {
    const { client, upstream } = d;
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "3", "abc", "");
    client.getsChunkedSoFar(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "abc");
    upstream.says("zz", "");
    client.getsNothing();
    client.sees("reset");
    d.logs("GET / HTTP/1.1 → 200 response-malformed");
  });
});
