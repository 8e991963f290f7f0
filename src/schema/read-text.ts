/** YAML and JSON: text to a plain value with places. */
import { parseDocument } from "yaml";
import type { Document } from "yaml";
import { errorMessage } from "../error-message.ts";
import { JsonSyntaxError, readJsonTree } from "./json-tree.ts";
import { ConfigError } from "./problem.ts";
import type { Source } from "./source.ts";
import { clause, yamlFaults } from "./yaml-faults.ts";
import { yamlTree } from "./yaml-tree.ts";

/** Aliases that one file may expand to: a few anchors save typing, a million are an attack ("billion laughs"). */
const MAX_ALIASES = 1000;

/** YAML 1.2. Throws `ConfigError` with every syntax error; duplicate keys are errors. */
export function readYaml(source: Source): unknown {
  const document = parse(source);
  const faults = yamlFaults(document, source.text);
  if (faults.length > 0) {
    throw new ConfigError(
      faults.map(({ at, message, remedy }) => {
        const problem = source.problem(source.placeOf(at), { path: [], value: undefined, expected: "", message });
        return remedy === undefined ? problem : { ...problem, remedy };
      }),
    );
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    source.setTree(yamlTree(document));
    return value;
  } catch (error) {
    const message = error instanceof Error ? clause(error.message) : String(error);
    throw new ConfigError([source.problem(null, { path: [], value: undefined, expected: "", message })]);
  }
}

function parse(source: Source): Document.Parsed {
  try {
    return parseDocument(source.text, { prettyErrors: false, uniqueKeys: true });
  } catch (error) {
    // Nesting beyond the stack.
    const message = `is not usable YAML: ${errorMessage(error)}`;
    throw new ConfigError([source.problem(null, { path: [], value: undefined, expected: "", message })]);
  }
}

/** RFC 8259. Throws `ConfigError` with the first syntax error. */
export function readJson(source: Source): unknown {
  try {
    source.setTree(readJsonTree(source.text));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const place = source.placeOf(error.offset);
    throw new ConfigError([
      source.problem(place, { path: [], value: undefined, expected: "", message: error.message }),
    ]);
  }
  return JSON.parse(source.text) as unknown;
}
