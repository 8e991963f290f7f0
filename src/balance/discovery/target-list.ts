/** A list of targets, as the config has them, from the text of a file. */
import { isMap, isPair, isScalar, parseDocument } from "yaml";
import type { Document } from "yaml";
import type { Endpoint } from "../../contract/target.ts";
import { findJsonError } from "./find-json-error.ts";
import { MAX_ENDPOINTS } from "./pool-sink.ts";
import { readTarget } from "./read-target.ts";
import { TargetFileError } from "./target-file-error.ts";

/** Aliases that one file may expand to: a few anchors save typing, a million are an attack ("billion laughs"). */
const MAX_ALIASES = 1000;

export type TargetFormat = "json" | "yaml";

/**
 * The targets in the order of the file. Throws `TargetFileError` for the first thing that is wrong: half a list that
 * was meant to be another one is worse than the list of before.
 */
export function readTargetList(text: string, format: TargetFormat): Endpoint[] {
  const list = format === "json" ? readJson(text) : readYaml(text);
  if (!Array.isArray(list)) throw new TargetFileError("a list of targets is expected", 0);
  if (list.length > MAX_ENDPOINTS) {
    throw new TargetFileError(`${list.length} targets are too many: at most ${MAX_ENDPOINTS} are used`, -1);
  }
  const seen = new Set<string>();
  return list.map((item: unknown, index) => {
    const target = readTarget(item);
    if ("message" in target) throw new TargetFileError(target.message, offsetOf(text, index, target.property));
    const address = `${target.host} ${target.port}`;
    if (seen.has(address))
      throw new TargetFileError("this target stands in the list already", offsetOf(text, index, ""));
    seen.add(address);
    return target;
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const found = findJsonError(text);
    throw new TargetFileError(found?.message ?? (error as Error).message, found?.offset ?? -1);
  }
}

/** YAML 1.2; duplicate keys are errors. */
function readYaml(text: string): unknown {
  const document = parse(text);
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) throw new TargetFileError(clause(fault.message), fault.pos[0]);
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (error) {
    throw new TargetFileError(clause((error as Error).message), -1);
  }
}

function parse(text: string): Document.Parsed {
  try {
    return parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  } catch (error) {
    // Nesting beyond the stack.
    throw new TargetFileError(`is no usable YAML: ${(error as Error).message}`, -1);
  }
}

/**
 * Where an item of the list, or a property of it, begins. Looked for only when something is wrong there, so that a
 * good list costs one pass. JSON is near enough to YAML for its places to come from the same parser.
 */
function offsetOf(text: string, index: number, property: string): number {
  const list = parse(text);
  const item = list.getIn([index], true);
  if (property !== "" && isMap(item)) {
    const pair = item.items.find((entry) => isPair(entry) && isScalar(entry.key) && entry.key.value === property);
    return startOf(pair?.key) ?? startOf(item) ?? -1;
  }
  return startOf(item) ?? -1;
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  return Array.isArray(node.range) ? Number(node.range[0]) : undefined;
}

/** "Map keys must be unique" → "map keys must be unique". */
function clause(message: string): string {
  return (message[0] ?? "").toLowerCase() + message.slice(1).replace(/\.$/, "");
}
