/** Replies that come before the request is whole, and how a connection is closed so that they arrive (RFC 9112 §9.6). */
import { describe } from "bun:test";

import { dialogue, type Dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const HEAD: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 10", "", ""];

function uploading({ client, upstream }: Dialogue): void {
  client.says(...HEAD.slice(0, -1), "abc");
  upstream.gets(...HEAD.slice(0, -1), "abc");
}

describe("a reply in mid-upload", () => {
  dialogue("is passed on; the rest of the body is thrown away and the next request served", {}, (d) => {
    uploading(d);
    const { client, upstream, upstreams } = d;
    upstream.says(...OK);
    client.gets(...OK);
    // The upstream may never read the rest.
    upstream.sees("closed");
    client.says("defghijGET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says(...OK);
    client.gets(...OK);
    d.logs("POST / HTTP/1.1 → 200", "GET /2 HTTP/1.1 → 200");
  });

  dialogue("whose own body takes its time lets the upload go on", {}, (d) => {
    uploading(d);
    const { client, upstream } = d;
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 4", "", "o");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 4", "", "o");
    client.says("defghij");
    upstream.gets("defghij");
    upstream.says("kay");
    client.gets("kay");
    upstream.sees("open");
    client.sees("open");
  });

  dialogue("that the upstream sends without taking the upload: its connection is given up", {}, (d) => {
    const { client, upstream } = d;
    client.says(...HEAD);
    upstream.gets(...HEAD);
    upstream.stopsReading(2);
    client.says("abcdefghij");
    upstream.gets("ab");
    upstream.says(...OK);
    client.gets(...OK);
    upstream.sees("closed");
    client.sees("open");
  });

  dialogue("and a chunked rest that is broken: the reply stays, the connection closes", {}, (d) => {
    const { client, upstream } = d;
    client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "3", "abc", "");
    upstream.getsChunkedSoFar(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "abc");
    upstream.says(...OK);
    client.gets(...OK);
    client.says("x", "");
    client.getsNothing();
    client.sees("fin");
    client.ends();
    client.sees("closed");
    d.logs("POST / HTTP/1.1 → 200");
  });

  dialogue("and a rest that never comes: the connection closes after timeouts.linger", {}, (d) => {
    uploading(d);
    d.upstream.says(...OK);
    d.client.gets(...OK);
    d.passes(4_900);
    d.client.sees("open");
    d.passes(400);
    d.client.sees("reset");
    d.logs("POST / HTTP/1.1 → 200");
  });

  dialogue("and a rest that comes slowly: the connection goes on as long as it does", {}, (d) => {
    const { client, upstreams } = d;
    uploading(d);
    d.upstream.says(...OK);
    client.gets(...OK);
    for (const byte of "defghi") {
      d.passes(4_500);
      client.says(byte);
    }
    client.says("jGET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says(...OK);
    client.gets(...OK);
    // Behind the rest other timers hold.
    d.passes(60_000);
    client.sees("open");
  });

  dialogue("and a rest that comes for ever: the connection closes after timeouts.lingerTotal", {}, (d) => {
    const { client, upstream } = d;
    client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "3", "abc", "");
    upstream.getsChunkedSoFar(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "abc");
    upstream.says(...OK);
    client.gets(...OK);
    for (let turn = 0; turn < 7; turn++) {
      client.says("1", "x", "");
      d.passes(4_200);
    }
    client.says("1", "x", "");
    client.sees("open");
    d.passes(900);
    client.sees("reset");
    d.logs("POST / HTTP/1.1 → 200");
  });

  dialogue("and a client that ends in the rest", {}, (d) => {
    uploading(d);
    d.upstream.says(...OK);
    d.client.gets(...OK);
    d.client.ends();
    d.client.sees("closed");
    d.logs("POST / HTTP/1.1 → 200");
  });

  dialogue("with Connection: close of the client lingers", {}, (d) => {
    const { client, upstream } = d;
    client.says("POST / HTTP/1.1", "Host: h", "Connection: close", "Content-Length: 10", "", "abc");
    upstream.gets("POST / HTTP/1.1", "Host: h", "Content-Length: 10", "", "abc");
    upstream.says(...OK);
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok");
    client.sees("fin");
    client.says("defghij and what not");
    client.sees("fin");
    d.passes(5_300);
    client.sees("reset");
  });
});

describe("an upstream that leaves with its reply in mid-upload", () => {
  const REFUSED: readonly string[] = ["HTTP/1.1 413 Too Large", "Connection: close", "Content-Length: 2", "", "no"];
  const PASSED: readonly string[] = ["HTTP/1.1 413 Too Large", "Content-Length: 2", "", "no"];

  /** The rest is thrown away, and the next request served on a connection of its own. */
  function goesOn({ client, upstreams }: Dialogue, rest: string): void {
    client.says(`${rest}GET /2 HTTP/1.1`, "Host: h", "", "");
    upstreams(1).gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstreams(1).says(...OK);
    client.gets(...OK);
  }

  for (const [how, leave] of [
    ["FIN", "ends"],
    ["RST", "resets"],
  ] as const) {
    dialogue(`by ${how}: the reply is the client's all the same`, {}, (d) => {
      uploading(d);
      d.upstream.says(...REFUSED);
      d.upstream[leave]();
      d.client.gets(...PASSED);
      goesOn(d, "defghij");
      d.logs("POST / HTTP/1.1 → 413", "GET /2 HTTP/1.1 → 200");
    });

    dialogue(`by ${how}, and has taken none of it: the reply is the client's all the same`, {}, (d) => {
      const { client, upstream } = d;
      client.says(...HEAD);
      upstream.gets(...HEAD);
      upstream.stopsReading();
      client.says("abcdefg");
      upstream.says(...REFUSED);
      upstream[leave]();
      client.gets(...PASSED);
      goesOn(d, "hij");
    });

    dialogue(`by ${how} in the reply's body: the client sees that it is not whole`, {}, (d) => {
      uploading(d);
      d.upstream.says("HTTP/1.1 413 Too Large", "Content-Length: 20", "", "no");
      d.client.gets("HTTP/1.1 413 Too Large", "Content-Length: 20", "", "no");
      d.client.says("de");
      d.upstream.gets("de");
      d.upstream[leave]();
      d.client.sees("reset");
      d.logs("POST / HTTP/1.1 → 413 response-truncated");
    });
  }

  dialogue("whose end is its own FIN: the client gets all of it", {}, (d) => {
    uploading(d);
    d.upstream.says("HTTP/1.1 413 Too Large", "", "no");
    d.client.getsChunkedSoFar(["HTTP/1.1 413 Too Large", "Transfer-Encoding: chunked"], "no");
    d.client.says("de");
    d.upstream.gets("de");
    d.upstream.ends();
    d.client.gets("0", "", "");
    goesOn(d, "fghij");
    d.logs("POST / HTTP/1.1 → 413", "GET /2 HTTP/1.1 → 200");
  });

  dialogue("of which the client has not taken all: the rest comes when it reads on", {}, (d) => {
    const { client, upstream } = d;
    uploading(d);
    client.stopsReading(10);
    upstream.says(...REFUSED);
    upstream.ends();
    client.says("def");
    // Until the reply has come whole, the upload goes on.
    upstream.read();
    client.getsFirst("HTTP/1.1 4");
    client.readsOn();
    client.putsBack("HTTP/1.1 4");
    client.gets(...PASSED);
    goesOn(d, "ghij");
  });
});

describe("a lingering close", () => {
  const bad: readonly string[] = ["GET / HTTP/1.1", "Host : h", "", ""];

  dialogue("is over with the client's FIN", {}, ({ client, logs }) => {
    client.says(...bad);
    client.getsFault(400, "field-name-space");
    client.sees("fin");
    client.says("GET /smuggled HTTP/1.1", "Host: h", "", "");
    client.getsNothing();
    client.ends();
    client.sees("closed");
    logs("GET / HTTP/1.1 → 400 field-name-space");
  });

  dialogue("is over after timeouts.linger", { config: { timeouts: { linger: "2s" } } }, ({ client, passes }) => {
    client.says(...bad);
    client.getsFault(400, "field-name-space");
    passes(1_900);
    client.sees("fin");
    passes(300);
    client.sees("reset");
  });

  const times: Setting = { config: { timeouts: { linger: "2s", lingerTotal: "5s" } } };
  dialogue("is over at once with linger: 0", { config: { timeouts: { linger: 0 } } }, ({ client, passes }) => {
    client.says(...bad);
    client.getsFault(400, "field-name-space");
    passes(200);
    client.sees("reset");
  });

  dialogue("goes on while the client still sends, for timeouts.lingerTotal", times, ({ client, passes }) => {
    client.says(...bad);
    client.getsFault(400, "field-name-space");
    for (let turn = 0; turn < 3; turn++) {
      passes(1_600);
      client.says("x");
    }
    client.sees("fin");
    passes(100);
    client.sees("fin");
    passes(400);
    client.sees("reset");
    client.getsNothing();
  });

  dialogue("is over after timeouts.lingerTotal, however often the client sends", times, ({ client, passes }) => {
    client.says(...bad);
    client.getsFault(400, "field-name-space");
    for (let turn = 0; turn < 49; turn++) {
      passes(100);
      client.says("x");
    }
    client.sees("fin");
    for (let turn = 0; turn < 20; turn++) {
      passes(20);
      if (client.peer.speaks) client.says("x");
    }
    client.sees("reset");
  });

  dialogue(
    "behind a rest that was broken has what is left of timeouts.lingerTotal",
    times,
    ({ client, upstream, passes }) => {
      client.says("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "3", "abc", "");
      upstream.getsChunkedSoFar(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "abc");
      upstream.says(...OK);
      client.gets(...OK);
      passes(1_600);
      client.says("1", "x", "");
      passes(1_600);
      client.says("no size", "");
      client.sees("fin");
      passes(1_600);
      client.says("x");
      passes(600);
      client.sees("reset");
    },
  );

  dialogue("waits until the client has taken the reply", {}, ({ client, passes }) => {
    client.stopsReading(20);
    client.says(...bad);
    client.getsFirst("HTTP/1.1 400 Bad Req");
    client.sees("open");
    passes(3_000);
    client.readsOn();
    client.putsBack("HTTP/1.1 400 Bad Req");
    client.getsFault(400, "field-name-space");
    client.sees("fin");
  });
});
