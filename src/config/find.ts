/** Which config is meant when none is named. */
import { statSync } from "node:fs";
import { join } from "node:path";

/** In this order the first that exists is taken. */
export const CONFIG_NAMES: readonly string[] = [".ts", ".mts", ".js", ".yaml", ".yml", ".json"].map(
  (ending) => `roundtrip.config${ending}`,
);

/** The config of this folder, or null when there is none. */
export function findConfig(cwd: string): string | null {
  const paths = CONFIG_NAMES.map((name) => join(cwd, name));
  return paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true) ?? null;
}
