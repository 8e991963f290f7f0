/** What of a config this machine would refuse to an edge of this user: addresses, ports that need a right, the log's file. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { ConfigPath, ConfigProblem } from "../schema/problem.ts";
import { SystemFailure, systemProblem, type Wanted } from "../schema/system-failure.ts";

type Listen = Extract<Wanted, { kind: "listen" }>;

/** What a running edge may have in use is none of them. */
export async function machineProblems(loaded: LoadedConfig): Promise<ConfigProblem[]> {
  const { listeners, admin, dns, accessLog } = loaded.config;
  const wanted: Array<readonly [path: ConfigPath, listen: Listen]> = [
    ...listeners.map(({ host, port }, index) => [["listeners", index], { kind: "listen", host, port }] as const),
    ...(admin === null ? [] : [[["admin", "address"], { kind: "listen", ...hostPort(admin) }] as const]),
    ...(dns?.listen ?? []).map((listen) => [["dns", "listeners"], { kind: "listen", ...listen }] as const),
  ];
  const failures = [
    ...(await Promise.all(wanted.map(([path, listen]) => bindFailure(path, listen)))),
    accessLog === null || accessLog.path === "-" ? null : writeFailure(["accessLog", "path"], accessLog.path),
  ].filter((failure) => failure !== null);
  return withoutRepeats(failures).map((failure) => systemProblem(failure, loaded));
}

function hostPort({ host, port }: { readonly host: string; readonly port: number }): Pick<Listen, "host" | "port"> {
  return { host, port };
}

/**
 * A UDP socket is subject to the same rights and addresses as a TCP one, and is not in the way of whoever connects. It is
 * gone at once.
 */
async function bindFailure(path: ConfigPath, wanted: Listen): Promise<SystemFailure | null> {
  try {
    const socket = await Bun.udpSocket({ hostname: wanted.host, port: wanted.port });
    socket.close();
    return null;
  } catch (error) {
    const failure = new SystemFailure(path, wanted, error);
    return failure.code === "EADDRINUSE" ? null : failure;
  }
}

/** Looks, and makes nothing. */
function writeFailure(path: ConfigPath, file: string): SystemFailure | null {
  try {
    const facts = statSync(file, { throwIfNoEntry: false });
    if (facts?.isDirectory() === true) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
    accessSync(facts === undefined ? dirname(file) : file, constants.W_OK);
    return null;
  } catch (error) {
    return new SystemFailure(path, { kind: "write", file }, error);
  }
}

/** A name server's address has a socket for each transport. */
function withoutRepeats(failures: readonly SystemFailure[]): SystemFailure[] {
  const seen = new Set<string>();
  return failures.filter(({ code, wanted }) => {
    const key = wanted.kind === "listen" ? `${code} ${wanted.host} ${wanted.port}` : wanted.file;
    return !seen.has(key) && seen.add(key);
  });
}
