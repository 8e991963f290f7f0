/** YAML and JSON: text to a plain value with places. */
import { parseDocument, visit } from "yaml";
import type { Document } from "yaml";
import { errorMessage } from "../error-message.ts";
import { JsonSyntaxError, readJsonTree } from "./json-tree.ts";
import { ConfigError } from "./problem.ts";
import type { Source, SourceNode } from "./source.ts";
import { yamlTree } from "./yaml-tree.ts";

/** Aliases that one file may expand to: a few anchors save typing, a million are an attack ("billion laughs"). */
const MAX_ALIASES = 1000;

export type TextFormat = "yaml" | "json";

export type ReadText =
  | { readonly value: unknown; readonly tree: SourceNode | null }
  /** `at`: offset in the text, null when that is not known. */
  | { readonly faults: ReadonlyArray<{ readonly at: number | null; readonly message: string }> };

/** The value of a config, which `source` then knows the places of. Throws `ConfigError` with every syntax error. */
export function readPlain(format: TextFormat, source: Source): unknown {
  const read = readText(format, source.text);
  if ("faults" in read) throw syntaxErrors(read.faults, source);
  source.setTree(read.tree);
  return read.value;
}

export function syntaxErrors(
  faults: ReadonlyArray<{ at: number | null; message: string }>,
  source: Source,
): ConfigError {
  return new ConfigError(
    faults.map(({ at, message }) =>
      source.problem(at === null ? null : source.placeOf(at), { path: [], value: undefined, expected: "", message }),
    ),
  );
}

export function readText(format: TextFormat, text: string): ReadText {
  return format === "yaml" ? readYaml(text) : readJson(text);
}

/** YAML 1.2; duplicate keys are errors. */
function readYaml(text: string): ReadText {
  try {
    const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
    const faults = [...document.errors, ...document.warnings, ...danglingAliases(document)];
    if (faults.length > 0) {
      return { faults: faults.map(({ pos, message }) => ({ at: pos[0], message: clause(message) })) };
    }
    return valueOf(document);
  } catch (error) {
    // Nesting beyond the stack.
    return { faults: [{ at: null, message: `is no usable YAML: ${errorMessage(error)}` }] };
  }
}

function valueOf(document: Document.Parsed): ReadText {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown, tree: yamlTree(document) };
  } catch (error) {
    return { faults: [{ at: null, message: error instanceof Error ? clause(error.message) : String(error) }] };
  }
}

/** Aliases without an anchor in front of them, which the parser itself finds only when it makes the value. */
function danglingAliases(document: Document.Parsed): Array<{ pos: readonly [number]; message: string }> {
  const found: Array<{ pos: readonly [number]; message: string }> = [];
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) === undefined) {
        found.push({ pos: [node.range?.[0] ?? 0], message: `no anchor is called ${JSON.stringify(node.source)}` });
      }
    },
  });
  return found;
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

/** "Map keys must be unique" → "map keys must be unique". */
function clause(message: string): string {
  return (message[0] ?? "").toLowerCase() + message.slice(1).replace(/\.$/, "");
}
