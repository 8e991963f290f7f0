import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../config/load.ts";
import { machineProblems } from "./check-machine.ts";

/** Programs are started, on a machine that may be busy. */
setDefaultTimeout(60_000);

const FIRST_FREE_PORT = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-machine-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function problemsOf(text: string): Promise<string[]> {
  const file = join(folder, "edge.yaml");
  writeFileSync(file, `${text}\nroutes: [{ respond: { status: 204 } }]\n`);
  const problems = await machineProblems(await loadConfig(file));
  return problems.map(({ line, message, remedy }) => `${line}: ${message}. ${remedy}`);
}

describe("what this machine refuses", () => {
  test("nothing, when all can be had or is in use already", async () => {
    const running = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    try {
      expect(
        await problemsOf(`listeners: ["127.0.0.1:0", "127.0.0.1:${running.port}", "0.0.0.0:0"]
accessLog: { path: ./access.log }`),
      ).toEqual([]);
    } finally {
      await running.stop(true);
    }
  });

  test("an address that it does not have", async () => {
    const [http, names, ...more] = await problemsOf(`listeners: ["127.0.0.1:0", "203.0.113.9:8080"]
dns:
  listeners: ["203.0.113.10:5300"]
  zones: { a.test: { records: { "@": { NS: ns.b.test. } } } }`);
    expect(http).toMatch(
      /^1: 203\.0\.113\.9 is not an address of this machine, .*:8080\. Take one that it has: .*127\.0\.0\.1/,
    );
    expect(names).toMatch(/^3: 203\.0\.113\.10 is not an address of this machine/);
    expect(more).toEqual([]);
  });

  test("a log without a folder, or in the place of one", async () => {
    expect(await problemsOf("accessLog: { path: ./missing/access.log }")).toEqual([
      expect.stringMatching(
        /^1: .*access\.log cannot be written: there is no folder .*\/missing\. Make it \(mkdir -p /,
      ),
    ]);
    mkdirSync(join(folder, "taken.log"));
    expect(await problemsOf("accessLog: { path: ./taken.log }")).toEqual([
      expect.stringMatching(/^1: .*taken\.log is a folder\. Name a file in it\.$/),
    ]);
  });

  // Root may do everything; this program, started as nobody, may not.
  const asNobody = [
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=-all",
    "--bounding-set=-all",
  ];
  const main = join(import.meta.dir, "../main.ts");
  const nobodyReads =
    process.getuid?.() === 0 &&
    Bun.which("setpriv") !== null &&
    Bun.spawnSync([...asNobody, process.execPath, "--no-install", main, "--version"]).exitCode === 0;
  const portNeedsRight = existsSync(FIRST_FREE_PORT) && Number(readFileSync(FIRST_FREE_PORT, "utf8")) > 81;
  test.skipIf(!nobodyReads || !portNeedsRight)("a port and a log that take a right", () => {
    const locked = join(folder, "locked");
    mkdirSync(locked, { mode: 0o755 });
    chmodSync(folder, 0o755);
    const config = join(folder, "rights.yaml");
    writeFileSync(
      config,
      `listeners: ["127.0.0.1:81"]\naccessLog: { path: ./locked/access.log }\nroutes: [{ respond: { status: 204 } }]\n`,
    );
    const command = [...asNobody, process.execPath, main, "check", config];
    const { exitCode, stderr } = Bun.spawnSync(command, { env: { ...process.env, HOME: folder, BUN_INSTALL: folder } });
    const said = stderr.toString();
    expect(said).toContain("this machine would not let this user run it");
    expect(said).toContain("rights.yaml:1:13  listeners[0]: this user may not listen on 127.0.0.1:81");
    expect(said).toContain("net.ipv4.ip_unprivileged_port_start=81");
    expect(said).toContain("rights.yaml:2:20  accessLog.path: ");
    expect(said).toContain("this user has no right to");
    expect(exitCode).toBe(1);
  });
});
