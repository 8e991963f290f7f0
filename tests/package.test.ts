/** What somebody gets who installs the package: the files they need, and types that any TypeScript project can read. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };

/** A compiler is started for nearly each of them, which takes its time on a machine that is busy. */
setDefaultTimeout(60_000);

const root = join(import.meta.dir, "..");
const SCHEMA = "docs/reference/config.schema.json";
const tsc = join(root, "node_modules/typescript/bin/tsc");

/** The compiler shares the machine with whatever else runs. */
setDefaultTimeout(60_000);

function run(command: string[], cwd: string): { code: number; out: string } {
  const { exitCode, stdout } = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
  return { code: exitCode, out: stdout.toString() };
}

test("the package holds what it needs to run, and no tests", () => {
  const packed = run(["npm", "pack", "--dry-run", "--json", "--ignore-scripts"], root);
  const [listing] = JSON.parse(packed.out) as Array<{ files: Array<{ path: string }> }>;
  const files = listing!.files.map((file) => file.path);
  const needed = [
    "bin/roundtrip.mjs",
    "scripts/bun.mjs",
    "src/main.ts",
    "src/index.ts",
    "src/backend/health.ts",
    "examples/shop/service.ts",
    SCHEMA,
  ];
  expect(files).toEqual(expect.arrayContaining([...needed, "README.md", "LICENSE"]));
  const superfluous = files.filter((file) => /\.test\.ts$|^(?:tests|bench|fuzz|docs)\//.test(file));
  expect(superfluous).toEqual([SCHEMA]);
});

test("editors find the schema of configs by the package's name", () => {
  expect(manifest.exports["./schema.json"]).toBe(`./${SCHEMA}`);
  expect(JSON.parse(readFileSync(join(root, SCHEMA), "utf8"))).toMatchObject({ title: "Roundtrip configuration" });
});

describe("the types", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "roundtrip-package-"));
    const installed = join(folder, "node_modules/roundtrip-edge");
    mkdirSync(installed, { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    const outDir = join(installed, "dist/types");
    expect(run(["node", tsc, "-p", "tsconfig.types.json", "--outDir", outDir], root)).toEqual({ code: 0, out: "" });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const cases = readFileSync(join(import.meta.dir, "config-types.ts"), "utf8");
    writeFileSync(join(folder, "cases.ts"), cases.replaceAll("../src/index.ts", "roundtrip-edge"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Stricter than anybody needs, in a project that has no types but those of the language and of browsers. */
  function check(file: string, resolution: "bundler" | "nodenext"): { code: number; out: string } {
    const module = resolution === "nodenext" ? "nodenext" : "preserve";
    const options = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false", "--types", "", "--noEmit"];
    const resolved = ["--module", module, "--moduleResolution", resolution, "--target", "es2022"];
    return run(["node", tsc, ...options, ...resolved, file], folder);
  }

  test.each(["bundler", "nodenext"] as const)("hold in a project without other types, resolved by %s", (resolution) => {
    expect(check("cases.ts", resolution)).toEqual({ code: 0, out: "" });
  });

  test("name what is wrong", () => {
    const wrong = 'routes: [{ match: { paht: "/a" }, proxy: "usrs" }], pools: { users: { targets: ["a:1"] } }';
    const source = `import { defineConfig } from "roundtrip-edge";\nexport default defineConfig({ ${wrong} });\n`;
    writeFileSync(join(folder, "wrong.ts"), source);
    const { code, out } = check("wrong.ts", "nodenext");
    expect(code).not.toBe(0);
    expect(out).toContain("'paht' does not exist");
  });
});

describe("roundtrip-edge/health, for servers on any runtime", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "roundtrip-package-"));
    const installed = join(folder, "node_modules/roundtrip-edge");
    mkdirSync(installed, { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    cpSync(join(root, "src/backend"), join(installed, "src/backend"), { recursive: true });
    const outDir = join(installed, "dist/health");
    expect(run(["node", tsc, "-p", "tsconfig.health.json", "--outDir", outDir], root)).toEqual({ code: 0, out: "" });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const server = `
    import { createServer } from "node:http";
    import { createHealth } from "roundtrip-edge/health";
    const health = createHealth({
      checks: { database: () => true, cache: { check: () => new Promise(() => {}), timeout: 20, critical: false } },
    });
    const server = createServer(health.nodeHandler).listen(0, "127.0.0.1", async () => {
      const url = "http://127.0.0.1:" + server.address().port + "/healthz";
      const reply = await fetch(url);
      const { status, checks } = await reply.json();
      const head = await fetch(url, { method: "HEAD" });
      health.drain();
      const fetchStyle = await health.handle(new Request(url));
      const said = [reply.status, status, checks.cache[0].output, head.status, fetchStyle.status];
      console.log(import.meta.resolve("roundtrip-edge/health").split("/roundtrip-edge/")[1], ...said);
      process.exit(0);
    });`;

  test.each([
    ["node", "dist/health/health.js"],
    [process.execPath, "src/backend/health.ts"],
  ])("runs on %s, from %s", (runtime, file) => {
    writeFileSync(join(folder, "server.mjs"), server);
    const { code, out } = run([runtime, "server.mjs"], folder);
    expect([code, out]).toEqual([0, `${file} 200 warn no answer within 20 ms 200 503\n`]);
  });

  test("takes nothing but what Node has, and is built when the package is packed", () => {
    expect(manifest.scripts.prepack).toContain("tsc -p tsconfig.health.json");
    expect(manifest.files).toContain("dist/health");
    const js = [...new Bun.Glob("*.js").scanSync(join(folder, "node_modules/roundtrip-edge/dist/health"))];
    const imports = js.flatMap((file) =>
      new Bun.Transpiler({ loader: "js" }).scanImports(
        readFileSync(join(folder, "node_modules/roundtrip-edge/dist/health", file), "utf8"),
      ),
    );
    expect(js).toContain("health.js");
    expect(imports.map(({ path }) => path).filter((path) => !path.startsWith("./"))).toEqual([]);
  });

  test("has types that stand alone, and refuse what is wrong", () => {
    const check = (source: string): { code: number; out: string } => {
      writeFileSync(join(folder, "server.ts"), `import { createHealth } from "roundtrip-edge/health";\n${source}`);
      const options = ["--strict", "--module", "NodeNext", "--target", "ES2022", "--types", "", "--noEmit"];
      return run(["node", tsc, ...options, "server.ts"], folder);
    };
    const fits = `
      export const health = createHealth({ checks: { database: { check: async () => 1, timeout: "1s" } } });
      export const handler: (request: Request) => Promise<Response> = health.handle;
      export const status: "pass" | "warn" | "fail" = (await health.status()).status;`;
    expect(check(fits)).toEqual({ code: 0, out: "" });
    expect(check("createHealth({ checks: { database: { chek: () => 1 } } });").out).toContain("'chek' does not exist");
  });
});
