/**
 * Names of one part of a config in another. A section says with `reference` what a value names, and with `names` what it
 * names itself. Read from the config as it was written, so that a part in which something is wrong has its name all the
 * same.
 */
import type { z } from "zod";
import { isFields } from "./check.ts";
import { factsOf } from "./facts.ts";
import { nearestWord } from "./nearest.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Source } from "./source.ts";
import { show } from "./value.ts";
import { options, visitReferences } from "./walk.ts";
import type { Slices } from "../time/slices.ts";

interface Names {
  /** Path of what names them. */
  readonly place: string;
  readonly names: readonly string[];
  /** As they are compared. */
  readonly known: ReadonlySet<string>;
  readonly plain: (name: string) => string;
}

/** References to what there is not. */
export function* referenceProblems(config: unknown, schema: z.core.$ZodType, source: Source): Slices<ConfigProblem[]> {
  const kinds = namesOf(config, schema);
  const problems: ConfigProblem[] = [];
  yield* visitReferences(schema, config, (kind, value, path) => {
    if (typeof value !== "string" || value === "") return;
    const { place, names, known, plain } = kinds.get(kind)!;
    if (known.has(plain(value))) return;
    const none = `a ${kind} below ${place}, of which there is none`;
    const part = { path, value, message: `no ${kind} named ${show(value)}` };
    const expected = names.length === 0 ? none : `one of ${names.join(", ")}`;
    const problem = source.problem(source.locate(path), { ...part, expected });
    const nearest = nearestWord(value, names);
    problems.push(nearest === undefined ? problem : { ...problem, nearest });
  });
  return problems;
}

/** By kind. What names stands in no list, so that its path is the same in every config. */
function namesOf(config: unknown, schema: z.core.$ZodType): Map<string, Names> {
  const found = new Map<string, Names>();
  for (const { path, schema: option } of options(schema)) {
    const { names: fact } = factsOf(option);
    if (fact === undefined) continue;
    const { kind, plain = (name) => name, isName = () => true, of = keysOf } = fact;
    const names = of(partAt(config, path.split("."))).filter(isName);
    found.set(kind, { place: path, names, known: new Set(names.map(plain)), plain });
  }
  return found;
}

function partAt(config: unknown, path: readonly string[]): unknown {
  let part = config;
  for (const step of path) part = isFields(part) && Object.hasOwn(part, step) ? part[step] : undefined;
  return part;
}

function keysOf(part: unknown): string[] {
  return isFields(part) ? Object.keys(part) : [];
}
