/** The Node program in front of Bun: it must find the binary however npm was told to install it. */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { platformPackages } from "../scripts/bun.mjs";
import { awaitEnd } from "./support/processes.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const root = join(import.meta.dir, "..");
const ALWAYS = "--no-install --no-env-file";

describe("the names of Bun's packages", () => {
  test.each([
    ["linux", "x64", false, "@oven/bun-linux-x64"],
    ["linux", "x64", true, "@oven/bun-linux-x64-musl"],
    ["linux", "arm64", false, "@oven/bun-linux-aarch64"],
    ["linux", "arm64", true, "@oven/bun-linux-aarch64-musl"],
    ["android", "arm64", true, "@oven/bun-linux-aarch64-android"],
    ["darwin", "arm64", false, "@oven/bun-darwin-aarch64"],
    ["darwin", "x64", false, "@oven/bun-darwin-x64"],
    ["win32", "x64", false, "@oven/bun-windows-x64"],
    ["win32", "arm64", false, "@oven/bun-windows-aarch64"],
    ["freebsd", "x64", false, "@oven/bun-freebsd-x64"],
  ] as const)("%s %s (musl: %p)", async (platform, arch, musl, expected) => {
    expect(platformPackages(platform, arch, musl)[0]).toBe(expected);
    const { optionalDependencies } = (await Bun.file(join(root, "node_modules/bun/package.json")).json()) as {
      optionalDependencies: Record<string, string>;
    };
    expect(Object.keys(optionalDependencies)).toContain(expected);
  });

  test("there is none for a machine that Bun does not know", () => {
    expect(platformPackages("aix", "ppc64", false)).toEqual([]);
  });
});

describe("the launcher", () => {
  let folder = "";
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "roundtrip-launcher-")));
    cpSync(join(root, "bin"), join(folder, "bin"), { recursive: true });
    cpSync(join(root, "scripts/bun.mjs"), join(folder, "scripts/bun.mjs"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    mkdirSync(join(folder, "src"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** An installation of `bun` whose install script did or did not run. The binary is a script larger than 1 MB. */
  function install(layout: "moved" | "placeholder" | "no package of the platform"): void {
    const fake = (path: string, name: string): void => {
      mkdirSync(dirname(path), { recursive: true });
      const script = `#!/bin/sh\necho ${name} "$@"\nexit 3\n${"# filling\n".repeat(110_000)}`;
      writeFileSync(path, script);
      chmodSync(path, 0o755);
    };
    const modules = join(folder, "node_modules");
    mkdirSync(join(modules, "bun/bin"), { recursive: true });
    writeFileSync(join(modules, "bun/package.json"), "{}");
    writeFileSync(join(modules, "bun/bin/bun.exe"), 'echo "postinstall was not run" >&2\nexit 1\n');
    if (layout === "no package of the platform") return;
    const [name = ""] = platformPackages();
    mkdirSync(join(modules, name, "bin"), { recursive: true });
    writeFileSync(join(modules, name, "package.json"), "{}");
    if (layout === "moved") fake(join(modules, "bun/bin/bun.exe"), "moved");
    else fake(join(modules, name, "bin/bun"), "platform");
  }

  function launch(...args: string[]): { code: number | null; out: string; err: string } {
    const { status, stdout, stderr } = spawnSync("node", [join(folder, "bin/roundtrip.mjs"), ...args], {
      encoding: "utf8",
    });
    return { code: status, out: stdout.trim(), err: stderr.trim() };
  }

  test("takes the binary that the install script moved, and passes arguments and exit code on", () => {
    install("moved");
    expect(launch("explain", "--json", "a b")).toEqual({
      code: 3,
      out: `moved ${ALWAYS} ${folder}/bin/roundtrip.mjs explain --json a b`,
      err: "",
    });
  });

  test("takes the platform's own package when the install script did not run", () => {
    install("placeholder");
    expect(launch("check")).toEqual({ code: 3, out: `platform ${ALWAYS} ${folder}/bin/roundtrip.mjs check`, err: "" });
  });

  test("says what to do when there is no binary", () => {
    install("no package of the platform");
    const { code, err } = launch();
    expect(code).toBe(1);
    expect(err).toContain(`the package ${platformPackages()[0]}`);
    expect(err).toContain("npm ci --include=optional");
  });

  describe("with the real Bun", () => {
    beforeEach(() => {
      install("no package of the platform");
      // A link would be resolved; the finder asks for the size of what it finds, and a link has that of its target.
      const [name = ""] = platformPackages();
      mkdirSync(join(folder, "node_modules", name, "bin"), { recursive: true });
      writeFileSync(join(folder, "node_modules", name, "package.json"), "{}");
      spawnSync("ln", ["-s", process.execPath, join(folder, "node_modules", name, "bin/bun")]);
    });

    async function start(program: string, env: Record<string, string> = {}) {
      writeFileSync(join(folder, "src/main.ts"), program);
      const child = spawn("node", [join(folder, "bin/roundtrip.mjs")], {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(child, "exit") as Promise<[code: number | null, signal: string | null]>;
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      while (!out.includes("\n")) await Bun.sleep(10);
      return { child, ended, said: () => out.trim().split("\n"), bun: Number(out.split("\n")[0]) };
    }

    const WANTS_PACKAGE = `console.log(process.pid);
      console.log(process.env.FROM_DOT_ENV ?? "no .env");
      await import(process.env.WANTED).then(() => console.log("installed"), (error) => console.log(error.message));`;

    test("installs nothing that an import names, whoever starts it, and reads no .env", async () => {
      // Where no node_modules is near, Bun would fetch what is imported.
      const away = mkdtempSync(join(tmpdir(), "roundtrip-away-"));
      writeFileSync(join(away, "config.ts"), 'import "left-pad";');
      writeFileSync(join(folder, "src/main.ts"), WANTS_PACKAGE);
      writeFileSync(join(away, ".env"), "FROM_DOT_ENV=1");
      const cache = join(away, "cache");
      try {
        for (const starter of ["node", process.execPath]) {
          const { stdout } = spawnSync(starter, [join(folder, "bin/roundtrip.mjs")], {
            encoding: "utf8",
            cwd: away,
            env: { ...process.env, WANTED: join(away, "config.ts"), BUN_INSTALL_CACHE_DIR: cache },
          });
          expect(stdout).toContain("Cannot find package 'left-pad'");
          if (starter === "node") expect(stdout).toContain("no .env");
          expect(existsSync(cache)).toBe(false);
        }
      } finally {
        rmSync(away, { recursive: true, force: true });
      }
    });

    test("passes a signal on once, however often it comes at the same time", async () => {
      const { child, ended, said } = await start(
        `console.log(process.pid); process.on("SIGINT", () => { console.log("int"); setTimeout(() => process.exit(5), 300); });
         setInterval(() => {}, 1000);`,
      );
      child.kill("SIGINT");
      await Bun.sleep(30);
      child.kill("SIGINT");
      expect(await ended).toEqual([5, null]);
      expect(said().slice(1)).toEqual(["int"]);
    });

    test("ends by the signal that ended Bun", async () => {
      const { child, ended } = await start("console.log(process.pid); setInterval(() => {}, 1000);");
      child.kill("SIGTERM");
      expect(await ended).toEqual([null, "SIGTERM"]);
    });

    test("has Bun end in order when it is killed", async () => {
      const { child, bun, said } = await start(
        `console.log(process.pid); process.on("SIGTERM", () => { console.log("in order"); process.exit(); });
         setInterval(() => {}, 1000);`,
      );
      child.kill("SIGKILL");
      expect(await awaitEnd([bun], 3000)).toEqual([]);
      expect(said().slice(1)).toEqual(["in order"]);
    });

    test("does not keep a program alive that is done", async () => {
      const { ended } = await start("console.log(process.pid);");
      expect(await ended).toEqual([0, null]);
    });
  });
});

describe("what the program says of itself", () => {
  test.each([
    ["a link on the path", [], "roundtrip"],
    ["npx", [["npm_command", "exec"]], "npx roundtrip"],
  ] as const)("is how it was called: by %s", (_how, environment, name) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "roundtrip-link-")));
    try {
      symlinkSync(join(root, "bin/roundtrip.mjs"), join(folder, "roundtrip"));
      const path = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
      const env = { ...process.env, npm_command: "", PATH: path, ...Object.fromEntries(environment) };
      const { status, stderr } = spawnSync("roundtrip", ["serve"], { cwd: folder, env, encoding: "utf8" });
      expect(status).toBe(2);
      expect(stderr).toContain(`  Name one: ${name} serve edge.yaml\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test("a package that a config imports and that is not there is fetched by no way of starting", () => {
  const away = mkdtempSync(join(tmpdir(), "roundtrip-away-"));
  try {
    const config = join(away, "roundtrip.config.ts");
    writeFileSync(config, 'import "left-pad";\nexport default { routes: [] };\n');
    const cache = join(away, "cache");
    const env = { ...process.env, BUN_INSTALL_CACHE_DIR: cache };
    for (const [cwd, command] of [
      [root, [process.execPath, "src/main.ts"]],
      [root, [process.execPath, "bin/roundtrip.mjs"]],
      [away, ["node", join(root, "bin/roundtrip.mjs")]],
    ] as const) {
      const [file, ...args] = command;
      const { status, stderr } = spawnSync(file, [...args, "check", config], { cwd, env, encoding: "utf8" });
      expect([command, status]).toEqual([command, 1]);
      expect(stderr).toContain("left-pad");
      expect(existsSync(cache)).toBe(false);
    }
  } finally {
    rmSync(away, { recursive: true, force: true });
  }
});
