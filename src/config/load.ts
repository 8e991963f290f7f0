/** A config file to a checked config that knows where its values stand. */
import { dirname, extname, resolve } from "node:path";
import type { Config } from "./config.ts";
import { readModule } from "./load-module.ts";
import { readPlain, type TextFormat } from "../schema/read-text.ts";
import { FilesRead } from "./files-read.ts";
import { readTextBeside } from "./read-text-beside.ts";
import type { NormalConfig } from "./normal-config.ts";
import { ConfigError } from "../schema/problem.ts";
import type { ConfigPath, ProblemSource } from "../schema/problem.ts";
import { Source, displayName, type Place } from "../schema/source.ts";
import { withEnvironment } from "./env-values.ts";
import { CONFIG_SCHEMA, validate } from "./validate.ts";
import { atOnce, inSlices, type Slices } from "../time/slices.ts";

export interface LoadedConfig extends ProblemSource {
  /** Validated, with every default filled in. */
  readonly config: NormalConfig;
  /** The file as it is shown in messages, or a word for where the config came from ("demonstration"). */
  readonly source: string;
  /** What it was read from. */
  readonly read: FilesRead;
  /** The text of a line, counted from 1; "" when there is none. */
  lineText(line: number): string;
  /** Where the value (or, with "key", the key) at this path stands, counted from 1; null when not known. */
  locate(path: ConfigPath, part?: "key" | "value"): Place | null;
  /** Null when only a part around it is known. */
  locateItself(path: ConfigPath): Place | null;
}

/** What a config file's name may end with. */
const CONFIG_EXTENSIONS: readonly string[] = [".ts", ".mts", ".js", ".mjs", ".yaml", ".yml", ".json"];

/** Of the others the runtime makes a value. */
const TEXT_FORMATS: Readonly<Record<string, TextFormat>> = { ".yaml": "yaml", ".yml": "yaml", ".json": "json" };

export interface LoadOptions {
  /** Gets the files that are read, also when the config cannot be used. */
  readonly read?: FilesRead;
  /** A module that has not given its value after so many milliseconds cannot be used; 0: it may take for ever. Default 10,000. */
  readonly timeout?: number;
  /** Something else runs on this thread: no turn of its event loop takes long. Default false, which is sooner done. */
  readonly beside?: boolean;
}

const TIMEOUT = 10_000;

/** Characters that are parsed in a millisecond or two, much sooner than a thread begins. */
const SHORT = 2_048;

/**
 * Reads, checks and normalises a config file. A TypeScript file is imported again at every call, with the local files
 * that it imports. Throws `ConfigError` with every problem that was found.
 */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  const { read = new FilesRead(), beside = false } = options;
  const path = resolve(file);
  const source = new Source(displayName(path), readText(path, read));
  const value = await readValue(path, source, { ...options, read });
  const work = finish(value, source, dirname(path), read);
  return beside ? await inSlices(work) : atOnce(work);
}

/**
 * The same for a config that is a value already: the demonstration, a program that embeds the edge, tests.
 * `base` is the folder that relative file names are below.
 */
export function loadValue(value: Config, source: string, base: string = process.cwd()): LoadedConfig {
  return atOnce(finish(value, new Source(source, ""), base, new FilesRead()));
}

function* finish(value: unknown, source: Source, base: string, read: FilesRead): Slices<LoadedConfig> {
  return {
    config: yield* validate(value, source, base, read),
    source: source.name,
    read,
    lineText: (line) => source.lineText(line),
    locate: (path, part) => source.locate(path, part),
    locateItself: (path) => source.locateItself(path),
    problem: (path, part) => source.problem(source.locate(path), { path, ...part }),
  };
}

function readText(path: string, read: FilesRead): string {
  const source = new Source(displayName(path), "");
  if (!CONFIG_EXTENSIONS.includes(extname(path))) {
    throw fileProblem(source, `unsupported file type "${extname(path)}"`, `one of ${CONFIG_EXTENSIONS.join(", ")}`);
  }
  try {
    // A byte order mark would be a syntax error in JSON and shift the columns of the first line.
    return read.read(path).replace(/^\uFEFF/, "");
  } catch (error) {
    const why =
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "there is no such file" : String(error);
    throw fileProblem(source, why, "");
  }
}

async function readValue(
  path: string,
  source: Source,
  { read, timeout = TIMEOUT, beside = false }: LoadOptions & { readonly read: FilesRead },
): Promise<unknown> {
  const format = TEXT_FORMATS[extname(path)];
  if (format === undefined) return await readModule(path, source, read, timeout);
  const besides = beside && source.text.length > SHORT;
  const value = besides ? await readTextBeside(format, source) : readPlain(format, source);
  return withEnvironment(value, CONFIG_SCHEMA, source);
}

function fileProblem(source: Source, message: string, expected: string): ConfigError {
  return new ConfigError([source.problem(null, { path: [], value: undefined, message, expected })]);
}
