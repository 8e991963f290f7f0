/** How bodies are framed on either side (RFC 9112 §6, §7), and what has none (RFC 9110 §6.4.1). */
import { describe } from "bun:test";

import { dialogue, TARGET } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const LARGE = "0123456789abcdef".repeat(4_096);

describe("a request's body", () => {
  dialogue("with a length goes on with the head", {}, ({ client, upstream }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 5", "", "hello");
    upstream.gets("POST / HTTP/1.1", "Host: h", "Content-Length: 5", "", "hello");
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("goes on as it comes", {}, ({ client, upstream }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 6", "", "");
    upstream.gets("POST / HTTP/1.1", "Host: h", "Content-Length: 6", "", "");
    client.says("abc");
    upstream.gets("abc");
    client.says("def");
    upstream.gets("def");
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("of length 0 is none", {}, ({ client, upstream }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 0", "", "");
    upstream.gets("POST / HTTP/1.1", "Host: h", "Content-Length: 0", "", "");
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("in chunks is cut again, with its trailers", {}, ({ client, upstream }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "");
    client.says("3;ext=1", "abc", "A", "0123456789", "0", "X-Sum: 1", "x-sum: 2", "", "");
    upstream.getsChunked(
      ["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"],
      "abc0123456789",
      "X-Sum: 1\r\nx-sum: 2\r\n",
    );
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("in chunks may be empty", {}, ({ client, upstream }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "0", "", "");
    upstream.getsChunked(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "");
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("leaves no trailers to the next one", {}, ({ client, upstream }) => {
    for (const trailers of ["X-Sum: 1\r\n", ""]) {
      client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "1", "a", "0", `${trailers}\r\n`);
      upstream.getsChunked(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "a", trailers);
      upstream.says(...OK);
      client.gets(...OK);
    }
  });

  dialogue("that is large arrives whole", {}, ({ client, upstream }) => {
    client.says("POST / HTTP/1.1", "Host: h", `Content-Length: ${LARGE.length}`, "", LARGE);
    upstream.gets("POST / HTTP/1.1", "Host: h", `Content-Length: ${LARGE.length}`, "", LARGE);
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("stops when the upstream takes no more, and goes on with it", {}, ({ client, upstream, edge }) => {
    client.says("POST / HTTP/1.1", "Host: h", `Content-Length: ${2 * LARGE.length}`, "", "");
    upstream.gets("POST / HTTP/1.1", "Host: h", `Content-Length: ${2 * LARGE.length}`, "", "");
    upstream.stopsReading(10);
    client.says(LARGE);
    upstream.gets(LARGE.slice(0, 10));
    client.isPaused();
    client.says(LARGE);
    upstream.getsNothing();
    upstream.readsOn();
    upstream.gets(LARGE.slice(10) + LARGE);
    edge.advance(1_000);
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue(
    "over limits.body is refused by its length",
    { config: { limits: { body: "10B" } } },
    ({ client, dialled, logs }) => {
      client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 11", "", "");
      client.getsFault(413, "body-too-large");
      client.sees("fin");
      dialled();
      logs("POST / HTTP/1.1 → 413 body-too-large");
    },
  );

  dialogue("over limits.body is cut off when it has no length", { config: { limits: { body: "10B" } } }, (d) => {
    const { client, upstream } = d;
    client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "");
    upstream.getsChunkedSoFar(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "");
    client.says("6", "abcdef", "");
    client.says("6", "ghijkl", "");
    client.getsFault(413, "body-too-large");
    upstream.read();
    upstream.sees("reset");
    d.logs("POST / HTTP/1.1 → 413 body-too-large");
  });
});

describe("Expect: 100-continue", () => {
  const head: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 3", "Expect: 100-continue", "", ""];

  dialogue("is for the upstream to answer", {}, ({ client, upstream }) => {
    client.says(...head);
    upstream.gets(...head);
    client.getsNothing();
    upstream.says("HTTP/1.1 100 Continue", "", "");
    client.gets("HTTP/1.1 100 Continue", "", "");
    client.says("abc");
    upstream.gets("abc");
    upstream.says(...OK);
    client.gets(...OK);
    client.sees("open");
  });

  dialogue("may be answered by a final status: the connection closes", {}, ({ client, upstream }) => {
    client.says(...head);
    upstream.gets(...head);
    upstream.says("HTTP/1.1 413 Too Large", "Content-Length: 2", "", "no");
    client.gets("HTTP/1.1 413 Too Large", "Content-Length: 2", "Connection: close", "", "no");
    client.sees("fin");
    upstream.sees("closed");
  });

  dialogue("answered by a final status: what the client sends all the same is thrown away", {}, (d) => {
    d.client.says(...head);
    d.upstream.gets(...head);
    d.upstream.says("HTTP/1.1 417 Expectation Failed", "Content-Length: 0", "", "");
    d.client.gets("HTTP/1.1 417 Expectation Failed", "Content-Length: 0", "Connection: close", "", "");
    d.client.says("abcGET /2 HTTP/1.1", "Host: h", "", "");
    d.client.getsNothing();
    d.client.sees("fin");
    d.client.ends();
    d.client.sees("closed");
    d.dialled(TARGET);
    d.logs("POST / HTTP/1.1 → 417");
  });

  dialogue("answered by 100 and, before the body, by a final status: the connection goes on", {}, (d) => {
    const { client, upstream, upstreams } = d;
    client.says(...head);
    upstream.gets(...head);
    upstream.says("HTTP/1.1 100 Continue", "", "HTTP/1.1 413 Too Large", "Content-Length: 2", "", "no");
    client.gets("HTTP/1.1 100 Continue", "", "HTTP/1.1 413 Too Large", "Content-Length: 2", "", "no");
    upstream.sees("closed");
    // The client was told to send it, so it does, and what follows is a request.
    client.says("abcGET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says(...OK);
    client.gets(...OK);
    d.logs("POST / HTTP/1.1 → 413", "GET /2 HTTP/1.1 → 200");
  });

  for (const [how, leave] of [
    ["FIN", "ends"],
    ["RST", "resets"],
  ] as const) {
    dialogue(`and ${how} of the client that waits: the upstream's connection is given up`, {}, (d) => {
      d.client.says(...head);
      d.upstream.gets(...head);
      d.client[leave]();
      d.upstream.sees("reset");
      d.logs("POST / HTTP/1.1 → 0 client-aborted");
    });
  }

  dialogue("needs no answer when the client does not wait", {}, ({ client, upstream }) => {
    client.says(...head.slice(0, -1), "abc");
    upstream.gets(...head.slice(0, -1), "abc");
    upstream.says(...OK);
    client.gets(...OK);
    client.sees("open");
  });

  dialogue("of any other value is refused (RFC 9110 §10.1.1)", {}, ({ client, dialled }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 3", "Expect: miracles", "", "");
    client.getsFault(417, "expectation-unknown");
    dialled();
  });
});

describe("a response's body", () => {
  dialogue("in chunks is passed on in chunks, with its trailers", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum", "", "3", "abc", "");
    client.getsChunkedSoFar(["HTTP/1.1 200 OK", "Trailer: X-Sum", "Transfer-Encoding: chunked"], "abc");
    upstream.says("2;a=b", "de", "0", "X-Sum: 5", "", "");
    client.goesOnChunked("de", "X-Sum: 5\r\n");
    client.sees("open");
    upstream.sees("open");
  });

  dialogue("leaves no trailers to the next one", {}, ({ client, upstream }) => {
    for (const trailers of ["X-Sum: 1\r\n", ""]) {
      client.says(...GET);
      upstream.gets(...GET);
      upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "1", "a", "0", `${trailers}\r\n`);
      client.getsChunked(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "a", trailers);
    }
  });

  dialogue("until the close becomes chunked, so that a cut would show", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "", "abc");
    client.getsChunkedSoFar(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "abc");
    upstream.says("def");
    upstream.ends();
    client.goesOnChunked("def", "");
    client.sees("open");
    upstream.sees("closed");
  });

  dialogue("until the close may be empty", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "", "");
    upstream.ends();
    client.getsChunked(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"], "");
    client.sees("open");
  });

  dialogue("until the close stays so for HTTP/1.0", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.0", "Host: h", "", "");
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "", "abc");
    client.gets("HTTP/1.1 200 OK", "Connection: close", "", "abc");
    client.sees("open");
    upstream.ends();
    client.getsNothing();
    client.sees("closed");
  });

  dialogue("of length 0 is over with its head", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 0", "", "");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 0", "", "");
    upstream.sees("open");
  });

  dialogue("that is large arrives whole", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", `Content-Length: ${LARGE.length}`, "", LARGE);
    client.gets("HTTP/1.1 200 OK", `Content-Length: ${LARGE.length}`, "", LARGE);
  });

  dialogue("stops when the client takes no more, and goes on with it", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 200 OK", `Content-Length: ${2 * LARGE.length}`, "", "");
    client.gets("HTTP/1.1 200 OK", `Content-Length: ${2 * LARGE.length}`, "", "");
    client.stopsReading(7);
    upstream.says(LARGE);
    client.gets(LARGE.slice(0, 7));
    upstream.isPaused();
    upstream.says(LARGE);
    client.getsNothing();
    client.readsOn();
    client.gets(LARGE.slice(7) + LARGE);
    upstream.sees("open");
  });

  dialogue("with bytes behind it: they answer nothing, and the connection is given up", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says(...OK.slice(0, -1), "okHTTP/1.1 200 OK", "Content-Length: 4", "", "evil");
    client.gets(...OK);
    upstream.sees("closed");
    client.sees("open");
  });
});

describe("a response without a body", () => {
  dialogue("answers HEAD, whatever its fields say", {}, ({ client, upstream }) => {
    client.says("HEAD / HTTP/1.1", "Host: h", "", "");
    upstream.gets("HEAD / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 1000", "", "");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 1000", "", "");
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("answers HEAD with chunked announced", {}, ({ client, upstream }) => {
    client.says("HEAD / HTTP/1.1", "Host: h", "", "");
    upstream.gets("HEAD / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "");
    client.gets("HTTP/1.1 200 OK", "", "");
    upstream.sees("open");
  });

  dialogue("is 204", {}, ({ client, upstream }) => {
    client.says("DELETE / HTTP/1.1", "Host: h", "", "");
    upstream.gets("DELETE / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 204 No Content", "", "");
    client.gets("HTTP/1.1 204 No Content", "", "");
    upstream.sees("open");
  });

  dialogue("is 304, with the length that a 200 would have", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.1", "Host: h", 'If-None-Match: "a"', "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", 'If-None-Match: "a"', "", "");
    upstream.says("HTTP/1.1 304 Not Modified", "Content-Length: 7", 'ETag: "a"', "", "");
    client.gets("HTTP/1.1 304 Not Modified", "Content-Length: 7", 'ETag: "a"', "", "");
    upstream.sees("open");
  });

  dialogue("is interim: passed on before the final one", {}, ({ client, upstream, logs }) => {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says("HTTP/1.1 103 Early Hints", "Link: </a>", "", "HTTP/1.1 102 Processing", "", "");
    client.gets("HTTP/1.1 103 Early Hints", "Link: </a>", "", "HTTP/1.1 102 Processing", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    logs("GET / HTTP/1.1 → 200");
  });

  dialogue("is interim more often than anybody means it", {}, ({ client, upstream }) => {
    client.says(...GET);
    upstream.gets(...GET);
    for (let interim = 0; interim < 32; interim++) {
      upstream.says("HTTP/1.1 102 Processing", "", "");
      client.gets("HTTP/1.1 102 Processing", "", "");
    }
    upstream.says("HTTP/1.1 102 Processing", "", "");
    client.getsFault(502, "response-malformed", "keep");
    upstream.sees("reset");
  });
});
