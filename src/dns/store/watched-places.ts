import type { Slices } from "../../time/slices.ts";
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join, parse, resolve } from "node:path";

/** Links followed on the way to one file. */
const MAX_LINKS = 40;
/** Files between two pauses. */
const FEW = 8;

/**
 * Where a change is seen that gives a file another content: by folder, the names in it. Besides the file these are its
 * folder, which may be replaced, and every link on the way, which may be turned to something else (Kubernetes' `..data`).
 */
export function* watchedPlaces(files: readonly string[]): Slices<Map<string, Set<string>>> {
  const places = new Map<string, Set<string>>();
  const add = (path: string): void => {
    const { dir, base } = parse(path);
    const names = places.get(dir);
    if (names === undefined) places.set(dir, new Set([base]));
    else names.add(base);
  };
  /** Folders by path as it was given: most files share one. */
  const folders = new Map<string, string>();
  for (const [index, file] of files.entries()) {
    if (index % FEW === 0) yield;
    const path = resolve(file);
    let links = 0;
    /** The folder without links. */
    const follow = (folder: string): string => {
      if (folder === dirname(folder)) return folder;
      const known = folders.get(folder);
      if (known !== undefined) return known;
      const real = target(join(follow(dirname(folder)), parse(folder).base));
      folders.set(folder, real);
      return real;
    };
    const target = (at: string): string => {
      const link = links++ < MAX_LINKS ? linkAt(at) : null;
      if (link === null) return at;
      add(at);
      const next = isAbsolute(link) ? link : resolve(dirname(at), link);
      return target(join(follow(dirname(next)), parse(next).base));
    };
    const real = target(join(follow(dirname(path)), parse(path).base));
    add(real);
    if (dirname(real) !== dirname(dirname(real))) add(dirname(real));
  }
  return places;
}

function linkAt(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    // It is not there (yet).
    return null;
  }
}
