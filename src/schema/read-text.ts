/** YAML and JSON: text to a plain value with places. */
import { parseDocument } from "yaml";
import type { Document } from "yaml";
import { errorMessage } from "../error-message.ts";
import { JsonSyntaxError, readJsonTree } from "./json-tree.ts";
import { ConfigError } from "./problem.ts";
import type { Source, SourceNode } from "./source.ts";
import { clause, yamlFaults, type YamlFault } from "./yaml-faults.ts";
import { yamlTree } from "./yaml-tree.ts";

/** Aliases that one file may expand to: a few anchors save typing, a million are an attack ("billion laughs"). */
const MAX_ALIASES = 1000;

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
  return format === "yaml" ? readYaml(text) : readJson(text);
}

/** YAML 1.2; duplicate keys are errors. */
function readYaml(text: string): ReadText {
  try {
    const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
    const faults = yamlFaults(document, text);
    if (faults.length > 0) return { faults };
    return valueOf(document);
  } catch (error) {
    // Nesting beyond the stack.
    return { faults: [{ at: null, message: `is not usable YAML: ${errorMessage(error)}` }] };
  }
}

function valueOf(document: Document.Parsed): ReadText {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, tree: yamlTree(document) };
  } catch (error) {
    return { faults: [{ at: null, message: error instanceof Error ? clause(error.message) : String(error) }] };
  }
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
