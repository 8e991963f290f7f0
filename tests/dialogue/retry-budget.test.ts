/** Retries are a share of the requests and no more. */
import { describe, expect } from "bun:test";

import { dialogue, TARGET, type Dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];

/** The upstream drops the nth connection's second request: a retry is made on the next connection, or not. */
function isDropped({ client, upstreams }: Dialogue, connection: number): void {
  const upstream = upstreams(connection);
  client.says(...GET);
  upstream.gets(...GET);
  upstream.ends();
}

function isServed({ client, upstreams }: Dialogue, connection: number): void {
  upstreams(connection).gets(...GET);
  upstreams(connection).says(...OK);
  client.gets(...OK);
}

const one: Setting = { pool: { retry: { attempts: 2, budget: 0, minimum: 1 } } };

describe("the retry budget", () => {
  dialogue("allows so many a second, however few the requests are", one, (d) => {
    d.client.says(...GET);
    isServed(d, 0);
    isDropped(d, 0);
    isServed(d, 1);
    isDropped(d, 1);
    d.client.getsFault(502, "upstream-closed", "keep");
    expect(d.edge.finished.map(({ noRetry }) => noRetry)).toEqual(["", "", "budget"]);
    d.dialled(TARGET, TARGET);
    d.passes(1_100);
    d.client.says(...GET);
    isServed(d, 2);
    isDropped(d, 2);
    isServed(d, 3);
  });

  dialogue("is what requests have paid in", { pool: { retry: { attempts: 2, budget: 0.5, minimum: 0 } } }, (d) => {
    d.client.says(...GET);
    isServed(d, 0);
    isDropped(d, 0);
    isServed(d, 1);
    isDropped(d, 1);
    d.client.getsFault(502, "upstream-closed", "keep");
  });
});
