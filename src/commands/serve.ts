/** `roundtrip serve`: runs the edge until it is told to stop. */
import { formatHostPort } from "../bytes/address.ts";
import { findConfig } from "../config/find.ts";
import { loadConfig } from "../config/load.ts";
import { startEdge, type Edge } from "../edge/edge.ts";
import { tell } from "../standard-stream.ts";
import { listenerWords } from "./check-dns-tree.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";

/** Answers as soon as everything listens; the process then lives as long as the edge. */
export async function serve(file: string | undefined): Promise<ExitCode> {
  const path = file ?? findConfig(process.cwd());
  if (path === null) {
    const { runDemonstration } = await import("./demonstration.ts");
    return (await runDemonstration()) === 0 ? ExitCode.ok : ExitCode.fault;
  }
  const config = await loadConfig(path);
  const edge = await startOrExplain(() => startEdge({ config, file: path, signals: true, report: tell }));
  // On standard error: standard output may be the access log.
  tell(servingReport(edge, config.source));
  return ExitCode.ok;
}

async function startOrExplain(start: () => Promise<Edge>): Promise<Edge> {
  try {
    return await start();
  } catch (error) {
    throw listenFailure(error) ?? error;
  }
}

const LISTEN_FAILURES: Readonly<Record<string, readonly [words: string, remedy: string]>> = {
  EADDRINUSE: ["is taken", "Stop what listens there, or give the listener another port."],
  EACCES: ["is not allowed", "Ports below 1024 need a privilege: take a higher one."],
  EADDRNOTAVAIL: [
    "is no address of this machine",
    "Give the listener one that `ip address` shows, or 0.0.0.0 for every one.",
  ],
};

/** In words what kept a listener from listening; null: it was something else. */
export function listenFailure(error: unknown): CommandFailure | null {
  if (!(error instanceof Error) || !("code" in error) || !("address" in error) || !("port" in error)) return null;
  const failure = LISTEN_FAILURES[String(error.code)];
  if (failure === undefined) return null;
  const place = formatHostPort({ host: String(error.address), port: Number(error.port) });
  return new CommandFailure(`${place} ${failure[0]} (${String(error.code)})`, failure[1]);
}

function servingReport(
  edge: Pick<Edge, "listeners" | "admin"> & { readonly control: Pick<Edge["control"], "names"> },
  source: string,
): string {
  const listeners = edge.listeners.map((listener) => `http://${formatHostPort(listener)}`);
  const names = edge.control.names();
  return [
    `roundtrip serves ${source}, process ${process.pid}`,
    ...(listeners.length === 0 ? [] : [`  edge   ${listeners.join(", ")}`]),
    ...(edge.admin === null ? [] : [`  admin  http://${formatHostPort(edge.admin)}`]),
    ...(names === null || names.listening.length === 0 ? [] : [`  names  ${listenerWords(names.listening)}`]),
    ...(listeners.length === 0 ? [] : [`To see what it does with a request: npx roundtrip explain ${listeners[0]}/`]),
    "Ctrl-C drains and stops it; SIGHUP, a change of the file or `npx roundtrip reload` reads the config again.",
  ].join("\n");
}
