/** What takes long to load is loaded for those who need it: each command in a process of its own tells which files it loaded. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = join(import.meta.dir, "support", "loaded-modules.ts");
const TIMEOUT = 30_000;

/** By what it is: a part of the path of a file that is loaded then. `node:http2` is imported by one file alone. */
const HEAVY = {
  yaml: "/node_modules/yaml/",
  http2: "/src/balance/checks/http2-exchange.ts",
  x509: "/node_modules/@peculiar/x509/",
  metadata: "/node_modules/reflect-metadata/",
  babel: "/node_modules/@babel/parser/",
  zod: "/node_modules/zod/",
} as const;
type Heavy = keyof typeof HEAVY;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-loaded-"));
  const config = {
    listeners: ["127.0.0.1:0"],
    admin: false,
    routes: [{ match: { path: "/a" }, pool: "web" }, { respond: { status: 204 } }],
    pools: { web: { targets: ["127.0.0.1:9"], health: { http: "/healthz" } } },
    dns: { listeners: ["127.0.0.1:0"], zones: { "a.test": { file: "a.zone" } } },
  };
  writeFileSync(join(folder, "a.zone"), "$TTL 60\n@ SOA ns1 hostmaster 1 2h 15m 2w 5m\n@ NS ns1\nns1 A 192.0.2.1\n");
  writeFileSync(join(folder, "edge.json"), JSON.stringify(config));
  writeFileSync(join(folder, "edge.ts"), `export default ${JSON.stringify(config)};`);
  // JSON is YAML.
  writeFileSync(join(folder, "edge.yaml"), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What of `HEAVY` a command loads. */
async function loaded(args: readonly string[]): Promise<Heavy[]> {
  const child = Bun.spawn([process.execPath, "--no-install", script, ...args], {
    cwd: folder,
    env: { ...process.env, XDG_RUNTIME_DIR: folder, XDG_CACHE_HOME: folder },
    stdin: "ignore",
    stderr: "pipe",
  });
  const [said, told] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  const line = said.trimEnd().split("\n").at(-1) ?? "";
  if (!line.startsWith("[")) throw new Error(`${args.join(" ")} said: ${said}${told}`);
  const files = JSON.parse(line) as string[];
  expect(files.length).toBeGreaterThan(10);
  return (Object.keys(HEAVY) as Heavy[]).filter((heavy) => files.some((file) => file.includes(HEAVY[heavy])));
}

describe("files that are loaded", () => {
  test.each<readonly [command: string, heavy: readonly Heavy[]]>([
    ["serve edge.json", ["zod"]],
    // Where its routes stand is a matter for a parser.
    ["serve edge.ts", ["babel", "zod"]],
    ["serve edge.yaml", ["yaml", "zod"]],
    ["check edge.json", ["zod"]],
    ["explain --config edge.json http://127.0.0.1/", ["zod"]],
    ["explain http://127.0.0.1/", []],
    ["status", []],
    ["--version", []],
  ])(
    "%s: %j",
    async (command, heavy) => {
      expect(await loaded(command.split(" "))).toEqual([...heavy]);
    },
    TIMEOUT,
  );
});
