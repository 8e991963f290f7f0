/** What somebody gets who installs the package: the files they need, and types that any TypeScript project can read. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const tsc = join(root, "node_modules/typescript/bin/tsc");

function run(command: string[], cwd: string): { code: number; out: string } {
  const { exitCode, stdout } = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
  return { code: exitCode, out: stdout.toString() };
}

test("the package holds what it needs to run, and no tests", () => {
  const packed = run(["npm", "pack", "--dry-run", "--json", "--ignore-scripts"], root);
  const [listing] = JSON.parse(packed.out) as Array<{ files: Array<{ path: string }> }>;
  const files = listing!.files.map((file) => file.path);
  const needed = ["bin/roundtrip.mjs", "scripts/bun.mjs", "src/main.ts", "src/index.ts", "examples/shop/service.ts"];
  expect(files).toEqual(expect.arrayContaining([...needed, "README.md", "LICENSE"]));
  expect(files.filter((file) => /\.test\.ts$|^(?:tests|bench|fuzz|docs)\//.test(file))).toEqual([]);
});

describe("the types", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "roundtrip-package-"));
    const installed = join(folder, "node_modules/roundtrip");
    mkdirSync(installed, { recursive: true });
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    const outDir = join(installed, "dist/types");
    expect(run(["node", tsc, "-p", "tsconfig.types.json", "--outDir", outDir], root)).toEqual({ code: 0, out: "" });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    // Stricter than anybody needs, and without the options and libraries of our own project.
    const compilerOptions = { strict: true, module: "NodeNext", target: "ES2022", types: [], noEmit: true };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true }, include: ["*.config.ts"] }),
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function check(routes: string): { code: number; out: string } {
    const source = `import { defineConfig } from "roundtrip";\nexport default defineConfig({ ${routes} });\n`;
    writeFileSync(join(folder, "roundtrip.config.ts"), source);
    return run(["node", tsc, "-p", "."], folder);
  }

  test("take a config that is right", () => {
    expect(check('routes: [{ match: { path: "/a" }, respond: { body: "ok" } }]')).toEqual({ code: 0, out: "" });
  });

  test("refuse one that is not", () => {
    const { code, out } = check('routes: [{ match: { paht: "/a" }, respond: { body: "ok" } }]');
    expect(code).not.toBe(0);
    expect(out).toContain("'paht' does not exist");
  });
});
