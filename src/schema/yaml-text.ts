/** YAML as a value and a tree of places. Loaded when it is needed. */
import { parseDocument } from "yaml";
import type { Document } from "yaml";
import { errorMessage } from "../error-message.ts";
import type { ReadText } from "./read-text.ts";
import { clause, yamlFaults } from "./yaml-faults.ts";
import { yamlTree } from "./yaml-tree.ts";

/** Aliases that one file may expand to: a few anchors save typing, a million are an attack ("billion laughs"). */
const MAX_ALIASES = 1000;

/** YAML 1.2; duplicate keys are errors. */
export function readYaml(text: string): ReadText {
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
