/** Connections that carry several requests: kept, pipelined, closed; HTTP/1.0 (RFC 9112 §9.3). */
import { describe } from "bun:test";

import { dialogue, TARGET, type Dialogue } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];

describe("keep-alive", () => {
  dialogue("a GET goes through as it came", {}, ({ client, upstream, logs }) => {
    client.says("GET /a?b=c HTTP/1.1", "Host: h", "X-Odd:  two  spaces ", "x-twice: 1", "X-Twice: 2", "", "");
    upstream.gets("GET /a?b=c HTTP/1.1", "Host: h", "X-Odd:  two  spaces ", "x-twice: 1", "X-Twice: 2", "", "");
    upstream.says("HTTP/1.1 200 Fine", "Content-Length: 2", "x-lower: 1", "", "ok");
    client.gets("HTTP/1.1 200 Fine", "Content-Length: 2", "x-lower: 1", "", "ok");
    logs("GET /a?b=c HTTP/1.1 → 200");
  });

  dialogue("the second request takes the same connections", {}, ({ client, upstream, dialled, logs }) => {
    for (const path of ["/1", "/2", "/3"]) {
      client.says(`GET ${path} HTTP/1.1`, "Host: h", "", "");
      upstream.gets(`GET ${path} HTTP/1.1`, "Host: h", "", "");
      upstream.says(...OK);
      client.gets(...OK);
      logs(`GET ${path} HTTP/1.1 → 200`);
    }
    client.sees("open");
    dialled(TARGET);
  });

  dialogue("an empty line before a request is passed over (RFC 9112 §2.2)", {}, ({ client, upstream }) => {
    client.says("", "GET / HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("Connection: close of the client ends its connection alone", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.1", "Host: h", "Connection: close", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    client.sees("closed");
    upstream.sees("open");
  });

  dialogue("Connection: close of the upstream ends its connection alone", {}, ({ client, upstream, upstreams }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 2", "", "ok");
    client.gets(...OK);
    upstream.sees("closed");
    client.says("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says(...OK);
    client.gets(...OK);
  });

  dialogue("what Connection names stays on its hop (RFC 9110 §7.6.1)", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.1", "Host: h", "Connection: x-hop", "X-Hop: 1", "Keep-Alive: 5", "X-Stay: 1", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "X-Stay: 1", "", "");
    upstream.says("HTTP/1.1 200 OK", "Connection: X-Back", "x-back: 1", "Content-Length: 2", "", "ok");
    client.gets(...OK);
  });

  dialogue("FIN of an idle client is answered by a close", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    client.ends();
    client.sees("closed");
    upstream.sees("open");
  });

  dialogue("FIN of an idle upstream is answered by a close", {}, ({ client, upstream, upstreams }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    upstream.ends();
    upstream.sees("closed");
    client.says("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says(...OK);
    client.gets(...OK);
  });

  dialogue("what an idle upstream says unasked is nobody's reply", {}, ({ client, upstream, upstreams }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 4", "", "evil");
    upstream.sees("closed");
    client.says("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says(...OK);
    client.gets(...OK);
  });
});

describe("pipelining", () => {
  dialogue("requests go on one after the other, replies come in order", {}, ({ client, upstream, dialled, logs }) => {
    client.says(
      "GET /1 HTTP/1.1",
      "Host: h",
      "",
      "GET /2 HTTP/1.1",
      "Host: h",
      "",
      "GET /3 HTTP/1.1",
      "Host: h",
      "",
      "",
    );
    for (const path of ["/1", "/2", "/3"]) {
      upstream.gets(`GET ${path} HTTP/1.1`, "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Content-Length: 2", "", path);
      client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", path);
    }
    logs("GET /1 HTTP/1.1 → 200", "GET /2 HTTP/1.1 → 200", "GET /3 HTTP/1.1 → 200");
    dialled(TARGET);
  });

  dialogue("a body stands between two requests", {}, ({ client, upstream }) => {
    client.says("POST /1 HTTP/1.1", "Host: h", "Content-Length: 3", "", "abcGET /2 HTTP/1.1", "Host: h", "", "");
    upstream.gets("POST /1 HTTP/1.1", "Host: h", "Content-Length: 3", "", "abc");
    upstream.says(...OK);
    client.gets(...OK);
    upstream.gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("what follows a request that closes is not read", {}, ({ client, upstream, logs }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "Connection: close", "", "GET /2 HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    upstream.getsNothing();
    client.sees("fin");
    client.ends();
    client.sees("closed");
    logs("GET /1 HTTP/1.1 → 200");
  });

  dialogue("FIN behind pipelined requests lets all of them be answered", {}, ({ client, upstream, logs }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "", "GET /2 HTTP/1.1", "Host: h", "", "");
    client.ends();
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    upstream.gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    client.sees("closed");
    logs("GET /1 HTTP/1.1 → 200", "GET /2 HTTP/1.1 → 200");
  });

  dialogue("FIN in the body of the last one lets those before it be answered", {}, ({ client, upstream, logs }) => {
    const upload: readonly string[] = ["POST /2 HTTP/1.1", "Host: h", "Content-Length: 10", "", "abc"];
    client.says("GET /1 HTTP/1.1", "Host: h", "", upload.join("\r\n"));
    client.ends();
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    client.sees("reset");
    upstream.gets(...upload);
    upstream.sees("reset");
    logs("GET /1 HTTP/1.1 → 200", "POST /2 HTTP/1.1 → 0 client-aborted");
  });

  dialogue("FIN in the head of the last one lets those before it be answered", {}, ({ client, upstream, logs }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "", "GET /2 HTTP/1.1", "Host:");
    client.ends();
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets(...OK);
    client.sees("closed");
    logs("GET /1 HTTP/1.1 → 200");
  });

  dialogue("RST behind them: those that wait are not sent", {}, ({ client, upstream, dialled, logs }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "", "GET /2 HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "o");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "o");
    client.resets();
    upstream.getsNothing();
    upstream.sees("reset");
    dialled(TARGET);
    logs("GET /1 HTTP/1.1 → 200 client-aborted");
  });

  dialogue("a malformed one behind a good one is refused after the reply", {}, ({ client, upstream }) => {
    client.says("GET /1 HTTP/1.1", "Host: h", "", "GET /2 HTTP/1.1", "Host : h", "", "");
    upstream.gets("GET /1 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.getsFirst(...OK);
    client.getsFault(400, "field-name-space");
    client.sees("fin");
  });
});

describe("HTTP/1.0", () => {
  dialogue("closes unless it asks for keep-alive", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.0", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    client.sees("closed");
  });

  dialogue("is kept when it asks, and told so", {}, ({ client, upstream }) => {
    for (const path of ["/1", "/2"]) {
      client.says(`GET ${path} HTTP/1.0`, "Host: h", "Connection: keep-alive", "", "");
      upstream.gets(`GET ${path} HTTP/1.1`, "Host: h", "", "");
      upstream.says(...OK);
      client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: keep-alive", "", "ok");
    }
    client.sees("open");
  });

  dialogue("gets a chunked body without chunks, ended by the close", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.0", "Host: h", "Connection: keep-alive", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "3", "abc", "2", "de", "0", "X-Late: 1", "", "");
    client.gets("HTTP/1.1 200 OK", "Connection: close", "", "abcde");
    client.sees("closed");
  });

  dialogue("gets no interim response (RFC 9110 §15.2)", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.0", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 103 Early Hints", "Link: </a>", "", "");
    client.getsNothing();
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
  });

  dialogue("an upstream of HTTP/1.0 is not kept, and its version not passed on", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.0 200 OK", "Content-Length: 2", "", "ok");
    client.gets(...OK);
    upstream.sees("closed");
    client.sees("open");
  });

  dialogue("without Host the target's address stands in", {}, ({ client, upstream }) => {
    client.says("GET / HTTP/1.0", "", "");
    upstream.gets("GET / HTTP/1.1", `Host: ${TARGET}`, "", "");
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
  });
});

describe("a connection that the upstream has announced to close", () => {
  const POST: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 1", "", "x"];
  const PASSED_ON: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];

  /** A request over the `index`-th connection of the edge, answered with these fields. */
  function asked({ client, upstreams }: Dialogue, index: number, ...fields: string[]): void {
    client.says(...POST);
    upstreams(index).gets(...POST);
    upstreams(index).says("HTTP/1.1 200 OK", "Content-Length: 2", ...fields, "", "ok");
    client.gets(...PASSED_ON);
  }

  dialogue("within timeout=5 is used again, but not in its last second", {}, (d) => {
    asked(d, 0, "Keep-Alive: timeout=5");
    d.passes(3_500);
    asked(d, 0, "Keep-Alive: timeout=5");
    d.passes(4_000);
    d.upstream.sees("closed");
    asked(d, 1);
    d.dialled(TARGET, TARGET);
  });

  dialogue("timeout=1 and timeout=0 are not long enough to use it again", {}, (d) => {
    asked(d, 0, "Keep-Alive: timeout=1");
    d.upstream.sees("closed");
    asked(d, 1, "Keep-Alive: timeout=0");
    asked(d, 2);
    d.dialled(TARGET, TARGET, TARGET);
  });

  dialogue("max=2 is two requests more", {}, (d) => {
    for (const max of [2, 1, 0]) asked(d, 0, `Keep-Alive: timeout=60, max=${max}`);
    d.upstream.sees("closed");
    asked(d, 1);
  });

  dialogue("max=2 that is not counted down is two requests more all the same", {}, (d) => {
    for (let turn = 0; turn < 3; turn++) asked(d, 0, "Keep-Alive: max=2");
    asked(d, 1, "Connection: close");
    asked(d, 2);
  });

  dialogue("a long timeout does not go beyond idleTimeout", { pool: { connections: { idleTimeout: "1s" } } }, (d) => {
    asked(d, 0, "Keep-Alive: timeout=600");
    d.passes(1_300);
    d.upstream.sees("closed");
    asked(d, 1);
  });
});
