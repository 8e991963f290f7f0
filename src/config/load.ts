/** A config file to a checked config that knows where its values stand. */
import { readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import type { Config } from "./config.ts";
import { readModule } from "./load-module.ts";
import { readJson, readYaml } from "../schema/read-text.ts";
import type { NormalConfig } from "./normal-config.ts";
import { ConfigError } from "../schema/problem.ts";
import type { ConfigPath, ProblemSource } from "../schema/problem.ts";
import { Source, displayName, type Place } from "../schema/source.ts";
import { withEnvironment } from "./env-values.ts";
import { CONFIG_SCHEMA, validate } from "./validate.ts";

export interface LoadedConfig extends ProblemSource {
  /** Validated, with every default filled in. */
  readonly config: NormalConfig;
  /** The file as it is shown in messages, or a word for where the config came from ("demonstration"). */
  readonly source: string;
  /** The text of a line, counted from 1; "" when there is none. */
  lineText(line: number): string;
  /** Where the value (or, with "key", the key) at this path stands, counted from 1; null when not known. */
  locate(path: ConfigPath, part?: "key" | "value"): Place | null;
  /** Null when only a part around it is known. */
  locateItself(path: ConfigPath): Place | null;
}

/** What a config file's name may end with. */
const CONFIG_EXTENSIONS: readonly string[] = [".ts", ".mts", ".js", ".mjs", ".yaml", ".yml", ".json"];

/**
 * Reads, checks and normalises a config file. A TypeScript file is imported anew at every call, with the local files
 * that it imports. Throws `ConfigError` with every problem that was found.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const path = resolve(file);
  const source = new Source(displayName(path), readText(path));
  return finish(await readValue(path, source), source, dirname(path));
}

/**
 * The same for a config that is a value already: the demonstration, a program that embeds the edge, tests.
 * `base` is the folder that relative file names are below.
 */
export function loadValue(value: Config, source: string, base: string = process.cwd()): LoadedConfig {
  return finish(value, new Source(source, ""), base);
}

function finish(value: unknown, source: Source, base: string): LoadedConfig {
  return {
    config: validate(value, source, base),
    source: source.name,
    lineText: (line) => source.lineText(line),
    locate: (path, part) => source.locate(path, part),
    locateItself: (path) => source.locateItself(path),
    problem: (path, part) => source.problem(source.locate(path), { path, ...part }),
  };
}

function readText(path: string): string {
  const source = new Source(displayName(path), "");
  if (!CONFIG_EXTENSIONS.includes(extname(path))) {
    throw fileProblem(
      source,
      `${extname(path) || "a name without an ending"} is no kind of config`,
      `one of ${CONFIG_EXTENSIONS.join(", ")}`,
    );
  }
  try {
    // A byte order mark would be a syntax error in JSON and shift the columns of the first line.
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    const why =
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "there is no such file" : String(error);
    throw fileProblem(source, why, "");
  }
}

function readValue(path: string, source: Source): unknown {
  switch (extname(path)) {
    case ".yaml":
    case ".yml":
      return withEnvironment(readYaml(source), CONFIG_SCHEMA, source);
    case ".json":
      return withEnvironment(readJson(source), CONFIG_SCHEMA, source);
    default:
      return readModule(path, source);
  }
}

function fileProblem(source: Source, message: string, expected: string): ConfigError {
  return new ConfigError([source.problem(null, { path: [], value: undefined, message, expected })]);
}
