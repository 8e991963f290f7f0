/** What the verbs of the command line share: options, their values, and the form of their help. */
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../schema/units.ts";
import type { EdgeChoice } from "./find-edge.ts";
import { programName } from "./program-name.ts";

export interface EdgeOptions extends EdgeChoice {
  readonly json?: boolean;
}

/** How to find the edge. */
export function edgeOptions(command: Command): Command {
  return adminOptions(
    command
      .option("--port <port>", "the edge that listens on this port", parsePort)
      .option("--config <file>", "the edge that runs this config"),
  );
}

/** How to talk to it. */
export function adminOptions(command: Command): Command {
  return command
    .option("--admin <url>", "admin API of the edge (default: the only running one)")
    .option("--token <token>", "its admin token")
    .option("--json", "JSON output; answeredBy names the edge");
}

/** For commands that wait for nothing but the answer. */
export function answerTimeout(command: Command): Command {
  return command.option("--timeout <duration>", "how long the answer may take (default: 30s)", parseWait);
}

/** Each line begins with `roundtrip`, and is shown with the name that the program was called by. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${asCalled(line)}`).join("\n")}`;
}

export function asCalled(text: string): string {
  return text.replace(/\broundtrip(?= )/g, () => programName());
}

/** For commands whose `--timeout` says when what still lives is cut, and not how long an answer may take. */
export function withDeadline<Options extends EdgeOptions>({ timeout, ...rest }: Options): Deadline<Options> {
  return timeout === undefined ? rest : { ...rest, deadline: timeout };
}

type Deadline<Options> = Omit<Options, "timeout"> & { readonly deadline?: number };

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError("A port is a number from 1 to 65535.");
  return port;
}

/** "30s", "5m"; 0: no end. Milliseconds. */
export function parseTimeout(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === null || milliseconds > 86_400_000) {
    throw new InvalidArgumentError("Give a duration up to 24h, e.g. 30s or 5m; 0 for no end.");
  }
  return milliseconds;
}

/** The same for what a command waits for itself, which has an end. */
export function parseWait(text: string): number {
  const milliseconds = parseTimeout(text);
  if (milliseconds === 0) throw new InvalidArgumentError("Give a duration above 0, e.g. 30s.");
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
