/** Which running edge a command asks: the one that was named, else the only one of this user. */
import { resolve } from "node:path";
import { readRunFiles, type RunFile } from "../control/run-file.ts";
import { AdminClient } from "./admin-client.ts";
import { CommandFailure } from "./command-failure.ts";
import { programName } from "./program-name.ts";
import { terminalStyle } from "./terminal-style.ts";
import { textTable } from "./text-table.ts";

export interface EdgeChoice {
  /** `http://host:port`, given by the user. */
  readonly admin?: string;
  readonly token?: string;
  /** The port that the edge listens on. */
  readonly port?: number;
  /** The config file that the edge serves. */
  readonly config?: string;
  /** Milliseconds for an answer, above 0. */
  readonly timeout?: number;
}

/** The port, and the address where several edges have that port, as a URL says them. */
export interface EdgeAddress {
  readonly host: string;
  readonly port: number;
}

/** The admin API that was named, or that of a running edge of this user; null when none fits. @throws CommandFailure when several do */
export function findEdge(choice: EdgeChoice, at?: EdgeAddress): AdminClient | null {
  if (choice.admin !== undefined) return namedAdmin(choice.admin, choice);
  const fitting = fittingRuns(readRunFiles(), choice, at);
  if (fitting.length > 1) throw severalEdges(fitting);
  return fitting[0] === undefined ? null : clientOf(fitting[0], choice);
}

/** @throws CommandFailure with what runs instead, when none fits, or several do. */
export function requireEdge(choice: EdgeChoice, at?: EdgeAddress): AdminClient {
  const admin = findEdge(choice, at);
  if (admin !== null) return admin;
  const runs = readRunFiles();
  if (runs.length === 0) throw noEdge();
  const port = choice.port ?? at?.port;
  const wanted =
    choice.config === undefined
      ? `listens on port ${port}`
      : `serves ${choice.config}${port === undefined ? "" : ` on port ${port}`}`;
  throw new CommandFailure(`no running edge ${wanted}`, `Running:\n${listed(runs)}`);
}

/** The one that was named, or all running edges of this user, newest first. @throws CommandFailure */
export function requireEdges(choice: EdgeChoice): AdminClient[] {
  if (choice.admin !== undefined) return [namedAdmin(choice.admin, choice)];
  const runs = readRunFiles();
  if (runs.length === 0) throw noEdge();
  return runs.map((run) => clientOf(run, choice));
}

export function fittingRuns(runs: readonly RunFile[], choice: EdgeChoice, at?: EdgeAddress): readonly RunFile[] {
  const port = choice.port ?? at?.port;
  const file = choice.config === undefined ? null : resolve(choice.config);
  const fitting = runs.filter(
    (run) =>
      (port === undefined || run.listeners.some((listener) => listener.endsWith(`:${port}`))) &&
      (file === null || run.config === file),
  );
  if (fitting.length < 2 || at === undefined) return fitting;
  const exact = fitting.filter((run) => run.listeners.includes(`${at.host}:${port}`));
  return exact.length > 0 ? exact : fitting;
}

function clientOf(run: RunFile, choice: EdgeChoice): AdminClient {
  return new AdminClient(run.admin, choice.token ?? run.token, run, choice.timeout);
}

function namedAdmin(admin: string, choice: EdgeChoice): AdminClient {
  const url = (admin.includes("://") ? admin : `http://${admin}`).replace(/\/+$/, "");
  if (!URL.canParse(url))
    throw new CommandFailure(`--admin: "${admin}" is not a URL`, "Give it as http://127.0.0.1:9000");
  const run = readRunFiles().find((candidate) => candidate.admin === url) ?? null;
  const token = choice.token ?? run?.token;
  if (token === undefined) throw new CommandFailure("--admin needs --token", "It is admin.token of the edge's config.");
  return new AdminClient(url, token, run, choice.timeout);
}

function noEdge(): CommandFailure {
  return new CommandFailure("no running edge found", `Start one with: ${programName()} serve`);
}

function severalEdges(runs: readonly RunFile[]): CommandFailure {
  return new CommandFailure(
    `${runs.length} edges of this user fit; which one is meant?`,
    `${listed(runs)}\nName it by --port, by --config with its file, or by --admin.`,
  );
}

/** A row for each, newest first. */
function listed(runs: readonly RunFile[]): string {
  const columns = [{ title: "LISTENS ON" }, { title: "PROCESS", right: true }, { title: "SINCE" }];
  const rows = runs.map(({ listeners, pid, started, admin, source }) => ({
    cells: [listeners.join(", "), String(pid), localTime(started)].map((text) => ({ text })),
    notes: [source, `admin ${admin}`],
  }));
  return textTable(columns, "CONFIG", rows, terminalStyle(process.stderr), 2, MIN_CONFIG).join("\n");
}

/** Cells that a config's name and an admin API need to stand beside their edge. */
const MIN_CONFIG = 28;

/** "2026-11-28 08:12:04", by this machine's clock. */
export function localTime(time: number): string {
  const date = new Date(time);
  const day = `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  return `${day} ${date.toTimeString().slice(0, 8)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
