/**
 * What is wrong with a configuration, and where. Every way in which a config can be bad (syntax, shape, a name that
 * does not exist, two routes that collide) ends as a list of these, so that a person mends all of them in one go.
 */

/** Steps from the config's root: property names and array indexes. */
export type ConfigPath = ReadonlyArray<string | number>;

export interface ConfigProblem {
  /** As it should be shown: relative to the current folder where that is shorter. */
  readonly file: string;
  /** Counted from 1; 0 when the place is not known. */
  readonly line: number;
  /** Counted from 1 in UTF-16 code units; 0 when the place is not known. */
  readonly column: number;
  /** Empty for a syntax error. */
  readonly path: ConfigPath;
  /** What stands there; undefined when nothing does. */
  readonly value: unknown;
  /** In words: "one of users, orders", "a duration such as 10s". Empty when the message says it all. */
  readonly expected: string;
  /** The valid word that differs least from the value. */
  readonly nearest?: string;
  /** What would fix it, as a request; where that is more than a value. */
  readonly remedy?: string;
  /** One clause without a full stop. */
  readonly message: string;
  /** The source line, for the excerpt; empty when it is not known. */
  readonly sourceLine: string;
}

/** A config that knows where its values stand. */
export interface ProblemSource {
  /** A problem of the value at this path. */
  problem(path: ConfigPath, part: Pick<ConfigProblem, "value" | "message" | "expected">): ConfigProblem;
}

/** Thrown by `loadConfig` and `compile`, never with an empty list. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => headline(problem)).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `routes[1].proxy`; names that are not identifiers are quoted: `pools["a b"]`. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** `roundtrip.config.yaml:12:7`, or the file alone when the place is not known. */
export function formatPlace(problem: ConfigProblem): string {
  return problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
}

/** Sorts by file, and in the order of each. */
export function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  return Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column;
}

/** The first line of a rendered problem, without colours. */
function headline(problem: ConfigProblem): string {
  const path = formatPath(problem.path);
  return `${formatPlace(problem)}  ${path === "" ? "" : `${path}: `}${problem.message}`;
}

/** A problem where there is room for one line: `targets.json:3:5: [1].weight: 257 is too large; expected: …`. */
export function inOneLine(problem: ConfigProblem): string {
  const { path, message, expected, nearest } = problem;
  const what = path.length === 0 ? message : `${formatPath(path)}: ${message}`;
  const wanted = expected === "" ? "" : `; expected: ${expected}`;
  return `${formatPlace(problem)}: ${what}${wanted}${nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`}`;
}
