/**
 * Fills the tables of options in docs/reference/config.md from the sections of the config: `bun scripts/config-reference.ts`.
 * The page has the prose; a comment in front of a table names the options whose rows stand in it, with all that is below
 * them and in no other table. A test fails when the page is not what this would write.
 */
import { readFileSync } from "node:fs";
import { CONFIG_SCHEMA } from "../src/config/validate.ts";
import { optionRows, type OptionRow } from "../src/schema/option-rows.ts";

export const PAGE: string = new URL("../docs/reference/config.md", import.meta.url).pathname;

/** Comment, head and rows: `<!-- options: limits -->`. */
const TABLE = /(<!-- options: (.+) -->\n\n\|.*\|\n\| --- .*\|\n)((?:\|.*\|\n)*)/g;

/** The page with its tables filled again. */
export function fillTables(page: string): string {
  const rows = optionRows(CONFIG_SCHEMA);
  const tables = [...page.matchAll(TABLE)].map(([, , names = ""]) => names.split(" "));
  const claimed = new Map(rows.map((row) => [row, claimOf(row.path, tables.flat())]));
  const missing = rows.filter((row) => claimed.get(row) === undefined);
  if (missing.length > 0) throw new Error(`no table has a place for ${missing.map(({ path }) => path).join(", ")}`);
  return page.replace(TABLE, (_all, head: string, names: string) => {
    const own = names.split(" ").flatMap((name) => rows.filter((row) => claimed.get(row) === name));
    return head + own.map((row) => `${formatRow(row)}\n`).join("");
  });
}

/** Of the names that the option is or is below, the longest. */
function claimOf(path: string, names: readonly string[]): string | undefined {
  const fitting = names.filter((name) => path === name || path.startsWith(`${name}.`));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}

function formatRow({ path, initial, values, words = "" }: OptionRow): string {
  return `| ${[`\`${path}\``, initial, values, words].map((cell) => (cell === "" ? "" : `${cell} `)).join("| ")}|`;
}

if (import.meta.main) await Bun.write(PAGE, fillTables(readFileSync(PAGE, "utf8")));
