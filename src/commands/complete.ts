/** What may stand at the end of a command line that is being typed: found in the tree of commands itself. */
import type { Argument, Command, Option } from "commander";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** `"files"`: the shell knows best. */
export type Completion = readonly Candidate[] | "files";

/** What only a running edge knows. */
export interface RunTimeValues {
  ports(): readonly Candidate[];
  pools(): Promise<readonly Candidate[]>;
  targets(pool: string): Promise<readonly Candidate[]>;
}

/** What has been typed, taken apart. */
export interface Typed {
  readonly command: Command;
  /** Of the options by their long names. */
  readonly values: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
  /** The option that the last word is the value of. */
  readonly option: Option | null;
  /** What is there of the last word, of its value behind `--option=`. */
  readonly begun: string;
  /** "--option=", or "". */
  readonly lead: string;
}

const FILE_OPTIONS: readonly string[] = ["--config", "--data", "--folder", "--key", "--output"];

/** `words`: behind the program's name, the last one being typed; "" when it has not begun. */
export function readTyped(program: Command, words: readonly string[]): Typed {
  let command = program;
  let option: Option | null = null;
  const values = new Map<string, string>();
  const operands: string[] = [];
  for (const word of words.slice(0, -1)) {
    if (option !== null) {
      values.set(option.long ?? "", word);
      option = null;
    } else if (word.startsWith("-")) {
      const [name = "", value] = word.split("=", 2);
      const found = optionOf(command, name);
      if (found !== undefined) values.set(found.long ?? "", value ?? "");
      if (found !== undefined && takesValue(found) && value === undefined) option = found;
    } else {
      const inner: Command | undefined =
        operands.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (inner === undefined) operands.push(word);
      else command = inner;
    }
  }
  const last = words.at(-1) ?? "";
  const equals = last.startsWith("--") ? last.indexOf("=") : -1;
  if (option !== null || equals === -1) return { command, values, operands, option, begun: last, lead: "" };
  const named = optionOf(command, last.slice(0, equals)) ?? null;
  return { command, values, operands, option: named, begun: last.slice(equals + 1), lead: last.slice(0, equals + 1) };
}

export async function complete(typed: Typed, runTime: RunTimeValues): Promise<Completion> {
  const { begun, lead } = typed;
  const found = await candidates(typed, runTime);
  if (found === "files") return found;
  return found
    .filter(({ value }) => value.startsWith(begun))
    .map(({ value, description }) => ({ value: lead + value, description }));
}

async function candidates(typed: Typed, runTime: RunTimeValues): Promise<Completion> {
  const { command, values, operands, option, begun } = typed;
  if (option !== null) return optionValues(option, runTime);
  const help = command.createHelp();
  if (begun.startsWith("-")) {
    return help
      .visibleOptions(command)
      .filter(({ long, variadic }) => long !== undefined && (variadic || !values.has(long)))
      .map(({ long, description }) => ({ value: long!, description }));
  }
  if (command.commands.length > 0) {
    return help.visibleCommands(command).map((one) => ({ value: one.name(), description: one.description() }));
  }
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[operands.length] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? [] : argumentValues(argument, operands, runTime);
}

function optionValues(option: Option, runTime: RunTimeValues): Completion {
  if (option.argChoices !== undefined) return plain(option.argChoices);
  if (option.long === "--port") return runTime.ports();
  return FILE_OPTIONS.includes(option.long ?? "") ? "files" : [];
}

async function argumentValues(
  argument: Argument,
  operands: readonly string[],
  runTime: RunTimeValues,
): Promise<Completion> {
  if (argument.argChoices !== undefined) return plain(argument.argChoices);
  switch (argument.name()) {
    case "config":
    case "file":
      return "files";
    case "pool":
      return runTime.pools();
    case "target":
      return runTime.targets(operands[0]!);
    case "weight":
      return [{ value: "default", description: "what its source says" }];
    default:
      return [];
  }
}

function plain(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, description: "" }));
}

function optionOf(command: Command, name: string): Option | undefined {
  return command.options.find(({ long, short }) => long === name || short === name);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}
