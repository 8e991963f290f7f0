/** The program as it is called: usage, and every verb against a running edge. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Analysis } from "../explain/analysis.ts";
import type { ExplainTree } from "../explain/tree.ts";

const MAIN = join(import.meta.dir, "..", "main.ts");

/** Each verb is a process, on a machine that may be busy. */
setDefaultTimeout(30_000);

const PLAIN_VERBS = ["serve", "demonstration", "explain", "check", "reload", "status", "stop", "pools", "completion"];
const TARGET_VERBS = ["drain", "maintenance", "ready", "weight", "target"];
const NAME_VERBS = [
  ["dns"],
  ["dns", "zones"],
  ["dns", "reload"],
  ["dns", "key", "create"],
  ["dns", "key", "ds"],
  ["dns", "key", "rollover"],
  ["dns", "sign"],
];

let folder = "";
let config = "";
let backend: Bun.Server<undefined>;
let edge: Bun.Subprocess<"ignore", "pipe", "pipe">;
let edgeUrl = "";
let token = "";
let cold: Result;

interface Result {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

function environment(): Record<string, string | undefined> {
  return {
    ...process.env,
    XDG_RUNTIME_DIR: folder,
    XDG_CACHE_HOME: folder,
    TMPDIR: folder,
    NO_COLOR: "1",
    LC_ALL: "C.UTF-8",
    // As `npx` sets it.
    npm_command: "exec",
  };
}

function startEdge(file: string): typeof edge {
  return Bun.spawn([process.execPath, MAIN, "serve", file], {
    cwd: folder,
    env: environment(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function run(...words: Array<string | { readonly cwd: string }>): Promise<Result> {
  const args = words.filter((word) => typeof word === "string");
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    cwd: words.find((word) => typeof word !== "string")?.cwd ?? folder,
    env: environment(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exitCode: await child.exited, out, error };
}

function writeConfig(route: string): void {
  const target = `127.0.0.1:${backend.port}`;
  writeFileSync(
    config,
    `listeners: ["127.0.0.1:0"]
accessLog: { path: ${join(folder, "access.log")} }
pools:
  app: { targets: ["${target}"] }
  dead: { targets: ["127.0.0.1:1"] }
dns:
  listeners: ["127.0.0.1:0"]
  zones: { shop.test: { records: { "@": { NS: ns1 }, ns1: { A: 192.0.2.1 } } } }
routes:
  - { name: ${route}, match: { path: /app/* }, proxy: app }
  - { name: broken, match: { path: /broken }, proxy: dead }
  - { name: old, match: { path: /old, method: GET }, redirect: { to: /app/new } }
`,
  );
}

/** Resolves with the edge's address; reads on, so that it can go on writing. */
function listening(child: typeof edge): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  void (async () => {
    let text = "";
    for await (const chunk of child.stderr) {
      text += Buffer.from(chunk).toString();
      const found = /edge +(http:\/\/127\.0\.0\.1:\d+)/.exec(text);
      if (found !== null && text.includes("Ctrl-C")) resolve(found[1]!);
    }
    reject(new Error(`the edge ended: ${text}`));
  })();
  return promise;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-cli-"));
  config = join(folder, "edge.yaml");
  backend = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const headers: Record<string, string> = { "server-timing": 'pool;dur=30;desc="pool wait"' };
      const seen = request.headers.get("roundtrip-explain");
      if (seen !== null) headers["x-leaked"] = seen;
      if (request.url.includes("slow")) await Bun.sleep(40);
      return new Response(`${request.method} ${await request.text()}`, { headers });
    },
  });
  writeConfig("app");
  cold = await run("status");
  edge = startEdge(config);
  edgeUrl = await listening(edge);
  const runFile = readdirSync(join(folder, "roundtrip")).map((name) => join(folder, "roundtrip", name))[0]!;
  token = ((await Bun.file(runFile).json()) as { token: string }).token;
});

afterAll(async () => {
  edge.kill("SIGTERM");
  await edge.exited;
  await backend.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

describe("usage", () => {
  test("help lists the verbs, and each has examples", async () => {
    const { exitCode, out } = await run("--help");
    expect(exitCode).toBe(0);
    for (const verb of [...PLAIN_VERBS, ...TARGET_VERBS]) expect(out).toContain(`\n  ${verb} `);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect((await run("explain", "--help")).out).toContain("Examples:\n  npx roundtrip explain http");
    const helps = await Promise.all(
      [["target", "add"], ...NAME_VERBS, ...[...PLAIN_VERBS, ...TARGET_VERBS].map((verb) => [verb])].map((verb) =>
        run(...verb, "--help"),
      ),
    );
    for (const help of helps) {
      expect(help.out).toContain("Examples:\n  npx roundtrip ");
      expect(help.out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test("what is wrong is named, with exit code 2", async () => {
    const cases: Array<[args: string[], message: string]> = [
      [["nonsense"], "unknown command 'nonsense'"],
      [["explain", "--nonsense", "x"], "unknown option '--nonsense'"],
      [["explain"], "explain needs a URL, or --id"],
      [["explain", "https://a.test/"], "https:// cannot be explained"],
      [["explain", "--analyze", "--config", "x", "http://a.test/"], "cannot be used with"],
      [["explain", "--id", "xyz"], "is not a trace id"],
      [["status", "--port", "99999"], "A port is a number"],
    ];
    const results = await Promise.all(cases.map(([args]) => run(...args)));
    results.forEach(({ exitCode, out, error }, index) => {
      expect(error).toContain(cases[index]![1]);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    });
  });

  test("without a running edge it says how to start one", () => {
    expect(cold).toEqual({
      exitCode: 2,
      out: "",
      error: "roundtrip: no running edge found\n  Start one with: npx roundtrip serve\n",
    });
  });

  test("a port that nobody of ours listens on: names what runs", async () => {
    const { exitCode, error } = await run("explain", "http://127.0.0.1:1/");
    expect(exitCode).toBe(2);
    expect(error).toMatch(
      /no running edge listens on port 1\n  Running:\n +LISTENS ON +PROCESS +SINCE.*\n +127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+ .*\n +edge\.yaml\n/,
    );
  });
});

describe("explain", () => {
  test("plans without sending", async () => {
    const { exitCode, out } = await run("explain", `${edgeUrl}/app/x`);
    expect(out).toContain("plan: nothing was sent");
    expect(out).toContain(`would be sent to 127.0.0.1:${backend.port}`);
    expect(exitCode).toBe(0);
  });

  test("a request that would fail has exit code 1", async () => {
    const { exitCode, out } = await run("explain", "-X", "POST", `${edgeUrl}/old`, "--json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(out) as ExplainTree).toMatchObject({ kind: "plan", fault: { code: "no-route" } });
  });

  test("method, fields and client are the request's", async () => {
    const args = ["-X", "PUT", "-H", "Host: other.test", "-H", "X: y", "--client", "203.0.113.9", "--json"];
    const { out } = await run("explain", ...args, `${edgeUrl}/app/x`);
    expect((JSON.parse(out) as ExplainTree).request).toMatchObject({
      method: "PUT",
      authority: "other.test",
      client: "203.0.113.9",
    });
  });

  test("plans with a config alone", async () => {
    const { exitCode, out } = await run("explain", "--config", config, "http://any.test/old");
    expect(out).toContain("would be 302");
    expect(exitCode).toBe(0);
  });

  test("a bad config is told with its place", async () => {
    const bad = join(folder, "bad.yaml");
    writeFileSync(bad, "routes:\n  - { match: { path: /x }, proxy: nowhere }\n");
    const { exitCode, error } = await run("explain", "--config", bad, "http://any.test/");
    expect(error).toContain("bad.yaml:2:");
    expect(exitCode).toBe(1);
  });

  test("--analyze sends, measures, and joins what the edge knows", async () => {
    const { exitCode, out } = await run("explain", "--analyze", `${edgeUrl}/app/slow`, "--json", "-d", "hello");
    const view = JSON.parse(out) as Analysis;
    expect(exitCode).toBe(0);
    expect(view.client).toMatchObject({ status: 200, bodyBytes: "POST hello".length, error: "" });
    expect(view.client.fields.map(([name]) => name.toLowerCase())).not.toContain("x-leaked");
    expect(view.edge).toMatchObject({ kind: "trace", traceId: view.traceId, outcome: { status: 200, route: "app" } });
    expect(view.edge!.serverTiming).toEqual([{ name: "pool", durationMs: 30, description: "pool wait" }]);
    expect(view.edge!.candidates).toHaveLength(1);
    expect(view.edge!.routes.length).toBeGreaterThan(1);
    const total = view.edge!.totalMs!;
    expect(total).toBeGreaterThan(38);
    // The client may have the last byte before the edge gets to note that it was sent, but not before it was there.
    const reply = view.edge!.stations.find(({ station }) => station === "reply")!;
    expect(view.client.totalMs).toBeGreaterThanOrEqual(reply.beginMs!);
    // The stations account for the server's 40 ms, however long the edge itself was kept waiting.
    expect(total - view.edge!.unaccountedMs!).toBeGreaterThan(38);

    const again = await run("explain", "--id", view.traceId);
    expect(again.exitCode).toBe(0);
    expect(again.out).toContain("the backend says:");
    expect(again.out).toContain("unaccounted");
  });

  test("--analyze of a request that fails names the fault", async () => {
    const { exitCode, out } = await run("explain", "--analyze", `${edgeUrl}/broken`);
    expect(exitCode).toBe(1);
    expect(out).toContain("upstream-unreachable");
    expect(out).toContain("The upstream is at fault");
  });

  test("--analyze against what is no edge of ours still shows the client's view", async () => {
    const { exitCode, out } = await run("explain", "--analyze", `http://127.0.0.1:${backend.port}/x`);
    expect(exitCode).toBe(0);
    expect(out).toContain("unknown: no running edge of yours listens on port");
  });

  test("an unknown trace", async () => {
    const { exitCode, error } = await run("explain", "--id", "f".repeat(32));
    expect(error).toContain("no such trace is kept");
    expect(exitCode).toBe(2);
  });
});

describe("names", () => {
  test("dns zones shows what the edge serves", async () => {
    const { exitCode, out } = await run("dns", "zones");
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /^edge 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+, edge\.yaml, process \d+, since .*\nZONE +STATE +SERIAL +RECORDS +NOTES\nshop\.test\. +served +\d+ +3\n$/,
    );
    expect(JSON.parse((await run("dns", "zones", "--json")).out)).toMatchObject({
      answeredBy: { pid: edge.pid },
      zones: [{ apex: "shop.test.", records: 3, state: "served", secondary: null }],
    });
  });

  test("dns reload reads zones again, those that are named or all", async () => {
    const { exitCode, out } = await run("dns", "reload", "Shop.test.", "--force");
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/shop\.test\. +served +\d+ +3\n$/)]);
    expect((await run("dns", "reload", "--json")).out).toContain('"apex": "shop.test."');
    const none = await run("dns", "reload", "shap.test");
    expect(none).toMatchObject({ exitCode: 2, out: "" });
    expect(none.error).toContain('there is no zone "shap.test"');
    expect(none.error).toContain("Did you mean shop.test?");
  });

  test("its edge is found by the ports of its sites and of its name server", async () => {
    const { listeners } = (await Bun.file(join(folder, "roundtrip", `${edge.pid}.json`)).json()) as {
      listeners: string[];
    };
    expect(listeners).toHaveLength(2);
    for (const listener of listeners) {
      const port = listener.slice(listener.lastIndexOf(":") + 1);
      expect((await run("dns", "zones", "--port", port)).out).toContain("shop.test.");
    }
    const none = await run("dns", "zones", "--port", "1");
    expect(none).toMatchObject({ exitCode: 2, out: "" });
    expect(none.error).toContain(listeners.join(", "));
  });
});

describe("several edges", () => {
  test("are named, and a port or a config says which is meant", async () => {
    const other = join(folder, "other.yaml");
    writeFileSync(other, 'listeners: ["127.0.0.1:0"]\nroutes: [{ respond: { status: 204 } }]\n');
    const second = startEdge(other);
    try {
      const port = new URL(await listening(second)).port;
      const [neither, verb, byPort, byConfig, byBoth, explained] = await Promise.all([
        run("status"),
        run("ready", "app", "1"),
        run("pools", "--port", port),
        run("status", "--config", "other.yaml", "--json"),
        run("status", "--config", "other.yaml", "--port", new URL(edgeUrl).port),
        run("explain", `http://127.0.0.1:${port}/`, "--json"),
      ]);
      for (const { exitCode, out, error } of [neither, verb]) {
        expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
        expect(error).toContain("2 edges of this user fit; which one is meant?");
        expect(error).toMatch(
          new RegExp(` 127\\.0\\.0\\.1:${port} +${second.pid}  \\d{4}-\\S+ \\S+\\s+other\\.yaml\\n`),
        );
        expect(error).toMatch(new RegExp(` ${new URL(edgeUrl).host}, \\S+ +${edge.pid}  .*\\s+edge\\.yaml\\n`));
        expect(error).toContain("by --port, by --config");
      }
      expect(byPort.out).toStartWith(`edge 127.0.0.1:${port}, other.yaml, process ${second.pid}, since `);
      expect(JSON.parse(byConfig.out)).toMatchObject({ answeredBy: { pid: second.pid }, pid: second.pid });
      expect(byBoth.error).toContain(`no running edge serves other.yaml on port ${new URL(edgeUrl).port}`);
      expect(JSON.parse(explained.out)).toMatchObject({ answeredBy: { pid: second.pid }, kind: "plan" });
    } finally {
      second.kill("SIGTERM");
      await second.exited;
    }
  });
});

describe("completion", () => {
  test("knows the pools and targets of the running edge, and its port", async () => {
    const words = [
      ["drain", ""],
      ["drain", "app", ""],
      ["status", "--port", ""],
    ];
    const [pools, targets, ports] = await Promise.all(words.map((typed) => run("complete", "--", ...typed)));
    expect(pools!.out).toBe("app\t1 target\ndead\t1 target\n");
    expect(targets!.out).toStartWith(`127.0.0.1:${backend.port}\t`);
    expect(ports!.out).toMatch(new RegExp(`^${new URL(edgeUrl).port}\tedge.yaml\n\\d+\tedge.yaml\n$`));
  });
});

describe("operation", () => {
  test("serve needs a config, and says what else there is", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const { exitCode, out, error } = await run("serve", { cwd: empty });
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(error).toContain(`there is no config in ${empty}: neither roundtrip.config.ts nor `);
    expect(error).toContain("npx roundtrip demonstration");
  });

  test("status, and with the admin API named", async () => {
    const { exitCode, out } = await run("status");
    expect(exitCode).toBe(0);
    expect(out).toContain("\napp  round-robin, 1 of 1 up\n");
    const runFile = (await Bun.file(join(folder, "roundtrip", `${edge.pid}.json`)).json()) as { admin: string };
    const named = await run("status", "--json", "--admin", runFile.admin, "--token", token);
    expect(JSON.parse(named.out)).toMatchObject({
      answeredBy: { pid: edge.pid, source: "edge.yaml", admin: runFile.admin },
      pid: edge.pid,
      plan: { source: expect.stringContaining("edge.yaml") as string },
    });
    const wrong = await run("status", "--admin", runFile.admin, "--token", "wrong-token-wrong-token");
    expect(wrong).toMatchObject({ exitCode: 2, out: "" });
    expect(wrong.error).toContain("refuses the token");
  });

  test("reload swaps the plan; a bad config keeps it", async () => {
    writeConfig("renamed");
    const good = await run("reload");
    expect(good).toMatchObject({ exitCode: 0, error: "" });
    expect(good.out).toMatch(/\nreloaded: plan \d+ takes new requests/);
    expect((await run("explain", `${edgeUrl}/app/x`)).out).toContain("renamed: ");
    writeFileSync(config, "routes: [{ proxy: nowhere }]\n");
    const bad = await run("reload");
    expect(bad.exitCode).toBe(1);
    expect(bad.out).toMatch(/^edge .*\n$/);
    expect(bad.error).toContain("not reloaded: the old plan stays");
    expect(bad.error).toContain("edge.yaml:1:");
    expect((await run("explain", `${edgeUrl}/app/x`)).out).toContain("renamed: ");
    writeConfig("app");
  });

  test("what the system refuses at the start is told with its line, its value and a remedy", async () => {
    const port = String(backend.port);
    const free = 'listeners: ["127.0.0.1:0"]';
    const zones = '{ a.test: { records: { "@": { NS: ns.b.test. } } } }';
    const cases: Array<[config: string, place: string, message: string, remedy: string]> = [
      [
        'listeners: ["203.0.113.9:80"]',
        "1:13  listeners[0]",
        "203.0.113.9 is not an address of this machine",
        "127.0.0.1",
      ],
      [`${free}\naccessLog: { path: ./none/a.log }`, "2:20  accessLog.path", "there is no folder", "mkdir -p"],
      [`${free}\nadmin: { address: "127.0.0.1:${port}" }`, "2:19  admin.address", `127.0.0.1:${port} is taken`, "Stop"],
      [`${free}\ndns: { listeners: ["127.0.0.1:${port}"], zones: ${zones} }`, "2:8  dns.listeners", "is taken", "Stop"],
      [
        `${free}\ndns: { zones: { a.test: { file: ./none.zone } } }`,
        '2:33  dns.zones["a.test"].file',
        "cannot be read",
        "",
      ],
    ];
    const results = await Promise.all(
      cases.map(([text], index) => {
        const file = join(folder, `refused-${index}.yaml`);
        writeFileSync(file, `${text}\nroutes: [{ respond: { body: hi } }]\n`);
        return run("serve", file);
      }),
    );
    results.forEach(({ exitCode, out, error }, index) => {
      const [, place, message, remedy] = cases[index]!;
      expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
      expect(error).toContain(`refused-${index}.yaml:${place}: `);
      expect(error).toContain(message);
      expect(error).toContain(remedy);
      expect(error).not.toMatch(/^ +at .*\.ts:/m);
    });
  });

  test("a taken port is an error with a remedy", async () => {
    const taken = join(folder, "taken.yaml");
    writeFileSync(taken, `listeners: ["127.0.0.1:${backend.port}"]\nroutes: [{ respond: { body: hi } }]\n`);
    const { exitCode, error } = await run("serve", taken);
    expect(error).toContain(`taken.yaml:1:13  listeners[0]: 127.0.0.1:${backend.port} is taken`);
    expect(error).toContain("Stop what listens there");
    expect(exitCode).toBe(1);
  });

  test("an address of a name server alone that is taken, or not here, is named without a stack", async () => {
    const alone = join(folder, "alone.yaml");
    const records = '{ "@": { NS: [ns1, ns2] }, ns1: { A: 192.0.2.1 }, ns2: { A: 198.51.100.1 } }';
    const taken = `127.0.0.1:${backend.port}`;
    // RFC 5737: an address that no machine has.
    const foreign = "203.0.113.9:5353";
    for (const [address, words] of [
      [taken, `${taken} is taken`],
      [foreign, "203.0.113.9 is not an address of this machine"],
    ] as const) {
      writeFileSync(alone, `dns: { listeners: ["${address}"], zones: { shop.test: { records: ${records} } } }\n`);
      const { exitCode, error } = await run("serve", alone);
      expect(error).toContain("alone.yaml:1:");
      expect(error).toContain(words);
      expect(error).not.toContain("    at ");
      expect(exitCode).toBe(1);
    }
  });
});
