/** A new config takes over while traffic runs: nothing drops, and a bad one changes nothing. */
import { afterEach, describe, expect, test } from "bun:test";

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { Client } from "./support/client.ts";
import { edgeFromFile, type FileEdge } from "./support/edge-from-file.ts";
import { deadAddress, isFreed, ok, startOrigin, type Answer, type Origin, type Received } from "./support/origin.ts";
import { poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { fieldOf, linesOf } from "./support/replies.ts";

const HOST = "Host: h.example\r\n";
const opened: Array<{ stop(): Promise<void> }> = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

async function origin(answer: Answer = (request) => ok(request, request.path)): Promise<Origin> {
  const started = await startOrigin(answer);
  opened.push(started);
  return started;
}

async function start(config: Config | string, name?: string): Promise<FileEdge> {
  const edge = await edgeFromFile(config, name);
  opened.push(edge);
  return edge;
}

const head = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const get = (port: number, path: string): Promise<string> => raw(port, [head(path)], { until: isComplete });
const fixed = (body: string): Config => ({ routes: [{ name: "fixed", match: { path: "/*" }, respond: { body } }] });
const proxied = (targets: readonly string[], rest: Partial<Config> = {}, pool: object = {}): Config => ({
  pools: { main: { targets, ...pool } },
  routes: [{ name: "all", match: { path: "/*" }, proxy: "main" }],
  ...rest,
});

describe("a new config", () => {
  test("is used for the next request, also on a connection that is open", async () => {
    const edge = await start(fixed("one"));
    const client = await Client.open(edge.port);
    expect(bodyOf(await client.ask(head("/a"), isComplete))).toBe("one");
    expect(await edge.reload(fixed("two"))).toMatchObject({ ok: true });
    expect(bodyOf(await client.ask(head("/a"), isComplete))).toBe("two");
    expect(bodyOf(await get(edge.port, "/a"))).toBe("two");
    expect(client.gone).toBe(false);
    client.close();
  });

  test("is taken by itself when the file changes, and said so", async () => {
    const edge = await start(fixed("one"));
    edge.write(fixed("two"));
    expect(await poll(() => edge.reports.some((line) => line.startsWith("reloaded: plan 2")), 3_000)).toBe(true);
    expect(bodyOf(await get(edge.port, "/a"))).toBe("two");
  });

  test("in TypeScript is read again", async () => {
    const source = (body: string): string => `
      const handler = (): Response => new Response("${body}", { headers: { "content-length": "3" } });
      const routes = [{ name: "typed", match: { path: "/*" }, handler }];
      export default { listeners: ["127.0.0.1:0"], accessLog: false, admin: false, routes };`;
    const edge = await start(source("one"), "roundtrip.config.ts");
    expect(bodyOf(await get(edge.port, "/a"))).toBe("one");
    expect(await edge.reload(source("two"))).toMatchObject({ ok: true });
    expect(bodyOf(await get(edge.port, "/a"))).toBe("two");
  });

  test("leaves requests in flight to the plan that they started with", async () => {
    const held: Received[] = [];
    const upstream = await origin((request) => held.push(request));
    const marked = (mark: string): NonNullable<Config["routes"]> => [
      {
        name: mark,
        match: { path: "/*" },
        proxy: "main",
        policies: [{ headers: { reply: { set: { "X-Plan": mark } } } }],
      },
    ];
    const edge = await start(proxied([upstream.address], { routes: marked("old") }));
    const waiting = get(edge.port, "/held");
    expect(await poll(() => held.length === 1)).toBe(true);
    await edge.reload(proxied([upstream.address], { routes: marked("new") }));
    ok(held.shift()!, "late");
    const reply = await waiting;
    expect([bodyOf(reply), fieldOf(reply, "X-Plan")]).toEqual(["late", "old"]);
    const next = get(edge.port, "/next");
    expect(await poll(() => held.length === 1)).toBe(true);
    ok(held.shift()!, "soon");
    expect(fieldOf(await next, "X-Plan")).toBe("new");
  });

  test("keeps the connections to the upstream", async () => {
    const upstream = await origin();
    const edge = await start(proxied([upstream.address]));
    for (let turn = 0; turn < 4; turn++) {
      expect(statusOf(await get(edge.port, `/${turn}`))).toBe(200);
      expect(await edge.reload(proxied([upstream.address], { limits: { fields: 50 + turn } }))).toMatchObject({
        ok: true,
      });
    }
    expect(upstream.connections()).toBe(1);
  });

  test("lets a tunnel live on", async () => {
    const upstream = await origin(({ socket }) => {
      socket.on("tunnel", (bytes: Buffer) => socket.write(bytes));
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    });
    const edge = await start(proxied([upstream.address]));
    const client = await Client.open(edge.port);
    await client.ask(head("/ws", "Connection: Upgrade\r\nUpgrade: echo\r\n"), isComplete);
    await edge.reload(fixed("no tunnels any more"));
    expect(await client.ask("still here", (text) => text === "still here")).toBe("still here");
    expect(bodyOf(await get(edge.port, "/ws"))).toBe("no tunnels any more");
    client.close();
  });

  test("sends limits and trust along with it, also to open connections", async () => {
    const upstream = await origin((request) => ok(request, request.head));
    const edge = await start(proxied([upstream.address], { trustedProxies: ["127.0.0.1"] }));
    const client = await Client.open(edge.port);
    const spoofing = head("/t", "X-Forwarded-For: 203.0.113.9\r\n");
    expect(linesOf(bodyOf(await client.ask(spoofing, isComplete)), "X-Real-IP")).toEqual(["X-Real-IP: 203.0.113.9"]);
    await edge.reload(proxied([upstream.address], { limits: { body: "10B" } }));
    expect(linesOf(bodyOf(await client.ask(spoofing, isComplete)), "X-Real-IP")).toEqual(["X-Real-IP: 127.0.0.1"]);
    const refused = await client.ask(`POST /t HTTP/1.1\r\n${HOST}Content-Length: 11\r\n\r\n01234567890`, isComplete);
    expect(statusOf(refused)).toBe(413);
    client.close();
  });

  test("loses no request under load", async () => {
    const pair = [await origin(), await origin()];
    const edge = await start(proxied(pair.map(({ address }) => address)));
    let over = false;
    const statuses: number[] = [];
    const customers = Array.from({ length: 8 }, async () => {
      const client = await Client.open(edge.port);
      while (!over && !client.gone) statuses.push(statusOf(await client.ask(head("/load"), isComplete)));
      expect(client.gone).toBe(false);
      client.close();
    });
    for (let turn = 0; turn < 12; turn++) {
      await Bun.sleep(10);
      const targets = turn % 3 === 0 ? [pair[0]!.address] : pair.map(({ address }) => address);
      expect(await edge.reload(proxied(targets, { limits: { fields: 60 + turn } }))).toMatchObject({ ok: true });
    }
    over = true;
    await Promise.all(customers);
    expect(statuses.length).toBeGreaterThan(50);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe("a change", () => {
  /** A config whose evaluation can be held up: it asks a server, which the test answers. */
  const slow = (gate: string, body: string): string => `
    await fetch("http://${gate}/${body}");
    const routes = [{ match: { path: "/*" }, respond: { body: "${body}" } }];
    export default { listeners: ["127.0.0.1:0"], accessLog: false, admin: false, routes };`;

  test("while a slow reload runs is taken after it, and every reload has read what was there when it was asked for", async () => {
    const held: Received[] = [];
    const gate = await origin((request) => (request.path === "/one" ? ok(request, "") : held.push(request)));
    const edge = await start(slow(gate.address, "one"), "roundtrip.config.ts");
    const second = edge.reload(slow(gate.address, "two"));
    expect(await poll(() => held.length === 1)).toBe(true);
    const third = edge.reload(slow(gate.address, "three"));
    const alike = edge.edge.control.reload();
    ok(held[0]!, "");
    expect(await second).toEqual({ ok: true, version: 2 });
    expect(bodyOf(await get(edge.port, "/a"))).toBe("two");
    expect(await poll(() => held.length === 2)).toBe(true);
    expect(held[1]!.path).toBe("/three");
    ok(held[1]!, "");
    expect([await third, await alike]).toEqual([
      { ok: true, version: 3 },
      { ok: true, version: 3 },
    ]);
    expect(bodyOf(await get(edge.port, "/a"))).toBe("three");
  });

  test("that is saved while a reload runs is noticed, and reported when it is in use", async () => {
    const held: Received[] = [];
    const gate = await origin((request) => (request.path === "/two" ? held.push(request) : ok(request, "")));
    const edge = await start(slow(gate.address, "one"), "roundtrip.config.ts");
    edge.write(slow(gate.address, "two"));
    expect(await poll(() => held.length === 1)).toBe(true);
    edge.write(slow(gate.address, "three"));
    // It is seen while the second is still being read, or behind that: it is taken in either case.
    ok(held[0]!, "");
    expect(await poll(() => edge.reports.includes("reloaded: plan 3 is in use"))).toBe(true);
    expect(edge.reports.filter((line) => line.startsWith("reloaded"))).toHaveLength(2);
    expect(bodyOf(await get(edge.port, "/a"))).toBe("three");
  });

  test("of what the config imports, and of a release that is linked to, is taken by itself", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-releases-"));
    const part = (release: string, body: string): void => {
      mkdirSync(join(folder, release), { recursive: true });
      writeFileSync(join(folder, release, "body.ts"), `export const body = "${body}";`);
    };
    part("7", "seven");
    part("8", "eight");
    symlinkSync("7", join(folder, "current"));
    const edge = await start(
      `import { body } from "${folder}/current/body.ts";
      const routes = [{ match: { path: "/*" }, respond: { body } }];
      export default { listeners: ["127.0.0.1:0"], accessLog: false, admin: false, routes };`,
      "roundtrip.config.ts",
    );
    const bodies = async (): Promise<string> => bodyOf(await get(edge.port, "/a"));
    expect(await bodies()).toBe("seven");
    part("7", "seven and a half");
    expect(await poll(() => edge.edge.control.plan().version === 2)).toBe(true);
    expect(await bodies()).toBe("seven and a half");
    symlinkSync("8", join(folder, "next"));
    renameSync(join(folder, "next"), join(folder, "current"));
    expect(await poll(() => edge.edge.control.plan().version === 3)).toBe(true);
    expect(await bodies()).toBe("eight");
    rmSync(folder, { recursive: true });
  });
});

describe("a target that the new config has no more", () => {
  test("gets no new request, finishes what it has, and loses its idle connections", async () => {
    const held: Received[] = [];
    const old = await origin((request) => (request.path === "/held" ? held.push(request) : ok(request, "old")));
    const fresh = await origin((request) => ok(request, "fresh"));
    const edge = await start(proxied([old.address]));
    const waiting = get(edge.port, "/held");
    expect(await poll(() => held.length === 1)).toBe(true);
    expect(bodyOf(await get(edge.port, "/a"))).toBe("old");
    expect(old.sockets.size).toBe(2);
    await edge.reload(proxied([fresh.address]));
    expect(await poll(() => old.sockets.size === 1)).toBe(true);
    for (let turn = 0; turn < 5; turn++) expect(bodyOf(await get(edge.port, "/b"))).toBe("fresh");
    ok(held[0]!, "finished");
    expect(bodyOf(await waiting)).toBe("finished");
    expect(await isFreed(held[0]!)).toBe(true);
    expect(old.countOf("/b")).toBe(0);
  });

  test("does not fail those who wait in its queue", async () => {
    const held: Received[] = [];
    const old = await origin((request) => held.push(request));
    const fresh = await origin((request) => ok(request, "fresh"));
    const one = { connections: { max: 1 }, queue: { timeout: "3s" } };
    const edge = await start(proxied([old.address], {}, one));
    const first = get(edge.port, "/first");
    expect(await poll(() => held.length === 1)).toBe(true);
    const second = get(edge.port, "/second");
    await poll(() => edge.edge.control.status().exchanges === 2);
    await edge.reload(proxied([fresh.address], {}, one));
    ok(held[0]!, "first");
    expect(bodyOf(await first)).toBe("first");
    await poll(() => held.length === 2, 300);
    if (held.length === 2) ok(held[1]!, "second");
    expect(statusOf(await second)).toBe(200);
  });
});

describe("a bad config", () => {
  const wrong: ReadonlyArray<readonly [name: string, text: string, line: number]> = [
    ["that is not JSON", '{\n  "routes": [\n    {,}\n  ]\n}\n', 3],
    ["with a word that does not exist", '{\n  "routes": [],\n  "timeots": {}\n}\n', 3],
    [
      "with a pool that is not there",
      '{\n  "routes": [\n    {\n      "match": { "path": "/" },\n      "proxy": "mian"\n    }\n  ]\n}\n',
      5,
    ],
    ["with a wrong value", '{\n  "routes": [],\n  "timeouts": {\n    "head": "soon"\n  }\n}\n', 4],
  ];
  for (const [name, text, line] of wrong) {
    test(`${name} keeps the old plan and says where it is wrong`, async () => {
      const upstream = await origin();
      const edge = await start(proxied([upstream.address]));
      await get(edge.port, "/before");
      const { version } = edge.edge.control.plan();
      const result = await edge.reload(text);
      expect(result.ok).toBe(false);
      expect(result.ok ? "" : result.problems).toContain(`roundtrip.json:${line}:`);
      expect(edge.edge.control.plan().version).toBe(version);
      expect(statusOf(await get(edge.port, "/after"))).toBe(200);
      expect(upstream.connections()).toBe(1);
    });
  }

  test("that is gone", async () => {
    const edge = await start(fixed("one"));
    await Bun.file(edge.file).delete();
    expect(await edge.edge.control.reload()).toMatchObject({ ok: false });
    expect(bodyOf(await get(edge.port, "/a"))).toBe("one");
  });

  test("whose listener cannot be bound changes nothing at all", async () => {
    const taken = await origin();
    const spare = await deadAddress();
    const edge = await start(fixed("one"));
    const result = await edge.reload({ ...fixed("two"), listeners: [spare, taken.address] });
    expect(result.ok).toBe(false);
    expect(bodyOf(await get(edge.port, "/a"))).toBe("one");
    expect(await raw(Number(spare.split(":")[1]), [head("/a")], { wait: 500 })).toBe("");
  });
});

describe("a reload that fails", () => {
  test("is known with its reason and its time until one is well, and the next change is taken", async () => {
    const edge = await start(fixed("one"));
    const last = () => edge.edge.control.status().reload;
    expect(last()).toBeNull();
    const before = Date.now();
    edge.write('{ "routes": 5 }');
    expect(await poll(() => last() !== null)).toBe(true);
    expect(last()).toMatchObject({ ok: false, problems: expect.stringContaining("roundtrip.json:1:") as string });
    expect(last()!.time).toBeGreaterThanOrEqual(before);
    expect(edge.edge.control.plan().version).toBe(1);
    expect(bodyOf(await get(edge.port, "/a"))).toBe("one");
    edge.write(fixed("two"));
    expect(await poll(() => last()?.ok === true)).toBe(true);
    expect(last()).toMatchObject({ ok: true, problems: "" });
    expect(bodyOf(await get(edge.port, "/a"))).toBe("two");
  });

  test("because the edge stops changes nothing", async () => {
    const edge = await start(fixed("one"));
    const reload = edge.reload(fixed("two"));
    await edge.edge.stop();
    expect(await reload).toEqual({ ok: false, problems: "the edge stops" });
    expect(edge.edge.control.plan().version).toBe(1);
  });
});

describe("listeners", () => {
  test("come and go; the connections of one that goes are served to their end", async () => {
    const second = await deadAddress();
    const port = Number(second.split(":")[1]);
    const edge = await start(fixed("one"));
    await edge.reload({ ...fixed("two"), listeners: ["127.0.0.1:0", second] });
    expect(edge.edge.listeners.map((listener) => listener.port)).toEqual([edge.port, port]);
    const client = await Client.open(port);
    expect(bodyOf(await client.ask(head("/a"), isComplete))).toBe("two");
    await edge.reload(fixed("three"));
    expect(bodyOf(await client.ask(head("/a"), isComplete))).toBe("three");
    expect(await raw(port, [head("/a")], { wait: 500 })).toBe("");
    expect(bodyOf(await get(edge.port, "/a"))).toBe("three");
    client.close();
  });

  /** Of the socket that listens on the port, as the kernel has it (`ss`: Send-Q of a listener). */
  const backlogOf = (port: number): number => {
    const { stdout } = Bun.spawnSync(["ss", "-Hltn", `sport = :${port}`]);
    return Number(stdout.toString().trim().split(/\s+/)[2]);
  };

  test("take on another backlog while they listen: nobody is refused, nothing is lost", async () => {
    const address = await deadAddress();
    const port = Number(address.split(":")[1]);
    const listening = (backlog: number) => ({ listeners: ["127.0.0.1:0", { address, backlog }] });
    const edge = await start({ ...fixed("one"), ...listening(16) });
    const kept = await Client.open(port);
    expect(bodyOf(await kept.ask(head("/a"), isComplete))).toBe("one");
    const canLook = Bun.which("ss") !== null && process.env["ROUNDTRIP_NETWORK"] !== "bun";
    if (!canLook) console.log("NOT LOOKED AT: the backlog itself, which `ss` (Debian: iproute2) tells");
    if (canLook) expect(backlogOf(port)).toBe(16);
    let asking = true;
    let answered = 0;
    const asks = (async () => {
      while (asking) {
        expect(bodyOf(await get(port, "/a"))).toMatch(/^(one|two)$/);
        answered++;
      }
    })();
    const result = await edge.reload({ ...fixed("two"), ...listening(32) });
    expect(result.ok).toBe(true);
    asking = false;
    await asks;
    expect(answered).toBeGreaterThan(0);
    if (canLook) expect(backlogOf(port)).toBe(32);
    expect(bodyOf(await kept.ask(head("/a"), isComplete))).toBe("two");
    kept.close();
  });
});
