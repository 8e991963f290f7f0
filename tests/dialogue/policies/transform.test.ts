/** Policies that change bodies while they stream, both ways, with backpressure (`src/contract/body-transform.ts`). */
import { describe, expect } from "bun:test";

import { dialogue } from "../support/dialogue.ts";
import { type Shout, shout } from "./throwaway.ts";

const made: Shout[] = [];
const last = (): Shout => made.at(-1)!;

for (const side of ["client", "origin"] as const) {
  describe(`a transform of the ${side}'s side`, () => {
    const policies = [{ definition: shout(side, false, made) }];
    const LOUD = ["HTTP/1.1 200 OK", "X-Voice: loud", "Transfer-Encoding: chunked"];

    dialogue("changes a reply as it comes, and its length is unknown", { policies }, ({ client, upstream, logs }) => {
      client.says("GET / HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Content-Length: 9", "", "hello ");
      client.getsChunkedSoFar(LOUD, "HELLO ");
      upstream.says("you");
      client.goesOnChunked("YOU!", "");
      logs("GET / HTTP/1.1 → 200");
      // The connection to the upstream was kept.
      client.says("GET /2 HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET /2 HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "2", "ok", "0", "T: 1", "", "");
      client.getsChunked(LOUD, "OK!", "T: 1\r\n");
    });

    dialogue("changes a request as it comes", { policies }, ({ client, upstream, upstreams, dialled }) => {
      client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 9", "", "hello ");
      upstream.getsChunkedSoFar(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "HELLO ");
      client.says("you");
      upstream.goesOnChunked("YOU!", "");
      upstream.says("HTTP/1.1 204 No Content", "", "");
      client.gets("HTTP/1.1 204 No Content", "", "");
      client.says("POST /2 HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "2", "ok", "0", "T: 1", "", "");
      upstreams(0).getsChunked(["POST /2 HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "OK!", "T: 1\r\n");
      upstream.says("HTTP/1.1 204 No Content", "", "");
      client.gets("HTTP/1.1 204 No Content", "", "");
      dialled("10.0.0.1:80");
    });

    dialogue("is not made for what has no body", { policies }, ({ client, upstream }) => {
      made.length = 0;
      client.says("HEAD / HTTP/1.1", "Host: h", "", "");
      upstream.gets("HEAD / HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Content-Length: 9", "", "");
      client.gets("HTTP/1.1 200 OK", "Content-Length: 9", "", "");
      client.says("GET / HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Content-Length: 0", "", "");
      client.gets("HTTP/1.1 200 OK", "Content-Length: 0", "", "");
      expect(made).toEqual([]);
    });

    dialogue("may decline", { policies }, ({ client, upstream }) => {
      client.says("GET / HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "X-Quiet: 1", "Content-Length: 2", "", "ok");
      client.gets("HTTP/1.1 200 OK", "X-Quiet: 1", "Content-Length: 2", "", "ok");
    });

    dialogue("never makes a broken body look whole", { policies }, ({ client, upstream }) => {
      client.says("GET / HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Content-Length: 9", "", "hello ");
      client.getsChunkedSoFar(LOUD, "HELLO ");
      upstream.ends();
      client.getsNothing();
      client.sees("reset");
      expect(last().cancelled).toBe(true);
    });

    dialogue(
      "changes what the edge itself answers, error pages included",
      {
        policies,
        config: { routes: [{ name: "fixed", match: { path: "/*" }, respond: { body: "fixed" } }] },
      },
      ({ client }) => {
        client.says("GET / HTTP/1.1", "Host: h", "", "");
        const text = client.read();
        expect(text).toContain("Transfer-Encoding: chunked");
        expect(text).toContain("FIXED");
      },
    );
  });
}

describe("a transform that holds back", () => {
  const policies = [{ definition: shout("client", true, made) }];

  dialogue(
    "stops the upstream when it is full, and goes on when it is not",
    { policies },
    ({ client, upstream, edge }) => {
      client.says("GET / HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Content-Length: 20", "", "zyxwvutsrq");
      upstream.isPaused();
      expect(client.read()).not.toContain("ZYX");
      last().release();
      edge.network.loop.run();
      expect(client.read()).toContain("ZYX");
      upstream.says("abcdefghij");
      last().release();
      edge.network.loop.run();
      for (let turn = 0; turn < 20; turn++) {
        last().release();
        edge.network.loop.run();
      }
      expect(client.read()).toContain("!");
      expect(edge.counts().exchanges).toBe(0);
    },
  );

  dialogue("outlives the upstream's part of the exchange", { policies }, ({ client, upstream, edge }) => {
    client.says("GET / HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    client.getsChunkedSoFar(["HTTP/1.1 200 OK", "X-Voice: loud", "Transfer-Encoding: chunked"], "");
    expect([edge.counts().active, edge.counts().exchanges]).toEqual([0, 1]);
    last().release();
    edge.network.loop.run();
    client.goesOnChunked("OK!", "");
    expect(edge.counts().exchanges).toBe(0);
  });

  dialogue("is told when the client goes away", { policies }, ({ client, upstream, edge }) => {
    client.says("GET / HTTP/1.1", "Host: h", "", "");
    upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
    upstream.says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    client.read();
    client.resets();
    expect(last().cancelled).toBe(true);
    last().release();
    expect(edge.counts().exchanges).toBe(0);
  });

  dialogue(
    "that fails resets the client, and the upstream is not to blame",
    { policies },
    ({ client, upstream, logs }) => {
      client.says("GET / HTTP/1.1", "Host: h", "", "");
      upstream.gets("GET / HTTP/1.1", "Host: h", "", "");
      upstream.says("HTTP/1.1 200 OK", "Content-Length: 9", "", "ok");
      client.read();
      last().fail();
      client.sees("reset");
      logs("GET / HTTP/1.1 → 200 policy-failed");
    },
  );

  dialogue("stops the client's upload when it is full", { policies }, ({ client, upstream, edge }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 20", "", "zyxwvutsrq");
    const first = last();
    client.isPaused();
    expect(upstream.read()).not.toContain("ZYX");
    first.release();
    edge.network.loop.run();
    expect(upstream.read()).toContain("ZYX");
    client.says("abcdefghij");
    for (let turn = 0; turn < 20; turn++) {
      first.release();
      edge.network.loop.run();
    }
    expect(upstream.read()).toContain("!");
    upstream.says("HTTP/1.1 204 No Content", "", "");
    client.gets("HTTP/1.1 204 No Content", "", "");
  });

  dialogue("that fails an upload gives the client a page", { policies }, ({ client, upstream, edge }) => {
    client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 20", "", "01234567");
    upstream.read();
    last().fail();
    edge.network.loop.run();
    client.getsFault(500, "policy-failed", "either");
    upstream.sees("reset");
  });
});
