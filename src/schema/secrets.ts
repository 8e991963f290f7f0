/** Problems end in logs and in chats: what is secret in a config must not stand in them. */
import { z } from "zod";
import { factsOf } from "./facts.ts";
import type { ConfigProblem } from "./problem.ts";
import { containerOf, inside, options, unwrap } from "./walk.ts";
import type { Slices } from "../time/slices.ts";

type Schema = z.core.$ZodType;

/** An excerpt of a value in a message is cut (`show`): so much of a secret's beginning is looked for. */
const BEGINNING = 12;
/** Deeper than any config that has a meaning; YAML can build circles. */
const MAX_DEPTH = 20;

/** The problems without lines, values and messages that hold a secret of the config, wherever in it they are. */
export function* withoutSecrets(
  problems: readonly ConfigProblem[],
  config: unknown,
  schema: Schema,
): Slices<ConfigProblem[]> {
  const found: string[] = [];
  yield* collect(config, [schema], secretNames(schema), found);
  const secrets = found.filter((secret) => secret !== "");
  const holds = (text: string): boolean => secrets.some((secret) => text.includes(secret.slice(0, BEGINNING)));
  const told: ConfigProblem[] = [];
  for (const { remedy = "", ...problem } of problems) {
    told.push({
      ...problem,
      ...(remedy !== "" && !holds(remedy) && { remedy }),
      ...(holds(problem.sourceLine) && { sourceLine: "" }),
      ...([...strings(problem.value)].some(holds) && { value: undefined }),
      ...(holds(problem.message) && { message: "is not right (it holds a secret, and is not shown)" }),
    });
    yield;
  }
  return told;
}

/** Names of options that hold a secret. */
function secretNames(schema: Schema): ReadonlySet<string> {
  const secrets = options(schema).filter(
    (option) => factsOf(option.schema).secret === true && containerOf(option.schema) === null,
  );
  return new Set(secrets.map(({ path }) => path.split(".").at(-1)!));
}

function* strings(value: unknown, depth = 0): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null && depth < MAX_DEPTH) {
    for (const inner of Object.values(value)) yield* strings(inner, depth + 1);
  }
}

/**
 * Strings of secret options, and of keys that are called so in a wrong place. In a part that is secret as a whole
 * (`dns.keys`) only options that are known and not secret are none, so that a misspelt one gives nothing away.
 */
function* collect(
  value: unknown,
  schemas: readonly Schema[],
  words: ReadonlySet<string>,
  found: string[],
  secret = false,
  depth = 0,
): Slices<void> {
  if (typeof value === "string") {
    if (secret) found.push(value);
    return;
  }
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
  const nodes = schemas.flatMap(unwrap);
  for (const [key, part] of Object.entries(value)) {
    // The name of a file that holds a secret is none.
    if (key === "file") continue;
    const known = nodes.filter((node) => node instanceof z.ZodObject).flatMap((node) => inside(node, key));
    const inner = nodes.flatMap((node) => inside(node, key));
    const isSecret =
      words.has(key) || inner.some((option) => factsOf(option).secret === true) || (secret && known.length === 0);
    yield* collect(part, inner, words, found, isSecret, depth + 1);
    yield;
  }
}
