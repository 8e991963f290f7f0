/** One executable: built, then run where neither the checkout nor `node_modules` is near. */
import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { startDemonstration } from "./support/demonstration.ts";
import { start, untilSaid } from "./e2e/support/processes.ts";
import { awaitEnd } from "./support/processes.ts";

const root = join(import.meta.dir, "..");
const BUILD_TIMEOUT = 60_000;
const START_TIMEOUT = 40_000;
const STOP_TIMEOUT = 15_000;

/** What `npm run build` names: how to build, the program, of it. */
function buildArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { build: string } };
  const words = scripts.build.split(" ");
  return words.slice(words.indexOf("build"), words.indexOf("--outfile"));
}

/** The name server of the executable; it makes a certificate. */
async function answersNames(executable: string, folder: string): Promise<void> {
  const records = { "@": { NS: "ns", A: "192.0.2.7" }, ns: { A: "192.0.2.8" } };
  const dns = {
    listeners: ["127.0.0.1:0", { tls: "127.0.0.1:0" }],
    tls: "self-signed",
    zones: { "shop.test": { records } },
  };
  const config = {
    listeners: ["127.0.0.1:0"],
    admin: {},
    accessLog: false,
    dns,
    routes: [{ respond: { status: 204 } }],
  };
  writeFileSync(join(folder, "names.json"), JSON.stringify(config));
  const edge = spawn(executable, ["serve", "names.json"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  try {
    const [port, tlsPort] = await new Promise<readonly string[]>((resolve, reject) => {
      edge.on("exit", () => reject(new Error(told)));
      edge.stderr.on("data", (part: Buffer) => {
        told += part.toString();
        const found = /names\s[^]*?127\.0\.0\.1:(\d+)[^]*?:(\d+) \(tls\)/.exec(told);
        if (found !== null) resolve(found.slice(1));
      });
    });
    const resolver = new Resolver({ timeout: 2000 });
    resolver.setServers([`127.0.0.1:${port}`]);
    expect(await resolver.resolve4("shop.test")).toEqual(["192.0.2.7"]);
    const subject = await new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: Number(tlsPort), rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      });
      socket.on("error", reject);
    });
    expect(subject).toBe("shop.test");
  } finally {
    edge.kill("SIGTERM");
    await new Promise((resolve) => {
      edge.removeAllListeners("exit").once("exit", resolve);
      if (edge.exitCode !== null) resolve(undefined);
    });
  }
  // A thread that could not be started would be told of.
  expect(told).not.toMatch(/thread|worker|batch/i);
}

/** What TypeScript's parser is for: it is another file of the program too. */
function findsMistakes(executable: string, folder: string): void {
  const text = 'import { route } from "roundtrip-edge";\nconst reply = { statux: 204 };\n';
  writeFileSync(join(folder, "mistaken.ts"), `${text}export default { routes: [route("/", { respond: reply })] };`);
  const checked = Bun.spawnSync([executable, "check", "mistaken.ts"], { cwd: folder });
  expect(checked.stdout.toString() + checked.stderr.toString()).toContain("mistaken.ts:2:17");
}

/** A config that imports a package that is not there; `.env` and `bunfig.toml` of the folder mean nothing. */
function installsNothing(executable: string, folder: string): void {
  const away = join(folder, "away");
  mkdirSync(away);
  const config = 'import "left-pad"; export default { routes: [] };';
  writeFileSync(join(away, "roundtrip.config.ts"), config);
  writeFileSync(join(away, "bunfig.toml"), '[install]\nauto = "force"\n');
  const cache = join(away, "cache");
  const env = { ...process.env, BUN_INSTALL_CACHE_DIR: cache };
  const refused = Bun.spawnSync([executable, "check"], { cwd: away, env });
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr.toString() + refused.stdout.toString()).toContain("left-pad");
  expect(existsSync(cache)).toBe(false);
  writeFileSync(join(away, ".env"), "FROM_DOT_ENV=from-dot-env");
  writeFileSync(
    join(away, "roundtrip.config.ts"),
    "export default { routes: [{ name: process.env.FROM_DOT_ENV ?? 'no-dot-env', respond: { status: 204 } }] };",
  );
  expect(Bun.spawnSync([executable, "check"], { cwd: away, env }).stdout.toString()).toContain("no-dot-env");
}

/** Reads a changed config: in YAML by a second thread, in TypeScript with what it imports. */
async function readsAgain(executable: string, folder: string): Promise<void> {
  const at = join(folder, "again");
  mkdirSync(at);
  const yaml = (body: string): string =>
    `listeners: ["127.0.0.1:0"]\nadmin: false\naccessLog: false\nroutes: [{ respond: { body: ${body} } }]\n${"# long\n".repeat(400)}`;
  const part = (body: string): string => `export const routes = [{ respond: { body: "${body}" } }];`;
  const module = `import { routes } from "./part.ts";
    export default { listeners: ["127.0.0.1:0"], admin: false, accessLog: false, routes };`;
  writeFileSync(join(at, "edge.ts"), module);
  for (const [config, changed, text] of [
    ["edge.yaml", "edge.yaml", yaml],
    ["edge.ts", "part.ts", part],
  ] as const) {
    writeFileSync(join(at, changed), text("one"));
    const edge = start([executable, "serve", config], { cwd: at });
    try {
      const [, url] = await untilSaid(edge, /edge +(http:\S+)/, START_TIMEOUT);
      expect(await (await fetch(url!, { keepalive: false })).text()).toBe("one");
      writeFileSync(join(at, changed), text("two"));
      await untilSaid(edge, /reloaded: plan 2 is in use/, START_TIMEOUT);
      expect(await (await fetch(url!, { keepalive: false })).text()).toBe("two");
    } finally {
      await edge.stop();
    }
  }
}

describe("bun build --compile", () => {
  test(
    "makes one executable that serves the demonstration",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "roundtrip-compile-"));
      try {
        const executable = join(folder, "roundtrip");
        const build = Bun.spawnSync([process.execPath, ...buildArguments(), "--outfile", executable], {
          cwd: root,
          timeout: BUILD_TIMEOUT,
          stdout: "pipe",
          stderr: "pipe",
        });
        expect(build.exitCode, build.stderr.toString()).toBe(0);
        await answersNames(executable, folder);
        findsMistakes(executable, folder);
        installsNothing(executable, folder);
        await readsAgain(executable, folder);

        const demonstration = await startDemonstration({
          command: [executable, "demonstration"],
          cwd: folder,
          timeout: START_TIMEOUT,
        });
        try {
          const users = await fetch(`${demonstration.edge}/users`);
          expect(users.status).toBe(200);
          expect(await users.json()).toBeTruthy();
          expect((await fetch(`${demonstration.edge}/orders/42`)).status).toBe(200);

          const explained = Bun.spawnSync([executable, "explain", `${demonstration.edge}/orders/42`], { cwd: folder });
          expect(explained.exitCode, explained.stderr.toString()).toBe(0);
          expect(explained.stdout.toString()).toContain("orders");

          const processes = demonstration.processes();
          expect(existsSync(join(demonstration.data, "shop.sqlite"))).toBe(true);
          expect(processes.length).toBeGreaterThanOrEqual(5);
          demonstration.signal("SIGTERM", "command");
          expect(await awaitEnd(processes, STOP_TIMEOUT)).toEqual([]);
          expect(existsSync(demonstration.data)).toBe(false);
          expect(await demonstration.ended).toBe(0);
        } finally {
          await demonstration.cleanUp();
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    BUILD_TIMEOUT + START_TIMEOUT + STOP_TIMEOUT,
  );
});
