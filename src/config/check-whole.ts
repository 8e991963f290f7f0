/** What the parts of a config say of each other, as far as they are well-formed. */
import { resolve } from "node:path";
import { redirectProblem } from "../action/redirect/config.ts";
import { rewriteProblem } from "../action/rewrite/config.ts";
import { isFolder } from "../action/static/config.ts";
import { checkDnsFiles } from "../dns/config/complete-dns.ts";
import { dnsReferenceProblems } from "../dns/config/references-dns.ts";
import { findConflicts } from "../route/find-conflicts.ts";
import { isFields } from "../schema/check.ts";
import type { Partly } from "../schema/partly.ts";
import { referenceProblems } from "../schema/references.ts";
import { formatPath } from "../schema/problem.ts";
import type { ConfigPath, ConfigProblem } from "../schema/problem.ts";
import type { Source } from "../schema/source.ts";
import { show } from "../schema/value.ts";
import { routeNames } from "./complete.ts";
import type { FilesRead } from "./files-read.ts";
import type { ConfigSchema } from "./schema.ts";
import type { Slices } from "../time/slices.ts";

export interface WholeContext {
  /** The config as a person wrote it. */
  readonly written: unknown;
  readonly schema: ConfigSchema;
  readonly source: Source;
  /** Folder that relative file names are below. */
  readonly base: string;
  /** What the sections have found wrong. */
  readonly wrong: readonly ConfigProblem[];
  /** Gets the secrets of `dns` that are read. */
  readonly secrets: Map<string, string>;
  /** Gets the files and folders that are looked at. */
  readonly read: FilesRead;
}

type Parts = Partly<ConfigSchema>;
type Routes = NonNullable<Parts["routes"]>;

export function* checkWhole(parts: Parts, context: WholeContext): Slices<ConfigProblem[]> {
  const { written, schema, source, base, secrets, read, wrong } = context;
  const told = new Set(wrong.map(({ path }) => formatPath(path)));
  const unknown = yield* referenceProblems(written, schema, source);
  const problems = unknown.filter(({ path }) => !told.has(formatPath(path)));
  const report = (path: ConfigPath, value: unknown, message: string, expected = ""): void => {
    problems.push(source.problem(source.locate(path), { path, value, message, expected }));
  };
  // A name server alone serves no routes.
  if (isFields(written) && written["routes"] === undefined && written["dns"] === undefined) {
    report(["routes"], undefined, "is missing", "a list");
  }
  const routes = parts.routes ?? [];
  yield* checkNames(routes, source, report);
  yield* checkActions(routes, base, read, report);
  yield* checkConflicts(routes, parts.path?.case === "ignore", source, report);
  checkAdminSources(written, report);
  problems.push(...dnsReferenceProblems(written, source));
  if (parts.dns !== undefined) checkDnsFiles(parts.dns, base, secrets, report, (file) => read.note(file));
  return problems;
}

type Note = (path: ConfigPath, value: unknown, message: string, expected?: string) => void;

function* checkNames(routes: Routes, source: Source, report: Note): Slices<void> {
  const first = new Map<string, number>();
  for (const [index, route] of routes.entries()) {
    yield;
    const name = route?.name;
    if (name === undefined) continue;
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, index);
      continue;
    }
    const place = source.locate(["routes", before, "name"]);
    const line = place?.source === undefined ? `line ${place?.line}` : `${place.source.name}:${place.line}`;
    const where = place === null ? `routes[${before}]` : `routes[${before}] in ${line}`;
    report(["routes", index, "name"], name, `${where} is named ${show(name)} already`, "another name");
  }
}

/** What an action says of its route's paths, and of files. */
function* checkActions(routes: Routes, base: string, read: FilesRead, report: Note): Slices<void> {
  for (const [index, route] of routes.entries()) {
    yield;
    const path = ["routes", index];
    const paths = route?.match?.paths;
    const to = route?.redirect?.to;
    if (paths !== undefined && to !== undefined) {
      const problem = redirectProblem(to, paths);
      if (problem !== null) report([...path, "redirect", "to"], to, problem, "a URL or path of what the route knows");
    }
    const rewrite = route?.proxy?.rewrite ?? null;
    if (paths !== undefined && rewrite !== null) {
      const problem = rewriteProblem(rewrite, paths);
      if (problem !== null) report([...path, "proxy", "rewrite"], rewrite, problem, "a path of what the route knows");
    }
    if (route?.static === undefined) continue;
    const root = resolve(base, route.static.root);
    read.note(root);
    // The long form has a key of its own; of the short form the same path gives the string itself.
    if (!isFolder(root)) report([...path, "static", "root"], root, `no folder ${root}`, "an existing folder");
  }
}

/** Two routes that match the same requests. */
function* checkConflicts(routes: Routes, ignoreCase: boolean, source: Source, report: Note): Slices<void> {
  const names = yield* routeNames(routes);
  const list = routes.flatMap((route, index) =>
    route?.match === undefined ? [] : [{ index, name: names[index]!, match: route.match }],
  );
  for (const { first, second, message } of yield* findConflicts(list, ignoreCase)) {
    yield;
    const place = source.locate(["routes", first.index]);
    const where = place === null ? "" : `, the first in ${source.name}:${place.line}`;
    report(["routes", second.index], undefined, message + where, "another host, path or test for one of them");
  }
}

/** Sources that wait for an admin API which is off. */
function checkAdminSources(written: unknown, report: Note): void {
  if (!isFields(written) || written["admin"] !== false || !isFields(written["pools"])) return;
  for (const [name, pool] of Object.entries(written["pools"])) {
    const targets = isFields(pool) && Array.isArray(pool["targets"]) ? (pool["targets"] as unknown[]) : [];
    const index = targets.findIndex((target) => isFields(target) && target["admin"] === true);
    if (index === -1) continue;
    report(["pools", name, "targets", index, "admin"], true, "the admin API is off", "an admin API, or another source");
  }
}
