/** Targets that operators take out and put back: who is finished, who is cut, and what a reload leaves as it was set. */
import { afterEach, describe, expect, test } from "bun:test";

import { Client } from "./support/client.ts";
import { startNamedPool, type NamedPool, type NamedPoolOptions } from "./support/named-pool.ts";
import { ok, type Received } from "./support/origin.ts";
import { AT_ONCE, poll } from "./support/poll.ts";
import { isComplete } from "./support/raw-client.ts";
import { faultOf } from "./support/replies.ts";

let pool: NamedPool;
let held: Received[] = [];
let tunnels: Client[] = [];

afterEach(async () => {
  for (const tunnel of tunnels) tunnel.close();
  await pool.stop();
  held = [];
  tunnels = [];
});

/** `/held` is answered by the test; `/tunnel` switches protocols and sends everything back. */
async function start(names: string, options: NamedPoolOptions = {}): Promise<void> {
  pool = await startNamedPool(names, {
    answer: (name, request) => {
      if (request.path === "/held") {
        held.push(request);
      } else if (request.path === "/tunnel") {
        request.socket.on("tunnel", (bytes: Buffer) => request.socket.write(bytes));
        request.socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
      } else {
        ok(request, name);
      }
    },
    ...options,
  });
}

async function tunnel(): Promise<Client> {
  const client = await Client.open(pool.edge.port);
  tunnels.push(client);
  const head = "GET /tunnel HTTP/1.1\r\nHost: h.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
  expect(await client.ask(head, isComplete)).toStartWith("HTTP/1.1 101");
  return client;
}

const alive = async (client: Client): Promise<boolean> =>
  (await client.ask("still here", (text) => text === "still here", 1000)) === "still here";

/** `after`: milliseconds until what lives there is cut; 0 = never. */
function setMode(name: string, mode: "ready" | "drain" | "maintenance", after = 0): void {
  pool.live().setMode(pool.target(name), mode, pool.now(), after === 0 ? 0 : pool.now() + after);
}

describe("a target that drains", () => {
  test("gets nothing new, loses its idle connections at once, and finishes what it has", async () => {
    await start("ab", { entries: { b: { mode: "drain" } } });
    const waiting = pool.get("/held");
    expect(await poll(() => held.length === 1)).toBe(true);
    const client = await tunnel();
    expect(await pool.turns(3)).toBe("aaa");
    expect(pool.origins["a"]!.sockets.size).toBe(3);
    setMode("b", "ready");
    setMode("a", "drain");
    expect(await poll(() => pool.origins["a"]!.sockets.size === 2)).toBe(true);
    expect(await pool.turns(4)).toBe("bbbb");
    expect(await alive(client)).toBe(true);
    ok(held[0]!, "done");
    expect((await waiting).body).toBe("done");
    client.close();
    expect(await poll(() => pool.origins["a"]!.sockets.size === 0)).toBe(true);
    expect(pool.target("a").active).toBe(0);
  });

  test("is cut when its time is over: a tunnel ends, a request whose reply has not begun gets a fault", async () => {
    await start("a");
    const waiting = pool.get("/held");
    const client = await tunnel();
    const idle = Client.open(pool.edge.port);
    const began = performance.now();
    setMode("a", "drain", 300);
    const { status, reply } = await waiting;
    expect([status >= 502, faultOf(reply)]).toEqual([true, expect.stringMatching(/./)]);
    expect(await client.end()).not.toBe("open");
    expect(performance.now() - began).toBeWithin(150, 1500);
    expect(await poll(() => pool.target("a").active === 0)).toBe(true);
    expect((await idle).gone).toBe(false);
    (await idle).close();
  });

  test("and is made ready again before that cuts nobody", async () => {
    await start("a");
    const client = await tunnel();
    setMode("a", "drain", 250);
    await Bun.sleep(50);
    setMode("a", "ready");
    await Bun.sleep(500);
    expect(await alive(client)).toBe(true);
    expect(await pool.turns(2)).toBe("aa");
  });

  test("like all the others: a request is refused at once, and those who wait for a connection as well", async () => {
    await start("ab", { pool: { connections: { max: 1 }, queue: { timeout: "20s" } } });
    const served = [pool.get("/held"), pool.get("/held")];
    expect(await poll(() => held.length === 2)).toBe(true);
    const queued = pool.get("/queued");
    expect(await poll(() => pool.live().waiting.length === 1)).toBe(true);
    setMode("a", "drain");
    setMode("b", "maintenance");
    const began = performance.now();
    expect(faultOf((await pool.get("/x")).reply)).toBe("no-target");
    for (const request of held) ok(request, "done");
    expect((await Promise.all(served)).map(({ body }) => body)).toEqual(["done", "done"]);
    expect([503, 200]).toContain((await queued).status);
    expect(performance.now() - began).toBeLessThan(AT_ONCE);
  });

  test("hands those who wait for it to another one that gets ready", async () => {
    await start("ab", { entries: { b: { mode: "maintenance" } }, pool: { connections: { max: 1 } } });
    const served = pool.get("/held");
    expect(await poll(() => held.length === 1)).toBe(true);
    const queued = pool.get("/queued");
    expect(await poll(() => pool.live().waiting.length === 1)).toBe(true);
    setMode("b", "ready");
    setMode("a", "drain");
    expect((await queued).body).toBe("b");
    ok(held[0]!, "done");
    expect((await served).body).toBe("done");
  });
});

describe("a target that a reload removes", () => {
  test("and another brings back while it drains: it serves again, and its tunnel goes on", async () => {
    await start("ab", { pool: { drain: "400ms" } });
    setMode("b", "maintenance");
    const client = await tunnel();
    setMode("b", "ready");
    await pool.reload({ a: null });
    expect(await pool.turns(3)).toBe("bbb");
    await pool.reload({});
    expect(new Set(await pool.turns(6))).toEqual(new Set("ab"));
    await Bun.sleep(700);
    expect(await alive(client)).toBe(true);
    expect(pool.live().targets).toHaveLength(2);
  });

  test("is gone at the pool's deadline, with its tunnel", async () => {
    await start("ab", { pool: { drain: "300ms" } });
    setMode("b", "maintenance");
    const client = await tunnel();
    setMode("b", "ready");
    await pool.reload({ a: null });
    expect(pool.live().targets).toHaveLength(2);
    expect(await client.end()).not.toBe("open");
    expect(await poll(() => pool.live().targets.length === 1)).toBe(true);
    expect(await pool.turns(2)).toBe("bb");
  });

  test("with its whole pool: its tunnel lives on, and is cut at the pool's deadline", async () => {
    await start("a", { pool: { drain: "400ms" } });
    const client = await tunnel();
    const began = performance.now();
    await pool.edge.reload({ routes: [{ match: { path: "/*" }, respond: { body: "no pools any more" } }] });
    expect((await pool.get("/x")).body).toBe("no pools any more");
    expect(await alive(client)).toBe(true);
    expect(await client.end()).not.toBe("open");
    expect(performance.now() - began).toBeWithin(250, 2000);
  });
});

describe("what an operator sets", () => {
  test("stays over reloads that say the same as before, until the config changes its word", async () => {
    await start("ab");
    setMode("a", "drain");
    pool.live().setWeight(pool.target("b"), 7, pool.now());
    await pool.reload({}, { queue: { max: 7 } });
    expect(pool.target("a").mode).toBe("drain");
    expect([pool.target("b").weight, pool.target("b").weightPinned]).toEqual([7, true]);
    expect(await pool.turns(3)).toBe("bbb");
    await pool.reload({ a: { mode: "maintenance" } });
    expect(pool.target("a").mode).toBe("maintenance");
    await pool.reload({});
    expect(pool.target("a").mode).toBe("ready");
    pool.live().setWeight(pool.target("b"), null, pool.now());
    expect(new Set(await pool.turns(4))).toEqual(new Set("ab"));
  });

  test("in maintenance a target is not checked; in drain it is", async () => {
    const check = { kind: "http", path: "/healthz", interval: "100ms", jitter: 0 } as const;
    await start("abc", { pool: { health: { check } } });
    const checks = (name: string): number => pool.origins[name]!.countOf("/healthz");
    expect(await poll(() => ["a", "b", "c"].every((name) => checks(name) > 1))).toBe(true);
    setMode("a", "maintenance");
    setMode("b", "drain");
    await Bun.sleep(150);
    const [a, b] = [checks("a"), checks("b")];
    await Bun.sleep(450);
    expect(checks("a")).toBe(a);
    expect(checks("b")).toBeGreaterThan(b);
    setMode("a", "ready");
    expect(await poll(() => checks("a") > a)).toBe(true);
  });
});
