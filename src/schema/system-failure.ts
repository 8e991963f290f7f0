/**
 * What the system refuses of what a config wants: an address, a file. It becomes a problem of the config, since there is
 * the place to fix it.
 */
import { constants, networkInterfaces } from "node:os";
import { dirname } from "node:path";
import { formatHostPort } from "../bytes/address.ts";
import { errorMessage } from "../error-message.ts";
import { ConfigError, type ConfigPath, type ConfigProblem, type ProblemSource } from "./problem.ts";

export type Wanted =
  | {
      readonly kind: "listen";
      readonly host: string;
      readonly port: number;
      readonly transport?: "udp" | "tcp" | "tls";
    }
  | { readonly kind: "write"; readonly file: string };

export class SystemFailure extends Error {
  readonly path: ConfigPath;
  readonly wanted: Wanted;
  /** "EADDRINUSE"; "" when the system gave none. */
  readonly code: string;

  /** `path`: of what wants it in the config. */
  constructor(path: ConfigPath, wanted: Wanted, error: unknown) {
    super(errorMessage(error), { cause: error });
    this.name = "SystemFailure";
    this.path = path;
    this.wanted = wanted;
    this.code = codeOf(error);
  }
}

/** A config that is well and that this machine does not let be used, at least now. */
export class SystemRefusal extends ConfigError {}

/** A `SystemFailure` as a problem of the config that `source` knows; everything else as it is. */
export function placed(error: unknown, source: ProblemSource): unknown {
  return error instanceof SystemFailure ? new SystemRefusal([systemProblem(error, source)]) : error;
}

export function systemProblem(failure: SystemFailure, source: ProblemSource): ConfigProblem {
  const { path, wanted } = failure;
  const { message, remedy } =
    wanted.kind === "listen" ? listenWords(failure, wanted) : writeWords(failure, wanted.file);
  const value = wanted.kind === "listen" ? formatHostPort(wanted) : wanted.file;
  return { ...source.problem(path, { value, message, expected: "" }), remedy };
}

interface Words {
  readonly message: string;
  readonly remedy: string;
}

function listenWords(failure: SystemFailure, wanted: Extract<Wanted, { kind: "listen" }>): Words {
  const { host, port, transport } = wanted;
  const address = `${formatHostPort(wanted)}${transport === "udp" ? " (UDP)" : ""}`;
  switch (failure.code) {
    case "EADDRINUSE":
      return {
        message: `${address} is taken: something else listens there`,
        remedy: "Stop what listens there, or take another port.",
      };
    case "EADDRNOTAVAIL":
      return {
        message: `${host} is not an address of this machine, so nothing can listen on ${address}`,
        remedy: `Take one that it has: ${machineAddresses().join(", ")}; or ${host.includes(":") ? "[::]" : "0.0.0.0"} for all.`,
      };
    case "EACCES":
    case "EPERM":
      return {
        message: `this user may not listen on ${address}: ports below 1024 need a right`,
        remedy:
          "Take a port from 1024 on, or give the right: AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd, " +
          `or sysctl net.ipv4.ip_unprivileged_port_start=${port}.`,
      };
    case "EAFNOSUPPORT":
      return { message: `this machine has no ${host.includes(":") ? "IPv6" : "IPv4"}, for ${address}`, remedy: "" };
    case "ENOTFOUND":
      return { message: `the name ${host} has no address, for ${address}`, remedy: "Write the address itself." };
    default:
      return {
        message: `nothing can listen on ${address}: ${reason(failure)}`,
        remedy: "Take another address or port.",
      };
  }
}

function writeWords(failure: SystemFailure, file: string): Words {
  switch (failure.code) {
    case "ENOENT":
    case "ENOTDIR":
      return {
        message: `${file} cannot be written: there is no folder ${dirname(file)}`,
        remedy: `Make it (mkdir -p ${dirname(file)}), or name another file.`,
      };
    case "EACCES":
    case "EPERM":
      return {
        message: `${file} cannot be written: this user has no right to`,
        remedy: `Give the user that runs the edge the right to write there, or name another file.`,
      };
    case "EISDIR":
      return { message: `${file} is a folder`, remedy: "Name a file in it." };
    case "EROFS":
      return { message: `${file} cannot be written: its file system is read-only`, remedy: "Name another file." };
    default:
      return { message: `${file} cannot be written: ${reason(failure)}`, remedy: "Name another file." };
  }
}

function reason({ code, message }: SystemFailure): string {
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

const MOST_ADDRESSES = 6;

function machineAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
  return found.length <= MOST_ADDRESSES ? found : [...found.slice(0, MOST_ADDRESSES), "…"];
}

/** Some of the runtime's errors have the number alone. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (!("errno" in error) || typeof error.errno !== "number") return "";
  const number = Math.abs(error.errno);
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? "";
}
