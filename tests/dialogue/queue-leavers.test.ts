/** Clients that go away while their request waits for a connection: nobody works for them (decision 0005). */
import { describe, expect } from "bun:test";

import { dialogue, TARGET, type Dialogue, type Party, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const CLOSING: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", "", "ok"];
const FIRST: readonly string[] = ["GET /first HTTP/1.1", "Host: h", "", ""];
const OTHER = "10.0.0.2:80";
/** timeouts.halfClose, and the two ticks that the wheel may be late. */
const HALF_CLOSE = 1_000;
const LATE = 300;

const REQUESTS = [
  ["GET", ["GET /waits HTTP/1.1", "Host: h", "", ""]],
  ["POST", ["POST /waits HTTP/1.1", "Host: h", "Content-Length: 3", "", "abc"]],
] as const;

/** One connection, which the first client has. */
const ONE: Setting = { pool: { connections: { max: 1 }, queue: { timeout: "1h" } } };

/** Two targets, with one connection each: the request was refused by one and waits for the other, which a client has. */
const RETRY: Setting = {
  pool: { targets: [TARGET, OTHER], connections: { max: 1 }, queue: { timeout: "1h" } },
  dials: { [TARGET]: "hang" },
};

function waiting(d: Dialogue, request: readonly string[]): { first: Party; client: Party } {
  const [first, client] = [d.another(), d.client];
  first.says(...FIRST);
  d.upstream.gets(...FIRST);
  client.says(...request);
  expect(d.edge.counts().waiting).toBe(1);
  return { first, client };
}

function waitingAgain(d: Dialogue, request: readonly string[]): { first: Party; client: Party } {
  const [first, client] = [d.another(), d.client];
  client.says(...request);
  d.dialled(TARGET);
  first.says(...FIRST);
  d.upstream.gets(...FIRST);
  d.edge.network.dials[0]!.refuse();
  d.edge.network.loop.run();
  d.dialled(TARGET, OTHER);
  expect(d.edge.counts().waiting).toBe(1);
  return { first, client };
}

for (const [how, setting, begin] of [
  ["waits", ONE, waiting],
  ["waits to be tried again", RETRY, waitingAgain],
] as const) {
  for (const [method, request] of REQUESTS) {
    const line = `${method} /waits HTTP/1.1`;
    const dials = setting === ONE ? [TARGET] : [TARGET, OTHER];
    // Another try takes a connection of its own.
    const next = ({ upstreams }: Dialogue): Party => upstreams(setting === ONE ? 0 : 1);

    describe(`a ${method} that ${how}`, () => {
      dialogue("is not sent when its client has reset the connection", setting, (d) => {
        const { first, client } = begin(d, request);
        client.resets();
        expect(d.edge.counts()).toMatchObject({ waiting: 0, exchanges: 1 });
        d.upstream.says(...OK);
        first.gets(...OK);
        d.upstream.getsNothing();
        d.dialled(...dials);
        d.logs(`${line} → 0 client-aborted`, "GET /first HTTP/1.1 → 200");
      });

      dialogue("is not sent when its client has sent FIN and timeouts.halfClose is over", setting, (d) => {
        const { first, client } = begin(d, request);
        client.ends();
        d.passes(HALF_CLOSE - 100);
        client.sees("open");
        expect(d.edge.counts().waiting).toBe(1);
        d.passes(100 + LATE);
        client.sees("reset");
        expect(d.edge.counts()).toMatchObject({ waiting: 0, exchanges: 1 });
        d.upstream.says(...OK);
        first.gets(...OK);
        d.upstream.getsNothing();
        d.dialled(...dials);
        d.logs(`${line} → 0 client-aborted`, "GET /first HTTP/1.1 → 200");
      });

      dialogue("is answered behind its client's FIN when that begins within timeouts.halfClose", setting, (d) => {
        const { first, client } = begin(d, request);
        client.ends();
        d.passes(500);
        d.upstream.says(...OK);
        first.gets(...OK);
        next(d).gets(...request);
        next(d).says(...OK);
        client.gets(...CLOSING);
        client.sees("closed");
        d.logs("GET /first HTTP/1.1 → 200", `${line} → 200`);
      });

      dialogue("has for its answer what the queue has left of timeouts.halfClose", setting, (d) => {
        const { first, client } = begin(d, request);
        client.ends();
        d.passes(HALF_CLOSE - 200);
        d.upstream.says(...OK);
        first.gets(...OK);
        next(d).gets(...request);
        d.passes(200 + LATE);
        client.sees("reset");
        next(d).sees("reset");
        d.logs("GET /first HTTP/1.1 → 200", `${line} → 0 client-aborted`);
      });
    });
  }
}
