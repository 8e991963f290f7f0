/**
 * What the runner needs to know of a proxy.
 */
import type { Command } from "../lib/processes.ts";

export interface PeerSettings {
  port: number;
  /** Four ports of the origin. */
  origins: readonly number[];
  /** Size of the route table: `routePrefixes(routes)` and "/". */
  routes: number;
  /** An empty folder of its own for config, logs and sockets. */
  folder: string;
}

export interface PeerCommand extends Command {
  /** Access logs, emptied between workloads. */
  logs?: readonly string[];
}

export interface Peer {
  name: string;
  /** Its version when it is installed; otherwise undefined. */
  version: () => Promise<string | undefined>;
  /** What to do when it is missing. */
  install: string;
  /** Names of the workloads that it runs unless it was asked for by name; all without it. */
  usual?: readonly string[];
  /** Route tables beyond this size are not tried. */
  mostRoutes?: number;
  /** Requests before a workload is measured: compilers that work at run time need some. */
  warmUp: number;
  /** Writes its config and says how to start it. */
  prepare: (settings: PeerSettings) => Promise<PeerCommand> | PeerCommand;
}

/** First match of `pattern` in what the command prints, or undefined when there is no such program. */
export async function versionOf(argv: readonly [string, ...string[]], pattern: RegExp): Promise<string | undefined> {
  if (Bun.which(argv[0]) === null) return undefined;
  const child = Bun.spawn([...argv], { stdout: "pipe", stderr: "pipe" });
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return pattern.exec(output + errors)?.[1] ?? "unknown version";
}
