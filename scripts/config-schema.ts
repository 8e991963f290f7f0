/**
 * Writes docs/reference/config.schema.json, by which editors complete and check YAML and JSON configs:
 * `bun scripts/config-schema.ts`. Shape and words come from the sections of the config. A test fails when the file is not
 * what this would write.
 */
import { z } from "zod";
import { CONFIG_SCHEMA } from "../src/config/validate.ts";
import { optionRows } from "../src/schema/option-rows.ts";

export const FILE: string = new URL("../docs/reference/config.schema.json", import.meta.url).pathname;

type JsonNode = Record<string, unknown>;

/** The JSON Schema (draft 2020-12) of what a person may write. */
export function configJsonSchema(): JsonNode {
  const schema = z.toJSONSchema(CONFIG_SCHEMA, { io: "input" }) as JsonNode;
  dropOutputDefaults(schema);
  for (const { path, words = "" } of optionRows(CONFIG_SCHEMA)) {
    if (words !== "") describeOption([schema], path.split("."), plain(words));
  }
  return { title: "Roundtrip configuration", ...schema };
}

/** A default of an object or list is what the schema gives, not what a person would write. */
function dropOutputDefaults(node: unknown): void {
  if (typeof node !== "object" || node === null) return;
  if ("default" in node && typeof node.default === "object") delete node.default;
  for (const inner of Object.values(node)) dropOutputDefaults(inner);
}

function describeOption(nodes: readonly JsonNode[], path: readonly string[], words: string): void {
  const [step = "", ...rest] = path;
  const next = nodes.flatMap((node) => [node, ...listOf(node.anyOf)]).flatMap((node) => childrenOf(node, step));
  if (rest.length > 0) describeOption(next, rest, words);
  else for (const node of next) node.description = words;
}

function childrenOf(node: JsonNode, step: string): JsonNode[] {
  if (step === "*") return [node.items, node.additionalProperties].filter(isNode);
  return isNode(node.properties) ? [node.properties[step]].filter(isNode) : [];
}

function listOf(value: unknown): JsonNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is JsonNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without links and backticks, which editors would show as they are. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
}

if (import.meta.main) {
  await Bun.write(FILE, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}
