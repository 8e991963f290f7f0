/** A config as it was written to one that is checked and complete. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { POLICIES } from "../policy/policies.ts";
import { nameMatch } from "./describe-match.ts";
import { toProblems } from "./issues.ts";
import type { NormalAction, NormalConfig, NormalPool, NormalRoute } from "./normal-config.ts";
import { ConfigError } from "./problem.ts";
import type { ConfigProblem } from "./problem.ts";
import { referenceProblems } from "./references.ts";
import { createConfigSchema } from "./schema.ts";
import type { CheckedConfig } from "./schema.ts";
import { completeDns } from "./complete-dns.ts";
import { dnsReferenceProblems } from "./references-dns.ts";
import { withoutSecrets } from "./secrets.ts";
import type { UnnamedRoute } from "./schema-route.ts";
import type { Source } from "./source.ts";

/** The schema with every policy of the registry. */
export const CONFIG_SCHEMA = createConfigSchema(POLICIES);

/** `base`: the folder that relative file names are below. Throws `ConfigError` with every problem. */
export function validate(value: unknown, source: Source, base: string): NormalConfig {
  const result = CONFIG_SCHEMA.safeParse(value);
  const references = [...referenceProblems(value, source), ...dnsReferenceProblems(value, source)];
  if (!result.success || references.length > 0) {
    const issues = result.success ? [] : toProblems(result.error.issues, CONFIG_SCHEMA, value, source);
    const problems = withoutSecrets([...issues, ...references], value);
    throw new ConfigError(problems.sort((a, b) => a.line - b.line || a.column - b.column));
  }
  const problems: ConfigProblem[] = [];
  const config = complete(result.data, base, source, problems);
  problems.push(...missingFolders(config, source));
  if (problems.length > 0) throw new ConfigError(withoutSecrets(problems, value));
  return config;
}

function complete(checked: CheckedConfig, base: string, source: Source, problems: ConfigProblem[]): NormalConfig {
  const { accessLog, dns } = checked;
  return {
    listeners: checked.listeners,
    pools: new Map(Object.entries(checked.pools).map(([name, pool]) => [name, resolveFiles(pool, base)])),
    routes: nameRoutes(checked.routes, base),
    trustedProxies: checked.trustedProxies,
    forwarding: checked.forwarding,
    limits: checked.limits,
    timeouts: checked.timeouts,
    accessLog:
      accessLog === null || accessLog.path === "-" ? accessLog : { ...accessLog, path: resolve(base, accessLog.path) },
    admin: checked.admin,
    trace: checked.trace,
    dns: dns === undefined ? null : completeDns(dns, base, source, problems),
  };
}

/** A route without a name is called after what it matches; "#2" behind it keeps such names apart. */
function nameRoutes(routes: readonly UnnamedRoute[], base: string): NormalRoute[] {
  const taken = new Set(routes.flatMap(({ name }) => (name === null ? [] : [name])));
  return routes.map((route) => {
    const made = nameMatch(route.match);
    let name = route.name ?? made;
    for (let count = 2; route.name === null && taken.has(name); count++) name = `${made} #${count}`;
    taken.add(name);
    return { name, match: route.match, policies: route.policies, action: resolveRoot(route.action, base) };
  });
}

function resolveRoot(action: NormalAction, base: string): NormalAction {
  if (action.kind !== "static") return action;
  return { kind: "static", options: { ...action.options, root: resolve(base, action.options.root) } };
}

/** Files of targets may come later: until then their source says that they are missing. */
function resolveFiles(pool: NormalPool, base: string): NormalPool {
  const sources = pool.sources.map((source) =>
    source.kind === "file" ? { ...source, path: resolve(base, source.path) } : source,
  );
  return { ...pool, sources };
}

/** A root that is not there is a typing error far more often than a folder that comes later. */
function missingFolders(config: NormalConfig, source: Source): ConfigProblem[] {
  return config.routes.flatMap(({ action }, index) => {
    if (action.kind !== "static") return [];
    const { root } = action.options;
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) return [];
    // The long form has a key of its own; of the short form the same path gives the string itself.
    const path = ["routes", index, "static", "root"];
    return [
      source.problem(source.locate(path), {
        path,
        value: root,
        message: `no folder ${root}`,
        expected: "an existing folder",
      }),
    ];
  });
}
