/** `roundtrip serve`: runs the edge until it is told to stop. */
import { formatHostPort } from "../bytes/address.ts";
import { findConfig } from "../config/find.ts";
import { loadConfig } from "../config/load.ts";
import { startEdge, type Edge } from "../edge/edge.ts";
import { tell } from "../standard-stream.ts";
import { listenerWords } from "./check-dns-tree.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";

export interface ServeOptions {
  /** What a config may take to give its value, milliseconds. */
  readonly loadTimeout?: number;
}

/** Answers as soon as everything listens; the process then lives as long as the edge. */
export async function serve(file: string | undefined, options: ServeOptions = {}): Promise<ExitCode> {
  const path = file ?? findConfig(process.cwd());
  if (path === null) {
    const { runDemonstration } = await import("./demonstration.ts");
    return (await runDemonstration()) === 0 ? ExitCode.ok : ExitCode.fault;
  }
  const { loadTimeout } = options;
  const config = await loadConfig(path, loadTimeout === undefined ? {} : { timeout: loadTimeout });
  const given = { config, file: path, signals: true, report: tell };
  const edge = await startOrExplain(() => startEdge(loadTimeout === undefined ? given : { ...given, loadTimeout }));
  // On standard error: standard output may be the access log.
  tell(servingReport(edge, config.source));
  return ExitCode.ok;
}

async function startOrExplain(start: () => Promise<Edge>): Promise<Edge> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (!(error instanceof Error) || (code !== "EADDRINUSE" && code !== "EACCES")) throw error;
    const remedy =
      code === "EACCES"
        ? "Ports below 1024 need a privilege: take a higher one."
        : "Stop what listens there, or give the listener another port.";
    throw new CommandFailure(error.message, remedy);
  }
}

function servingReport(
  edge: Pick<Edge, "listeners" | "admin"> & { readonly control: Pick<Edge["control"], "names"> },
  source: string,
): string {
  const listeners = edge.listeners.map((listener) => `http://${formatHostPort(listener)}`);
  const names = edge.control.names();
  const first = listeners[0] ?? "http://127.0.0.1:8080";
  return [
    `roundtrip serves ${source}, process ${process.pid}`,
    `  edge   ${listeners.join(", ")}`,
    ...(edge.admin === null ? [] : [`  admin  http://${formatHostPort(edge.admin)}`]),
    ...(names === null || names.listening.length === 0 ? [] : [`  names  ${listenerWords(names.listening)}`]),
    `To see what it does with a request: npx roundtrip explain ${first}/`,
    "Ctrl-C drains and stops it; SIGHUP, a change of the config or `npx roundtrip reload` reads the config again.",
  ].join("\n");
}
