/**
 * Names of one part of a config in another. A section says with `reference` what a value names; here stands where the
 * names are. Read from the config as it was written, so that a reference to a part in which something is wrong is none.
 */
import { plainName, zoneNames } from "../dns/config/zone-key.ts";
import { isFields } from "../schema/check.ts";
import { nearestWord } from "../schema/nearest.ts";
import type { ConfigProblem } from "../schema/problem.ts";
import type { Source } from "../schema/source.ts";
import { show } from "../schema/value.ts";
import { visitReferences } from "../schema/walk.ts";
import type { ConfigSchema } from "./schema.ts";

interface Names {
  /** Where they stand. */
  readonly place: string;
  readonly of: (config: unknown) => readonly string[];
  /** Two spellings of one name are the same. */
  readonly plain: (name: string) => string;
}

const NAMES: Readonly<Record<string, Names>> = {
  pool: { place: "pools", of: (config) => keysAt(config, "pools"), plain: (name) => name },
  // RFC 8945 §4.2: names of keys are domain names.
  key: { place: "dns.keys", of: (config) => keysAt(config, "dns", "keys"), plain: plainName },
  zone: { place: "dns.zones", of: (config) => zoneNames(keysAt(config, "dns", "zones")), plain: plainName },
};

/** References to what there is not. */
export function referenceProblems(config: unknown, schema: ConfigSchema, source: Source): ConfigProblem[] {
  const known = new Map(
    Object.entries(NAMES).map(([kind, { of, plain }]) => {
      const names = of(config);
      return [kind, { names, plainNames: new Set(names.map(plain)) }];
    }),
  );
  const problems: ConfigProblem[] = [];
  visitReferences(schema, config, (kind, value, path) => {
    if (typeof value !== "string" || value === "") return;
    const { place, plain } = NAMES[kind]!;
    const { names, plainNames } = known.get(kind)!;
    if (plainNames.has(plain(value))) return;
    const none = `a ${kind} below ${place}, of which there is none`;
    const part = { path, value, message: `no ${kind} named ${show(value)}` };
    const expected = names.length === 0 ? none : `one of ${names.join(", ")}`;
    const problem = source.problem(source.locate(path), { ...part, expected });
    const nearest = nearestWord(value, names);
    problems.push(nearest === undefined ? problem : { ...problem, nearest });
  });
  return problems;
}

function keysAt(config: unknown, ...path: readonly string[]): string[] {
  let part = config;
  for (const step of path) part = isFields(part) && Object.hasOwn(part, step) ? part[step] : undefined;
  return isFields(part) ? Object.keys(part) : [];
}
