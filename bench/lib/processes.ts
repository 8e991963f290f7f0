/**
 * Every process that a benchmark starts: pinned to a core, logged to a file, ended by pid, also on Ctrl-C.
 */
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descendants } from "./cpu.ts";

export interface Command {
  argv: readonly string[];
  env?: Readonly<Record<string, string>>;
  cwd?: string;
}

export interface Running {
  pid: number;
  /** Its standard output and error. */
  log: string;
  exited: () => boolean;
  stop: () => Promise<void>;
}

const running = new Set<Running>();
/** Set by a signal: from then on nothing is started, while the run itself may still be on its way. */
let stopping = false;
let workFolder: string | undefined;

/** The folder for everything temporary; removed at the end. */
export function temporaryFolder(): string {
  if (workFolder === undefined) {
    workFolder = mkdtempSync(join(tmpdir(), "roundtrip-bench-"));
    chmodSync(workFolder, 0o755); // Varnish reads its config as a user of its own
  }
  return workFolder;
}

export function start(name: string, core: number, command: Command): Running {
  if (stopping) throw new Error("stopped");
  const log = join(temporaryFolder(), `${name}.out`);
  const output = openSync(log, "w");
  const child = Bun.spawn(["taskset", "-c", String(core), ...command.argv], {
    stdin: "ignore",
    stdout: output,
    stderr: output,
    env: { ...process.env, ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  });
  const self: Running = {
    pid: child.pid,
    log,
    exited: () => child.exitCode !== null || child.signalCode !== null,
    stop: async () => {
      if (!running.delete(self)) return;
      const family = [child.pid, ...descendants(child.pid)];
      child.kill("SIGTERM");
      await Promise.race([child.exited, Bun.sleep(3000)]);
      // A supervisor that had to be killed leaves its workers behind: end them too.
      for (const pid of family) if (pid !== child.pid || !self.exited()) killQuietly(pid);
      await child.exited;
    },
  };
  running.add(self);
  return self;
}

/** Runs a command to its end and returns its output; throws with that output when it fails. */
export async function run(core: number, command: Command): Promise<string> {
  if (stopping) return new Promise<never>(() => {});
  const child = Bun.spawn(["taskset", "-c", String(core), ...command.argv], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  });
  const self: Running = {
    pid: child.pid,
    log: "",
    exited: () => child.exitCode !== null,
    stop: async () => {
      running.delete(self);
      child.kill("SIGKILL");
      await child.exited;
    },
  };
  running.add(self);
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  running.delete(self);
  if (code !== 0) throw new Error(`${command.argv.join(" ")}: exit ${code}\n${output}${errors}`);
  return output;
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((process) => process.stop()));
}

export async function cleanUp(): Promise<void> {
  await stopAll();
  if (workFolder !== undefined) rmSync(workFolder, { recursive: true, force: true });
  workFolder = undefined;
}

export function cleanUpOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stopping = true;
      process.stderr.write(`\n${signal}: stopping everything that was started\n`);
      void cleanUp().then(() => process.exit(130));
    });
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

export function tail(file: string, lines = 15): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "";
  }
}

/** Resolves when something accepts on the port; rejects when the process ends before, or after `milliseconds`. */
export async function waitForPort(port: number, process: Running, milliseconds = 60_000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (performance.now() < deadline) {
    if (await accepts(port)) return;
    if (process.exited()) throw new Error(`ended before it listened on ${port}:\n${tail(process.log)}`);
    await Bun.sleep(50);
  }
  throw new Error(`does not listen on ${port}:\n${tail(process.log)}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

let nextPort = 21_000;

/** Free ports below the ephemeral range, so that no client's connection can take one in between. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    if (nextPort > 32_000) throw new Error("no free port between 21000 and 32000");
    const port = nextPort++;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resolve(true)));
  });
}
