/** A list of targets, as the config has them, from the text of a file. */
import type { Endpoint } from "../../contract/target.ts";
import { toProblems } from "../../schema/issues.ts";
import { ConfigError } from "../../schema/problem.ts";
import { readPlain, type TextFormat } from "../../schema/read-text.ts";
import { Source } from "../../schema/source.ts";
import { targetList } from "../config/targets.ts";

export type TargetFormat = TextFormat;

/**
 * The targets in the order of the file. Throws `ConfigError` with everything that is wrong: half a list that was meant to
 * be another one is worse than the list of before. `file`: as it is named in problems.
 */
export function readTargetList(text: string, format: TargetFormat, file: string): Endpoint[] {
  const source = new Source(file, text);
  const value = readPlain(format, source);
  const result = targetList.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigError(toProblems(result.error.issues, targetList, value, source));
}
