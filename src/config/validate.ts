/** A config as it was written to one that is checked and complete. */
import { POLICIES } from "../policy/policies.ts";
import { toProblems } from "../schema/issues.ts";
import { partlyReader } from "../schema/partly.ts";
import { byPlace, ConfigError, type ConfigProblem } from "../schema/problem.ts";
import { withoutSecrets } from "../schema/secrets.ts";
import type { Source } from "../schema/source.ts";
import { checkWhole } from "./check-whole.ts";
import { completeConfig } from "./complete.ts";
import type { FilesRead } from "./files-read.ts";
import type { NormalConfig } from "./normal-config.ts";
import { createConfigSchema } from "./schema.ts";
import type { Slices } from "../time/slices.ts";

/** The schema with every policy of the registry. */
export const CONFIG_SCHEMA = createConfigSchema(POLICIES);

const readConfig = partlyReader(CONFIG_SCHEMA);

/**
 * `base`: the folder that relative file names are below; `read` gets the files that are looked at. Throws `ConfigError` with every problem, in the order of the
 * file: what a part says wrong, and what the parts that are well-formed say of each other.
 */
export function* validate(value: unknown, source: Source, base: string, read: FilesRead): Slices<NormalConfig> {
  if (value === undefined || value === null) throw nothing(value, source);
  const { issues, parts, whole } = yield* readConfig(value);
  const secrets = new Map<string, string>();
  const wrong: ConfigProblem[] = [];
  for (const issue of issues) {
    wrong.push(...toProblems([issue], CONFIG_SCHEMA, value, source));
    yield;
  }
  const context = { written: value, schema: CONFIG_SCHEMA, source, base, secrets, read, wrong };
  const problems = [...wrong, ...(yield* checkWhole(parts, context))];
  if (whole === null || problems.length > 0) {
    const told = yield* withoutSecrets(problems, value, CONFIG_SCHEMA);
    throw new ConfigError(told.sort(byPlace));
  }
  return yield* completeConfig(whole, base, secrets);
}

const SMALLEST = "at least `routes: [{ respond: {} }]`";

/** There is no value that could be checked. */
function nothing(value: undefined | null, source: Source): ConfigError {
  const isCode = value === undefined || /\.m?[jt]s$/.test(source.name);
  const message = isCode
    ? `the default export is ${value}, or a function that returns it`
    : source.text.trim() === ""
      ? "the file is empty"
      : "the file holds nothing but null or comments";
  const expected = isCode ? "an object with routes, or a function that returns one" : SMALLEST;
  return new ConfigError([source.problem(null, { path: [], value, message, expected })]);
}
