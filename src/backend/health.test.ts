import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHealth, type Health, type HealthOptions } from "./health.ts";

const PAST = "2s";
const get = (health: Health, method = "GET"): Promise<Response> =>
  health.handle(new Request("http://backend.test/healthz", { method }));

interface Document {
  readonly status: string;
  readonly output?: string;
  readonly checks?: Readonly<Record<string, ReadonlyArray<Readonly<Record<string, unknown>>>>>;
}
const documentOf = async (reply: Response): Promise<Document> => (await reply.json()) as Document;

/** A check that ends when it is told to, and counts how often it was begun. */
class Held {
  begun = 0;
  #end: (error: Error | null) => void = () => {};
  readonly check = (): Promise<void> => {
    this.begun++;
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error === null ? resolve() : reject(error));
    });
  };

  async end(error: Error | null = null): Promise<void> {
    this.#end(error);
    await Bun.sleep(0);
  }
}

const unhandled: unknown[] = [];
process.on("unhandledRejection", (error) => unhandled.push(error));
afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
});

describe("the answer", () => {
  test("is 200 with every check in detail when all pass", async () => {
    // A driver's query is a thenable that runs when it is awaited.
    let ran = 0;
    // oxlint-disable-next-line no-thenable
    const lazy = { then: (done: (rows: unknown[]) => void) => (ran++, done([{ one: 1 }])) };
    const health = createHealth({ checks: { database: () => lazy, disk: () => undefined } });
    const reply = await get(health);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toBe("application/health+json");
    expect(reply.headers.get("cache-control")).toBe("no-store");
    const document = await documentOf(reply);
    const passed = { status: "pass", observedUnit: "ms", observedValue: expect.any(Number), time: expect.any(String) };
    expect(document).toEqual({ status: "pass", checks: { database: [passed], disk: [passed] } });
    expect(Date.now() - Date.parse(String(document.checks!["disk"]![0]!["time"]))).toBeLessThan(5000);
    expect(ran).toBe(1);
  });

  test("is 503 when a critical check throws, rejects or answers false; the others are told all the same", async () => {
    const health = createHealth({
      checks: {
        throws: () => {
          throw new Error("no route to postgres://me:s3cret@db/x");
        },
        rejects: () => Promise.reject(new Error("refused")),
        denies: () => false,
        works: () => null,
      },
    });
    const reply = await get(health);
    expect(reply.status).toBe(503);
    const { status, checks } = await documentOf(reply);
    const said = Object.entries(checks!).map(([name, [check]]) => [name, check!["status"], check!["output"]]);
    expect(status).toBe("fail");
    expect(said).toEqual([
      ["throws", "fail", "no route to postgres://db/x"],
      ["rejects", "fail", "refused"],
      ["denies", "fail", "it answered false"],
      ["works", "pass", undefined],
    ]);
  });

  test("is 200 and warns when only what is not critical fails", async () => {
    const cache = { check: () => Promise.reject(new Error("refused")), critical: false };
    const reply = await get(createHealth({ checks: { cache, database: () => 1 } }));
    expect(reply.status).toBe(200);
    const { status, checks } = await documentOf(reply);
    expect([status, checks!["cache"]![0]!["status"], checks!["database"]![0]!["status"]]).toEqual([
      "warn",
      "warn",
      "pass",
    ]);
    const both = createHealth({ checks: { cache, database: () => false } });
    expect((await both.status()).status).toBe("fail");
  });

  test("says that the process runs when nothing is checked", async () => {
    expect(await documentOf(await get(createHealth()))).toEqual({ status: "pass", checks: {} });
  });

  test("shows neither checks nor messages with detail off", async () => {
    const health = createHealth({ checks: { database: () => false }, detail: false });
    const reply = await get(health);
    expect([reply.status, await reply.text()]).toEqual([503, '{\n  "status": "fail"\n}\n']);
  });

  test("to HEAD has the same fields and no body; other methods are refused", async () => {
    let asked = 0;
    const health = createHealth({ checks: { database: () => ++asked }, cacheFor: "1m" });
    const whole = await get(health);
    const head = await get(health, "HEAD");
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(String((await whole.text()).length));
    expect(await head.text()).toBe("");
    const post = await get(health, "POST");
    expect([post.status, post.headers.get("allow"), asked]).toEqual([405, "GET, HEAD", 1]);
  });
});

describe("a check that hangs", () => {
  test("has failed at its own deadline, gets the signal, and does not hold up the others' results", async () => {
    let aborted: AbortSignal | null = null;
    const health = createHealth({
      checks: {
        database: {
          timeout: "30ms",
          check: (signal) =>
            new Promise((_, reject) => {
              aborted = signal;
              signal.addEventListener("abort", () => reject(new Error("cancelled")));
            }),
        },
        cache: () => true,
      },
      timeout: "10m",
    });
    const begun = performance.now();
    const { status, checks } = await health.status();
    expect(performance.now() - begun).toBeWithin(25, 1000);
    expect(status).toBe("fail");
    expect(checks["database"]!.output).toBe("no answer within 30 ms");
    expect(checks["cache"]!.status).toBe("pass");
    expect(aborted!.aborted).toBe(true);
  });

  test("and one that does not: its signal is left alone afterwards", async () => {
    let given: AbortSignal | null = null;
    const health = createHealth({
      checks: {
        database: (signal) => {
          given = signal;
        },
      },
      timeout: "5ms",
    });
    expect((await health.status()).status).toBe("pass");
    await Bun.sleep(15);
    expect(given!.aborted).toBe(false);
  });

  test("is not begun again before it has ended, and then it is", async () => {
    let now = 1000;
    const held = new Held();
    const health = createHealth({ checks: { database: held.check }, timeout: "5ms", cacheFor: 0, now: () => now });
    expect((await health.status()).checks["database"]!.output).toBe("no answer within 5 ms");
    now = 8000;
    const second = (await health.status()).checks["database"]!;
    expect([second.status, second.output]).toEqual(["fail", "no answer for 7 s; not asked again before it ends"]);
    expect([second.duration, held.begun]).toEqual([7000, 1]);

    // Its late failure is nobody's any more.
    await held.end(new Error("too late"));
    const third = health.status();
    await held.end();
    expect((await third).status).toBe("pass");
    expect(held.begun).toBe(2);
  });
});

describe("asking often", () => {
  test("shares one run, and then its result for as long as it holds, counted from its end", async () => {
    let now = 0;
    const held = new Held();
    const health = createHealth({ checks: { database: held.check }, now: () => now });
    const asked = Promise.all(Array.from({ length: 100 }, () => get(health)));
    await Bun.sleep(1);
    now = 700;
    await held.end();
    expect((await asked).map((reply) => reply.status)).toEqual(Array.from({ length: 100 }, () => 200));
    expect(held.begun).toBe(1);

    now = 1699;
    expect((await get(health)).status).toBe(200);
    expect(held.begun).toBe(1);

    now = 1700;
    const again = get(health);
    await held.end(new Error("gone"));
    expect((await again).status).toBe(503);
    expect(held.begun).toBe(2);
  });

  test("failures hold as long as successes do", async () => {
    let now = 0;
    let asked = 0;
    const health = createHealth({ checks: { database: () => ++asked > 1 }, cacheFor: PAST, now: () => now });
    expect((await health.status()).status).toBe("fail");
    now = 1999;
    expect((await health.status()).status).toBe("fail");
    now = 2000;
    expect((await health.status()).status).toBe("pass");
    expect(asked).toBe(2);
  });
});

describe("drain", () => {
  test("answers 503 at once and asks nothing more, also to those who wait for a run", async () => {
    const held = new Held();
    const health = createHealth({ checks: { database: held.check } });
    const waiting = get(health);
    await Bun.sleep(1);
    health.drain();
    const reply = await get(health);
    expect([reply.status, await documentOf(reply)]).toEqual([503, { status: "fail", output: "draining" }]);
    expect((await health.status()).draining).toBe(true);
    await held.end();
    expect((await waiting).status).toBe(503);
    health.drain();
    expect([(await get(health)).status, held.begun]).toEqual([503, 1]);
  });
});

describe("options that are wrong are refused at once", () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`check${index}`, () => true]));
  test.each([
    [{ checks: { database: { check: () => 1, timeout: "soon" } } }, "checks.database.timeout must be"],
    [{ timeout: 0 }, "timeout must be"],
    [{ cacheFor: -1 }, "cacheFor must be"],
    [{ checks: many }, "64 are the most"],
    [{ checks: { database: { check: "SELECT 1" } } } as unknown as HealthOptions, "checks.database.check must be"],
  ])("%#", (options, message) => {
    expect(() => createHealth(options)).toThrow(message);
  });
});

describe("mounted in a server", () => {
  const health = createHealth({ checks: { database: () => true } });

  test("of Bun: GET and HEAD, the length of both the same", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", routes: { "/healthz": health.handle } });
    await expectBoth(`http://127.0.0.1:${server.port}/healthz`);
  });

  test("of node:http: GET and HEAD, the length of both the same", async () => {
    const server: Server = createServer(health.nodeHandler);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await expectBoth(`http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  async function expectBoth(url: string): Promise<void> {
    const whole = await fetch(url);
    expect([whole.status, whole.headers.get("content-type")]).toEqual([200, "application/health+json"]);
    const text = await whole.text();
    expect(JSON.parse(text)).toMatchObject({ status: "pass" });
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(text.length)]);
    expect(head.headers.get("cache-control")).toBe("no-store");
    expect((await fetch(url, { method: "DELETE" })).status).toBe(405);
  }
});
