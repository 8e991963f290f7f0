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
  names: "/src/name-service/",
} as const;
type Heavy = keyof typeof HEAVY;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-loaded-"));
  const config = {
    listeners: ["127.0.0.1:0"],
    admin: false,
    routes: [{ match: { path: "/a" }, proxy: "web" }, { respond: { status: 204 } }],
    pools: { web: { targets: ["127.0.0.1:9"], health: { check: "http" } } },
    dns: { listeners: ["127.0.0.1:0"], zones: { "a.test": { file: "a.zone" } } },
  };
  writeFileSync(join(folder, "a.zone"), "$TTL 60\n@ SOA ns1 hostmaster 1 2h 15m 2w 5m\n@ NS ns1\nns1 A 192.0.2.1\n");
  writeFileSync(join(folder, "edge.json"), JSON.stringify(config));
  writeFileSync(join(folder, "edge.ts"), `export default ${JSON.stringify(config)};`);
  writeFileSync(join(folder, "web.json"), JSON.stringify({ ...config, dns: undefined }));
  // JSON is YAML.
  writeFileSync(join(folder, "edge.yaml"), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Loaded {
  readonly code: number;
  readonly heavy: readonly Heavy[];
}

/** What a command's exit code is, and what of `HEAVY` it loads. */
async function loaded(args: readonly string[]): Promise<Loaded> {
  const child = Bun.spawn([process.execPath, "--no-install", script, ...args], {
    cwd: folder,
    env: { ...process.env, XDG_RUNTIME_DIR: folder, XDG_CACHE_HOME: folder },
    stdin: "ignore",
    stderr: "ignore",
  });
  const said = await new Response(child.stdout).text();
  await child.exited;
  const { code, files } = JSON.parse(said.trimEnd().split("\n").at(-1)!) as { code: number; files: string[] };
  const heavy = (Object.keys(HEAVY) as Heavy[]).filter((one) => files.some((file) => file.includes(HEAVY[one])));
  return { code, heavy };
}

describe("files that are loaded", () => {
  test.each<readonly [command: string, code: number, heavy: readonly Heavy[]]>([
    ["serve web.json", 0, ["zod"]],
    ["serve edge.json", 0, ["zod", "names"]],
    ["serve edge.ts", 0, ["zod", "names"]],
    ["serve edge.yaml", 0, ["yaml", "zod", "names"]],
    ["check edge.json", 0, ["zod"]],
    ["explain --config edge.json http://127.0.0.1/", 0, ["zod"]],
    // No edge runs whose answer could be shown.
    ["explain http://127.0.0.1/", 2, []],
    ["status", 2, []],
    ["--version", 0, []],
  ])(
    "%s: %i, %j",
    async (command, code, heavy) => {
      expect(await loaded(command.split(" "))).toEqual({ code, heavy });
    },
    TIMEOUT,
  );
});
