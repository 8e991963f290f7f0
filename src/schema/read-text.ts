/** YAML and JSON: text to a plain value with places. */
import { JsonSyntaxError, readJsonTree } from "./json-tree.ts";
import { ConfigError } from "./problem.ts";
import type { Source, SourceNode } from "./source.ts";
import type { YamlFault } from "./yaml-faults.ts";
import type { readYaml as ReadYaml } from "./yaml-text.ts";

export type TextFormat = "yaml" | "json";

export interface TextFault extends Omit<YamlFault, "at"> {
  /** Offset in the text, null when that is not known. */
  readonly at: number | null;
}

export type ReadText =
  | { readonly value: unknown; readonly tree: SourceNode | null }
  | { readonly faults: readonly TextFault[] };

/** The value of a config, which `source` then knows the places of. Throws `ConfigError` with every syntax error. */
export function readPlain(format: TextFormat, source: Source): unknown {
  const read = readText(format, source.text);
  if ("faults" in read) throw syntaxErrors(read.faults, source);
  source.setTree(read.tree);
  return read.value;
}

export function syntaxErrors(faults: readonly TextFault[], source: Source): ConfigError {
  return new ConfigError(
    faults.map(({ at, message, remedy }) => {
      const place = at === null ? null : source.placeOf(at);
      const problem = source.problem(place, { path: [], value: undefined, expected: "", message });
      return remedy === undefined ? problem : { ...problem, remedy };
    }),
  );
}

export function readText(format: TextFormat, text: string): ReadText {
  if (format === "json") return readJson(text);
  // The parser takes tens of milliseconds to load, and an edge with a config in JSON or TypeScript never asks it.
  const { readYaml } = require("./yaml-text.ts") as { readYaml: typeof ReadYaml };
  return readYaml(text);
}

/** RFC 8259; the first syntax error. */
function readJson(text: string): ReadText {
  try {
    const tree = readJsonTree(text);
    return { value: JSON.parse(text) as unknown, tree };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { faults: [{ at: error.offset, message: error.message }] };
  }
}
