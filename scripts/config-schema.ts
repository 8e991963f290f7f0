/**
 * Writes docs/reference/config.schema.json, by which editors complete and check YAML and JSON configs:
 * `bun scripts/config-schema.ts`. The shape comes from the schema of the config, the words from the tables of
 * docs/reference/config.md. A test compares file, page and schema, so that none of them falls behind.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { CONFIG_SCHEMA } from "../src/config/validate.ts";

export const PAGE: string = new URL("../docs/reference/config.md", import.meta.url).pathname;
export const FILE: string = new URL("../docs/reference/config.schema.json", import.meta.url).pathname;

/** One row of the reference: ``| `limits.head` | `64KB` | 256B to 1MB | words |``. */
export interface OptionRow {
  readonly path: string;
  /** Between backticks when it can be written in a config, else words. */
  readonly initial: string;
  readonly values: string;
  readonly words: string;
}

/** Every row of the tables whose first column is an option. */
export function optionRows(page: string): OptionRow[] {
  const rows = page.matchAll(/^\| `([$\w.*]+)` \| (.*?) ?\| (.*?) ?\| (.*?) ?\|$/gm);
  return [...rows].map(([, path = "", initial = "", values = "", words = ""]) => ({ path, initial, values, words }));
}

type JsonNode = Record<string, unknown>;

/** The JSON Schema (draft 2020-12) of what a person may write. */
export function configJsonSchema(page: string): JsonNode {
  const schema = z.toJSONSchema(CONFIG_SCHEMA, { io: "input" }) as JsonNode;
  dropOutputDefaults(schema);
  for (const { path, words } of optionRows(page)) {
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
  await Bun.write(FILE, `${JSON.stringify(configJsonSchema(readFileSync(PAGE, "utf8")), null, 2)}\n`);
}
