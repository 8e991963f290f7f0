/**
 * How the command line finds a running edge: each edge leaves a file with its admin address and token in a folder
 * that only its user can read, and takes it away when it stops.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { errorMessage } from "../error-message.ts";

export interface RunFile {
  readonly pid: number;
  /** `host:port` of each. */
  readonly listeners: readonly string[];
  /** `http://host:port`. */
  readonly admin: string;
  readonly token: string;
  /** Config file as it is shown, or a word for it. */
  readonly source: string;
  /** Absolute path of the config file; "" when there is none. */
  readonly config: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

/**
 * Where run files are: the first that can be had. The last one is in a folder that all users can write to, so nothing
 * there is trusted unless it belongs to this user alone.
 */
export function runFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const folders: string[] = [];
  const runtime = environment["XDG_RUNTIME_DIR"] ?? "";
  if (runtime !== "") folders.push(join(runtime, "roundtrip"));
  const cache = environment["XDG_CACHE_HOME"] ?? "";
  folders.push(join(cache === "" ? join(homedir(), ".cache") : cache, "roundtrip", "run"));
  folders.push(join(tmpdir(), `roundtrip-${userInfo().uid}`));
  return folders;
}

/** Writes it; answers a function that takes it away. @throws Error when no folder can be had. */
export function writeRunFile(run: RunFile, folders: readonly string[] = runFolders()): () => void {
  const folder = prepareFolder(folders);
  const path = join(folder, `${run.pid}.json`);
  const draft = `${path}.${Math.random().toString(36).slice(2)}.new`;
  // Written aside and renamed, so that nobody reads half of it.
  writeFileSync(draft, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(draft, path);
  return () => removeFile(path);
}

/** Every edge that runs, newest first. Takes away what dead ones left. */
export function readRunFiles(folders: readonly string[] = runFolders()): RunFile[] {
  const runs = new Map<number, RunFile>();
  for (const folder of folders.filter(isOwn)) {
    for (const name of readdirSync(folder)) {
      if (!/^\d+\.json$/.test(name)) continue;
      const path = join(folder, name);
      const run = readRunFile(path);
      if (run !== null && isAlive(run.pid)) runs.set(run.pid, run);
      else if (!isAlive(Number.parseInt(name, 10))) removeFile(path);
    }
  }
  return [...runs.values()].toSorted((a, b) => b.started - a.started);
}

function prepareFolder(folders: readonly string[]): string {
  const reasons: string[] = [];
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (lstatSync(folder).uid === userInfo().uid && lstatSync(folder).isDirectory()) chmodSync(folder, 0o700);
      if (isOwn(folder)) return folder;
      reasons.push(`${folder} does not belong to this user alone`);
    } catch (error) {
      reasons.push(errorMessage(error));
    }
  }
  throw new Error(`no folder for the run file: ${reasons.join("; ")}`);
}

/** A real folder of this user that nobody else can enter. */
function isOwn(folder: string): boolean {
  try {
    const facts = lstatSync(folder);
    return facts.isDirectory() && facts.uid === userInfo().uid && (facts.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

function readRunFile(path: string): RunFile | null {
  try {
    const facts = lstatSync(path);
    if (!facts.isFile() || facts.uid !== userInfo().uid) return null;
    return asRunFile(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

/** Null: it is none. By hand: every command reads these, and most need the library for schemas for nothing else. */
function asRunFile(value: unknown): RunFile | null {
  if (typeof value !== "object" || value === null) return null;
  const {
    pid,
    listeners,
    admin,
    token,
    source,
    config = "",
    started,
  } = value as Partial<Record<keyof RunFile, unknown>>;
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof started !== "number") return null;
  if (!Array.isArray(listeners) || !listeners.every((one) => typeof one === "string")) return null;
  if (typeof admin !== "string" || !URL.canParse(admin) || typeof token !== "string" || token === "") return null;
  if (typeof source !== "string" || typeof config !== "string") return null;
  return { pid: pid as number, listeners, admin, token, source, config, started };
}

/** Signal 0 only asks; EPERM means that it lives and belongs to somebody else. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else took it away.
  }
}
