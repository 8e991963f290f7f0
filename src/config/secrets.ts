/** Problems end in logs and in chats: what is secret in a config must not stand in them. */
import type { ConfigProblem } from "./problem.ts";

const SECRETS = new Set(["secret", "token"]);
/** An excerpt of a value in a message is cut (`show`): so much of a secret's beginning is looked for. */
const BEGINNING = 12;
/** Deeper than any config that has a meaning; YAML can build circles. */
const MAX_DEPTH = 20;

/** The problems without lines, values and messages that hold a secret of the config, wherever in it they are. */
export function withoutSecrets(problems: readonly ConfigProblem[], config: unknown): ConfigProblem[] {
  const secrets = [...collect(config, false)].filter((secret) => secret !== "");
  const holds = (text: string): boolean => secrets.some((secret) => text.includes(secret.slice(0, BEGINNING)));
  return problems.map((problem) => ({
    ...problem,
    ...(holds(problem.sourceLine) && { sourceLine: "" }),
    ...([...strings(problem.value)].some(holds) && { value: undefined }),
    ...(holds(problem.message) && { message: "is not right (it holds a secret, and is not shown)" }),
  }));
}

function* strings(value: unknown, depth = 0): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null && depth < MAX_DEPTH) {
    for (const inner of Object.values(value)) yield* strings(inner, depth + 1);
  }
}

/** Strings below a key that names a secret, and all below `dns.keys`, where one may have been written in a wrong place. */
function* collect(value: unknown, secret: boolean, depth = 0, parent = ""): Generator<string> {
  if (typeof value === "string") {
    if (secret) yield value;
    return;
  }
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
  for (const [key, inner] of Object.entries(value)) {
    const isKeys = parent === "dns" && key === "keys" && depth === 1;
    if (key === "algorithm" || key === "file") continue;
    yield* collect(inner, secret || isKeys || SECRETS.has(key), depth + 1, key);
  }
}
