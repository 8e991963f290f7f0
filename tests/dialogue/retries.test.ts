/** When a request is tried again, and when that would be a second effect (RFC 9110 §9.2.2); and who waits for whom. */
import { describe, expect } from "bun:test";

import { dialogue, TARGET, type Dialogue, type Setting } from "./support/dialogue.ts";

const OK: readonly string[] = ["HTTP/1.1 200 OK", "Content-Length: 2", "", "ok"];
const GET: readonly string[] = ["GET / HTTP/1.1", "Host: h", "", ""];
const POST: readonly string[] = ["POST / HTTP/1.1", "Host: h", "Content-Length: 3", "", "abc"];
const OTHER = "10.0.0.2:80";
const TWO = { targets: [TARGET, OTHER] } as const;

describe("an edge that has no socket left", () => {
  const setting: Setting = { pool: TWO, dials: { [TARGET]: "exhausted", [OTHER]: "exhausted" } };

  dialogue("is to blame itself: no target is ejected for it", setting, ({ client, upstream, edge }) => {
    for (let turn = 0; turn < 20; turn++) {
      client.says(...GET);
      client.getsFault(503, "sockets-exhausted", "keep");
    }
    expect(edge.finished.map(({ retries }) => retries)).toEqual(Array.from({ length: 20 }, () => 0));
    for (const target of [TARGET, OTHER]) edge.network.outcomes.set(target, "accept");
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
  });
});

describe("a target that refuses", () => {
  dialogue("is a 502 when it is the only one", { dials: { [TARGET]: "refuse" } }, ({ client, dialled, logs }) => {
    client.says(...GET);
    client.getsFault(502, "upstream-unreachable", "keep");
    dialled(TARGET);
    logs("GET / HTTP/1.1 → 502 upstream-unreachable");
  });

  const setting: Setting = { pool: TWO, dials: { [TARGET]: "refuse" } };

  dialogue("is passed over for another one", setting, ({ client, upstream, dialled, edge }) => {
    client.says(...GET);
    dialled(TARGET, OTHER);
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
    expect(edge.finished.map(({ target, retries }) => [target, retries])).toEqual([[OTHER, 1]]);
  });

  dialogue("is asked again by the client's next request", setting, ({ client, upstreams, dialled, edge }) => {
    for (let turn = 0; turn < 3; turn++) {
      client.says(...GET);
      upstreams(turn).gets(...GET);
      upstreams(turn).says("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 2", "", "ok");
      client.gets(...OK);
      edge.network.outcomes.set(TARGET, "accept");
    }
    dialled(TARGET, OTHER, OTHER, TARGET);
  });

  dialogue("is passed over for a POST, too: nothing was sent", setting, ({ client, upstream }) => {
    client.says(...POST);
    upstream.gets(...POST);
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("is passed over while the body is still coming", setting, ({ client, upstream }) => {
    client.says(...POST.slice(0, -1), "a");
    client.says("bc");
    upstream.gets(...POST);
    upstream.says(...OK);
    client.gets(...OK);
  });

  dialogue("is a 502 when all refuse", { pool: TWO, dials: { [TARGET]: "refuse", [OTHER]: "refuse" } }, (d) => {
    d.client.says(...GET);
    d.client.getsFault(502, "upstream-unreachable", "keep");
    d.dialled(TARGET, OTHER);
  });

  dialogue("is a 502 at once without attempts", { ...setting, pool: { ...TWO, retry: { attempts: 0 } } }, (d) => {
    d.client.says(...GET);
    d.client.getsFault(502, "upstream-unreachable", "keep");
    d.dialled(TARGET);
  });
});

describe("a kept connection that has gone stale", () => {
  function used({ client, upstream }: Dialogue): void {
    client.says(...GET);
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
  }

  dialogue("is replaced for a GET that it dropped", {}, (d) => {
    used(d);
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.ends();
    d.upstreams(1).gets(...GET);
    d.upstreams(1).says(...OK);
    d.client.gets(...OK);
    d.dialled(TARGET, TARGET);
  });

  dialogue("is replaced for a GET that it reset", {}, (d) => {
    used(d);
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.resets();
    d.upstreams(1).gets(...GET);
    d.upstreams(1).says(...OK);
    d.client.gets(...OK);
  });

  dialogue("is a 502 for a POST that may have had its effect", {}, (d) => {
    used(d);
    d.client.says(...POST);
    d.upstream.gets(...POST);
    d.upstream.ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    d.dialled(TARGET);
  });

  dialogue("is replaced for a PUT whose body is all kept", {}, (d) => {
    used(d);
    const put = ["PUT / HTTP/1.1", "Host: h", "Content-Length: 3", "", "abc"];
    d.client.says(...put);
    d.upstream.gets(...put);
    d.upstream.ends();
    d.upstreams(1).gets(...put);
    d.upstreams(1).says(...OK);
    d.client.gets(...OK);
  });

  dialogue("is a 502 for a PUT whose body is not all kept any more", {}, (d) => {
    used(d);
    const large = "x".repeat(40_000);
    d.client.says("PUT / HTTP/1.1", "Host: h", "Content-Length: 40010", "", large);
    d.upstream.gets("PUT / HTTP/1.1", "Host: h", "Content-Length: 40010", "", large);
    d.upstream.ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    d.dialled(TARGET);
  });

  dialogue("is a 502 for a PUT whose body has gone by, though it was whole", {}, (d) => {
    used(d);
    const large = "x".repeat(40_000);
    d.client.says("PUT / HTTP/1.1", "Host: h", "Content-Length: 40000", "", large);
    d.upstream.gets("PUT / HTTP/1.1", "Host: h", "Content-Length: 40000", "", large);
    d.upstream.ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    d.dialled(TARGET);
  });

  dialogue("is a 502 when the answer had begun", {}, (d) => {
    used(d);
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 20");
    d.upstream.ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    d.dialled(TARGET);
  });
});

describe("connections.max", () => {
  const one: Setting = { pool: { connections: { max: 1 }, queue: { max: 1, timeout: "2s" } } };

  dialogue("lets the second request wait for the first one's connection", one, (d) => {
    const { client, upstream } = d;
    const second = d.another();
    client.says(...GET);
    second.says("GET /2 HTTP/1.1", "Host: h", "", "");
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
    upstream.gets("GET /2 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    second.gets(...OK);
    d.dialled(TARGET);
  });

  dialogue("gives a place to the next one when the connection is lost", one, (d) => {
    const { client, upstream, upstreams } = d;
    const second = d.another();
    client.says(...POST);
    second.says(...GET);
    upstream.gets(...POST);
    upstream.resets();
    client.getsFault(502, "upstream-closed", "keep");
    upstreams(1).gets(...GET);
    upstreams(1).says(...OK);
    second.gets(...OK);
  });

  dialogue("and a full queue are a 503 at once", one, (d) => {
    const { client, upstream } = d;
    const [second, third] = [d.another(), d.another()];
    client.says(...GET);
    second.says(...GET);
    third.says("GET /3 HTTP/1.1", "Host: h", "", "");
    third.getsFault(503, "queue-full", "keep");
    upstream.gets(...GET);
    d.logs("GET /3 HTTP/1.1 → 503 queue-full");
  });

  dialogue("and queue.timeout are a 503 after it", one, (d) => {
    const { client, upstream } = d;
    const second = d.another();
    client.says(...GET);
    second.says("GET /2 HTTP/1.1", "Host: h", "", "");
    d.passes(1_900);
    second.getsNothing();
    d.passes(300);
    second.getsFault(503, "queue-timeout", "keep");
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
    upstream.getsNothing();
    d.logs("GET /2 HTTP/1.1 → 503 queue-timeout", "GET / HTTP/1.1 → 200");
  });

  dialogue("forgets who goes away while waiting", one, (d) => {
    const { client, upstream } = d;
    const [second, third] = [d.another(), d.another()];
    client.says(...GET);
    second.says(...GET);
    second.resets();
    third.says("GET /3 HTTP/1.1", "Host: h", "", "");
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
    upstream.gets("GET /3 HTTP/1.1", "Host: h", "", "");
    upstream.says(...OK);
    third.gets(...OK);
  });

  dialogue("lets a body wait with its request", one, (d) => {
    const { client, upstream } = d;
    const second = d.another();
    client.says(...GET);
    second.says(...POST.slice(0, -1), "a");
    second.says("bc");
    upstream.gets(...GET);
    upstream.says(...OK);
    client.gets(...OK);
    upstream.gets(...POST);
    upstream.says(...OK);
    second.gets(...OK);
  });
});

const SECOND = "10.0.0.2:80";

describe("a target that fails with what it carries", () => {
  const two: Setting = { pool: { targets: [TARGET, SECOND], balance: "round-robin" } };

  dialogue(
    "on a kept connection, long after the request went out: it is to blame, and another one answers",
    two,
    (d) => {
      const { client, upstreams, passes, edge } = d;
      for (const index of [0, 1]) {
        client.says("GET /first HTTP/1.1", "Host: h", "", "");
        upstreams(index).gets("GET /first HTTP/1.1", "Host: h", "", "");
        upstreams(index).says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
        client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
      }
      client.says("GET /slow HTTP/1.1", "Host: h", "", "");
      upstreams(0).gets("GET /slow HTTP/1.1", "Host: h", "", "");
      passes(450);
      upstreams(0).resets();
      upstreams(2).gets("GET /slow HTTP/1.1", "Host: h", "", "");
      upstreams(2).says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
      client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
      d.dialled(TARGET, SECOND, SECOND);
      const [pool] = edge.pools;
      expect(pool!.targets.map(({ health }) => health.failures)).toEqual([1, 0]);
    },
  );

  /** Connects that take so many milliseconds, a request on each kept connection, and the same again after `then`. */
  function overLongWay(d: Dialogue, connect: number, then: number): void {
    const { client, upstreams, passes, edge } = d;
    for (const index of [0, 1]) {
      client.says(...GET);
      passes(connect);
      edge.network.dials[index]!.accept();
      edge.network.loop.run();
      upstreams(index).gets(...GET);
      upstreams(index).says(...OK);
      client.gets(...OK);
    }
    client.says(...GET);
    upstreams(0).gets(...GET);
    passes(then);
    upstreams(0).resets();
    passes(connect);
    edge.network.dials[2]!.accept();
    edge.network.loop.run();
    upstreams(2).gets(...GET);
    upstreams(2).says(...OK);
    client.gets(...OK);
  }
  const failures = ({ edge }: Dialogue): number[] => {
    const [pool] = edge.pools;
    return pool!.targets.map(({ health }) => health.failures);
  };
  const far: Setting = { ...two, dials: { [TARGET]: "hang", [SECOND]: "hang" } };

  dialogue("within two round trips of a long way: the connection was stale, and it is not to blame", far, (d) => {
    overLongWay(d, 300, 500);
    expect(failures(d)).toEqual([0, 0]);
  });

  dialogue("after two round trips of a long way: it is to blame", far, (d) => {
    overLongWay(d, 300, 700);
    expect(failures(d)).toEqual([1, 0]);
  });

  dialogue("after a second, however long the connect took", far, (d) => {
    overLongWay(d, 2_000, 1_100);
    expect(failures(d)).toEqual([1, 0]);
  });

  const slow: Setting = { pool: { ...two.pool, timeouts: { firstByte: "700ms" } } };
  dialogue("by not answering in time: another one is asked, when nothing can be done twice", slow, (d) => {
    const { client, upstreams, passes } = d;
    client.says("GET / HTTP/1.1", "Host: h", "", "");
    upstreams(0).gets("GET / HTTP/1.1", "Host: h", "", "");
    passes(1_000);
    upstreams(0).sees("reset");
    upstreams(1).gets("GET / HTTP/1.1", "Host: h", "", "");
    upstreams(1).says("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
    client.gets("HTTP/1.1 200 OK", "Content-Length: 2", "", "ok");
  });

  dialogue("by not answering in time: a POST is not sent twice", slow, (d) => {
    const { client, upstreams, passes, dialled } = d;
    client.says("POST / HTTP/1.1", "Host: h", "Content-Length: 1", "", "x");
    upstreams(0).gets("POST / HTTP/1.1", "Host: h", "Content-Length: 1", "", "x");
    passes(1_000);
    client.getsFault(504, "upstream-first-byte-timeout", "keep");
    dialled(TARGET);
  });
});

describe("a retry that is not made says why", () => {
  const large = "x".repeat(40_000);
  const put: readonly string[] = ["PUT / HTTP/1.1", "Host: h", "Content-Length: 40000", "", large];
  const reasons = ({ edge }: Dialogue): string[] => edge.finished.map(({ noRetry }) => noRetry);

  /** The target closes the connection as soon as it has the request. */
  function closed(d: Dialogue, request: readonly string[], status = 502, fault = "upstream-closed"): void {
    d.client.says(...request);
    d.upstream.gets(...request);
    d.upstream.ends();
    d.client.getsFault(status, fault, "either");
  }

  dialogue("the method is not idempotent", { pool: TWO }, (d) => {
    closed(d, POST);
    expect(reasons(d)).toEqual(["not-idempotent"]);
  });

  dialogue("the body is not kept", { pool: TWO }, (d) => {
    closed(d, put);
    expect(reasons(d)).toEqual(["body-not-replayable"]);
  });

  dialogue("retries are off", { pool: { ...TWO, retry: { attempts: 0 } } }, (d) => {
    closed(d, GET);
    expect(reasons(d)).toEqual(["retries-off"]);
  });

  const dead: Setting["dials"] = { [OTHER]: "refuse" };
  dialogue("no other target is up", { pool: TWO, dials: { ...dead, [TARGET]: "refuse" } }, (d) => {
    d.client.says(...GET);
    d.client.getsFault(502, "upstream-unreachable", "keep");
    expect(reasons(d)).toEqual(["no-other-target"]);
  });

  dialogue("the attempts are used up", { pool: { ...TWO, retry: { attempts: 1 } } }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.ends();
    d.upstreams(1).gets(...GET);
    d.upstreams(1).ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    expect(reasons(d)).toEqual(["attempts-used"]);
  });

  dialogue("the fault is final", { pool: TWO }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("rubbish\r\n\r\n");
    d.client.getsFault(502, "response-malformed", "keep");
    expect(reasons(d)).toEqual(["fault-is-final"]);
  });

  dialogue("the time is over", { pool: { ...TWO, timeouts: { total: "1s" } } }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.passes(1_200);
    d.client.getsFault(504, "upstream-total-timeout", "keep");
    expect(reasons(d)).toEqual(["deadline"]);
  });

  dialogue("the response had begun", { pool: TWO }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 200 OK", "Content-Le");
    d.upstream.ends();
    d.client.getsFault(502, "upstream-closed", "keep");
    expect(reasons(d)).toEqual(["response-begun"]);
  });

  dialogue("the reply had begun", { pool: TWO }, (d) => {
    d.client.says(...GET);
    d.upstream.gets(...GET);
    d.upstream.says("HTTP/1.1 200 OK", "Content-Length: 5", "", "ab");
    d.upstream.ends();
    d.client.gets("HTTP/1.1 200 OK", "Content-Length: 5", "", "ab");
    d.client.sees("reset");
    expect(reasons(d)).toEqual(["reply-begun"]);
  });
});
