/** Programs that tests start: each is known by its pid, ended by it, and says what it wrote when something goes wrong. */
import { spawn } from "node:child_process";

export interface Running {
  readonly pid: number;
  /** What it wrote to both outputs so far. */
  readonly said: () => string;
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly over: () => boolean;
  signal(name: NodeJS.Signals): void;
  /** To the process and all that it started, when it was started as a group. */
  signalGroup(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when that does not help within 3 s. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** It leads a process group: programs with children are ended as a whole. */
  readonly group?: boolean;
  /** Runs before it in a shell that it then takes the place of, e.g. "ulimit -n 20000". */
  readonly shell?: string;
}

const STOP_TIMEOUT = 3000;
/** More than any test reads; what a chatty program says beyond it is dropped. */
const KEPT = 1_000_000;

export function start(command: readonly string[], options: StartOptions = {}): Running {
  const { shell } = options;
  const [file = "", ...args] =
    shell === undefined ? command : ["bash", "-c", `${shell}; exec "$@"`, "bash", ...command];
  // Our own peers end when their standard input does: they do not outlive a test run that was killed.
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    detached: options.group === true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  const keep = (bytes: Buffer): void => {
    if (output.length < KEPT) output += bytes.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.stdin.on("error", () => {});
  let over = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("error", (error) => {
      output += error.message;
      over = true;
      resolve(-1);
    });
    child.on("close", (code, signal) => {
      over = true;
      resolve(code ?? signal ?? -1);
    });
  });
  const pid = child.pid ?? 0;
  const send = (to: number, name: NodeJS.Signals): void => {
    if (over || pid === 0) return;
    try {
      process.kill(to, name);
    } catch {
      // It ended a moment ago.
    }
  };
  const target = options.group === true ? -pid : pid;
  return {
    pid,
    said: () => output,
    ended,
    over: () => over,
    signal: (name) => send(pid, name),
    signalGroup: (name) => send(target, name),
    async stop() {
      // Someone frozen hears nothing but SIGKILL.
      send(target, "SIGCONT");
      send(target, "SIGTERM");
      if ((await Promise.race([ended, Bun.sleep(STOP_TIMEOUT)])) === undefined) send(target, "SIGKILL");
      await ended;
    },
  };
}

/** A script of ours on this Bun. `task` reaches it as JSON in its first argument. */
export function startScript(script: string, task: unknown, options: StartOptions = {}): Running {
  return start([process.execPath, script, JSON.stringify(task)], options);
}

/** Waits until the process has said something that matches. @throws with all it said when it ends first, or in time. */
export async function untilSaid(running: Running, pattern: RegExp, timeout = 10_000): Promise<RegExpExecArray> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const found = pattern.exec(running.said());
    if (found !== null) return found;
    if (running.over())
      throw new Error(`it ended (${await running.ended}) before it said ${pattern}:\n${running.said()}`);
    if (performance.now() > deadline) throw new Error(`it did not say ${pattern} in ${timeout} ms:\n${running.said()}`);
    await Bun.sleep(5);
  }
}

/** Waits for a condition. @throws with `what` when it does not come true in time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeout = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}`);
    await Bun.sleep(10);
  }
}
