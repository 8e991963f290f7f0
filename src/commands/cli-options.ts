/** What the verbs of the command line share: options, their values, and the form of their help. */
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../schema/units.ts";

export interface AdminOptions {
  readonly admin?: string;
  readonly token?: string;
  readonly port?: number;
  readonly json?: boolean;
}

/** How to find the edge. */
export function adminOptions(command: Command, withPort: boolean): Command {
  if (withPort) command.option("--port <port>", "of the edge that listens there (default: the newest one)", parsePort);
  return command
    .option("--admin <url>", "admin API of the edge (default: that of a running edge of this user)")
    .option("--token <token>", "its token")
    .option("--json", "for programs");
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError("A port is a number from 1 to 65535.");
  return port;
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3600)) throw new InvalidArgumentError("Give seconds, more than 0 and up to 3600.");
  return seconds;
}

/** "30s", "5m"; 0: no end. Milliseconds. */
export function parseTimeout(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === null || milliseconds > 86_400_000) {
    throw new InvalidArgumentError("Give a duration up to 24h, e.g. 30s or 5m; 0 for no end.");
  }
  return milliseconds;
}

/** A whole number from 0 to `most`. */
export function parseUpTo(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,4}$/.test(text) || number > most) throw new InvalidArgumentError(`Give a number from 0 to ${most}.`);
    return number;
  };
}
