/**
 * Runs the project's own Bun, by whatever name it was installed: `node scripts/bun.mjs <arguments of bun>`.
 *
 * The npm package `bun` is a placeholder until its install script has moved the real binary into it. npm may be told
 * not to run such scripts (`--ignore-scripts`, `allowScripts`), so the binary of the platform's own package is taken
 * where it lies. It is the same file, of the version that the lockfile names.
 */
import { spawn } from "node:child_process";
import { existsSync, openSync, closeSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * What an import names and is not there is an error. Without this Bun fetches it from the registry and runs it, and what a
 * folder has in `.env` changes what runs in it.
 */
const ALWAYS = ["--no-install", "--no-env-file"];
/** Anything smaller is a placeholder: the binary has some 100 MB. */
const SMALLEST_BINARY = 1_000_000;
/** npm, a shell and the terminal may each pass on the same ctrl-C. */
const SAME_SIGNAL_MS = 250;
const ORPHAN_CHECK_MS = 250;

const ARCHITECTURES = { x64: "x64", arm64: "aarch64" };
const SYSTEMS = { linux: "linux", darwin: "darwin", win32: "windows", freebsd: "freebsd", android: "linux" };

/** Names of the packages that hold Bun for a platform, best first. Empty when Bun does not exist for it. */
export function platformPackages(platform = process.platform, arch = process.arch, musl = isMusl()) {
  const system = SYSTEMS[platform];
  const cpu = ARCHITECTURES[arch];
  if (system === undefined || cpu === undefined) return [];
  const name = `@oven/bun-${system}-${cpu}`;
  if (platform === "android") return [`${name}-android`];
  if (platform !== "linux") return [name];
  return musl ? [`${name}-musl`, name] : [name, `${name}-musl`];
}

/** Path of Bun's binary for a module at `from`, or null when it is not installed. */
export function findBun(from = import.meta.url) {
  const require = createRequire(from);
  const bun = packageFolder(require, "bun");
  // The platform's package is a dependency of `bun`: strict layouts (pnpm) show it only from there.
  const places = bun === null ? [require] : [createRequire(join(bun, "package.json")), require];
  const file = process.platform === "win32" ? "bun.exe" : "bun";
  const candidates = bun === null ? [] : [join(bun, "bin", "bun.exe")];
  for (const name of platformPackages()) {
    for (const place of places) {
      const folder = packageFolder(place, name);
      if (folder !== null) candidates.push(join(folder, "bin", file));
    }
  }
  return candidates.find(isBinary) ?? null;
}

/** Runs Bun in place of this process: same terminal, same arguments, same end. */
export function runBun(args, from = import.meta.url) {
  const bun = findBun(from);
  if (bun === null) {
    console.error(missing());
    process.exitCode = 1;
    return;
  }
  // Its own process group, so that a ctrl-C reaches it once, through here, and not once more from every ancestor.
  const child = spawn(bun, [...ALWAYS, ...args], { stdio: "inherit", detached: process.platform !== "win32" });
  const handlers = new Map();
  let told = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGWINCH"]) {
    let last = -Infinity;
    const forward = () => {
      const now = performance.now();
      if (now - last < SAME_SIGNAL_MS) return;
      last = now;
      told ||= signal === "SIGINT" || signal === "SIGTERM";
      child.kill(signal === "SIGHUP" && terminalIsGone() ? "SIGTERM" : signal);
    };
    handlers.set(signal, forward);
    process.on(signal, forward);
  }
  const orphanCheck = endWithNpm(() => told || child.kill("SIGTERM"));
  child.on("error", (error) => {
    clearInterval(orphanCheck);
    console.error(`roundtrip: Bun could not be started: ${error.message}\n  binary: ${bun}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    clearInterval(orphanCheck);
    for (const [name, handler] of handlers) process.off(name, handler);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

/**
 * npm runs a script through a shell and passes signals to the shell alone, which dies of them and tells nobody: then
 * this process belongs to another parent. Outside npm that is no reason to end (`roundtrip serve &` in a script).
 */
function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return undefined;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    end();
  }, ORPHAN_CHECK_MS);
  return check;
}

function packageFolder(require, name) {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function isBinary(path) {
  return existsSync(path) && statSync(path).size >= SMALLEST_BINARY;
}

function isMusl() {
  if (process.platform !== "linux") return false;
  const report = process.report;
  if (report === undefined) return existsSync("/etc/alpine-release");
  const excluded = report.excludeNetwork;
  report.excludeNetwork = true;
  const { header } = report.getReport();
  report.excludeNetwork = excluded;
  return header.glibcVersionRuntime === undefined;
}

const startedInTerminal = process.stdin.isTTY;

/** A closed window sends SIGHUP too. To the edge that means "reload", and it would live on unseen. */
function terminalIsGone() {
  if (!startedInTerminal) return false;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return false;
  } catch {
    return true;
  }
}

function missing() {
  const packages = platformPackages();
  if (packages.length === 0) {
    return `roundtrip: there is no Bun for ${process.platform} on ${process.arch}. It runs on Linux, macOS, Windows and FreeBSD, on x64 and arm64.`;
  }
  return [
    "roundtrip: its runtime, Bun, is not installed.",
    `  looked for: the package ${packages[0]} (it comes with \`npm ci\`, as an optional dependency of \`bun\`)`,
    "  remedy:     npm ci --include=optional",
  ].join("\n");
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  runBun(process.argv.slice(2));
}
