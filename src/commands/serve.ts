/** `roundtrip serve`: runs the edge until it is told to stop. */
import { formatHostPort } from "../bytes/address.ts";
import { configWarnings } from "../config/config-warnings.ts";
import { CONFIG_NAMES, findConfig } from "../config/find.ts";
import { loadConfig } from "../config/load.ts";
import { startEdge } from "../edge/edge.ts";
import type { Edge } from "../edge/edge-handle.ts";
import { inOneLine } from "../schema/problem.ts";
import { tell } from "../standard-stream.ts";
import { listenerWords } from "./check-dns-tree.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { programName } from "./program-name.ts";

export interface ServeOptions {
  /** What a config may take to give its value, milliseconds. */
  readonly loadTimeout?: number;
}

/** Answers as soon as everything listens; the process then lives as long as the edge. */
export async function serve(file: string | undefined, options: ServeOptions = {}): Promise<ExitCode> {
  const path = file ?? findConfig(process.cwd());
  if (path === null) {
    throw new CommandFailure(
      `there is no config in ${process.cwd()}: neither ${CONFIG_NAMES.join(" nor ")}`,
      `Name one: ${programName()} serve edge.yaml\nOr see what an edge does: ${programName()} demonstration`,
    );
  }
  const { loadTimeout } = options;
  const config = await loadConfig(path, loadTimeout === undefined ? {} : { timeout: loadTimeout });
  const given = { config, file: path, signals: true, report: tell };
  const edge = await startEdge(loadTimeout === undefined ? given : { ...given, loadTimeout });
  // On standard error: standard output may be the access log.
  tell(servingReport(edge, config.source));
  for (const warning of configWarnings(config)) tell(inOneLine(warning));
  return ExitCode.ok;
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
    ...(listeners.length === 0
      ? []
      : [`To see what it does with a request: ${programName()} explain ${listeners[0]}/`]),
    `Ctrl-C drains and stops it; SIGHUP, a change of the config or \`${programName()} reload\` reads the config again.`,
  ].join("\n");
}
