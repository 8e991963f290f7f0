/** Starts the demonstration as a command, waits until it says where it is, and ends it however the test went. */
import { spawn, type ChildProcess } from "node:child_process";
import { dirname } from "node:path";
import { awaitEnd, descendants } from "./processes.ts";

export interface Demonstration {
  /** What it wrote to both outputs so far. */
  readonly said: () => string;
  /** Where the edge listens, e.g. "http://127.0.0.1:8080". */
  readonly edge: string;
  readonly pid: number;
  /** The command's own process and all below it. */
  readonly processes: () => number[];
  /** The temporary folder with database and access log. */
  readonly data: string;
  /** Sends a signal: to the command alone, or to its group as a terminal does. */
  signal(name: NodeJS.Signals, whom: "command" | "group"): void;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Ends what is left, at once. */
  cleanUp(): Promise<void>;
}

export interface StartOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** Milliseconds until it must have said where the edge is. */
  readonly timeout: number;
}

/** @throws with all that was said when it ends or is silent for too long. */
export async function startDemonstration({ command, cwd, timeout }: StartOptions): Promise<Demonstration> {
  const [program, ...args] = command;
  const env = { ...process.env, NO_COLOR: "1" };
  // The database of whoever runs the tests is none of our business.
  delete (env as NodeJS.ProcessEnv)["DATABASE_URL"];
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });

  const processes = (): number[] => [child.pid!, ...descendants(child.pid!)];
  let everSeen: number[] = [];
  const cleanUp = async (): Promise<void> => {
    everSeen.push(...(await kill(child, everSeen)));
  };
  try {
    const edge = await edgeAddress(() => output, ended, timeout);
    everSeen = processes();
    const data = dirname(/SQLite, (.+\.sqlite)/.exec(output)?.[1] ?? "");
    return { said: () => output, edge, pid: child.pid!, data, processes, signal: signalTo(child), ended, cleanUp };
  } catch (error) {
    everSeen = processes();
    await cleanUp();
    throw error;
  }
}

async function edgeAddress(said: () => string, ended: Promise<unknown>, timeout: number): Promise<string> {
  let over = false;
  void ended.then(() => (over = true));
  const deadline = performance.now() + timeout;
  while (performance.now() < deadline) {
    const found = /^\s*edge\s+(http:\/\/127\.0\.0\.1:\d+)/m.exec(said())?.[1];
    if (found !== undefined) return found;
    if (over) throw new Error(`the demonstration ended (${String(await ended)}); it said:\n${said()}`);
    await Bun.sleep(20);
  }
  throw new Error(`the demonstration did not say where the edge is within ${timeout} ms; it said:\n${said()}`);
}

function signalTo(child: ChildProcess): Demonstration["signal"] {
  return (name, whom) => {
    process.kill(whom === "group" ? -child.pid! : child.pid!, name);
  };
}

async function kill(child: ChildProcess, known: readonly number[]): Promise<number[]> {
  const left = await awaitEnd([...new Set([...known, child.pid!, ...descendants(child.pid!)])], 0);
  for (const pid of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return left;
}
