/** Path patterns as other servers and frameworks write them, and what they are here. */

/** `to` null: there is nothing like it here. */
type Row = readonly [pattern: RegExp, to: string | null, remedy: string];

const WHOLE: readonly Row[] = [
  [/^PathPrefix\(["'`](.*?)\/?["'`]\)$/, "$1/*", 'a path that ends with "/*" matches everything below'],
  [/^Path\(["'`](.*)["'`]\)$/, "$1", "a path without a star matches exactly"],
  [/^= ?(\/.*)$/, "$1", "a path without a star matches exactly"],
  [/^\^~ ?(\/.*?)\/?$/, "$1/*", 'a path that ends with "/*" matches everything below'],
  [/^(?:~\*? ?|PathRegexp\(|\^)/, null, 'a regular expression is written path: { regex: "…" }'],
];

const PARTS: readonly Row[] = [
  [/\/\{\*\*?\w*\}$/, "/*", 'what is left of a path is "*" at its end'],
  [/\/\{\w+(?:\.\.\.|:(?:path|\.[*+]))\}$/, "/*", 'what is left of a path is "*" at its end'],
  [/\/(?::\w+[*+]|\*\w+|\*\*|\[\.\.\.\w+\]|<path:\w+>)$/, "/*", 'what is left of a path is "*" at its end'],
  [/(\/[^/*]+)\*$/, "$1/*", "a star is a whole segment, the last"],
  [/\{(\w+)(?::[^}]*)?\}/g, ":$1", "a parameter is a whole segment, written :id"],
  [/<(?:\w+:)?(\w+)>/g, ":$1", "a parameter is a whole segment, written :id"],
  [/\/\[(\w+)\]/g, "/:$1", "a parameter is a whole segment, written :id"],
  [/(\/:\w+)\([^/]*\)/g, "$1", "a parameter is any one segment"],
  [/(\/:\w+)\?$/, "$1", "a parameter that may be missing is two paths: [/users, /users/:id]"],
];

/** Nothing in it that a pattern of others has and ours have not: most paths. */
const PLAIN = /^\/[\w\-.~/:%]*(?:(?<=\/)\*)?$/;

/** Our spelling, and what to say of it; null when the path is written as ours are. */
export function otherPathPattern(path: string): { readonly ours: string | null; readonly remedy: string } | null {
  if (PLAIN.test(path)) return null;
  for (const [pattern, to, remedy] of WHOLE) {
    if (pattern.test(path)) return { ours: to === null ? null : path.replace(pattern, to), remedy };
  }
  let ours = path;
  let told = "";
  for (const [pattern, to, remedy] of PARTS) {
    const changed = ours.replace(pattern, to ?? "");
    if (changed !== ours) told = remedy;
    ours = changed;
  }
  return ours === path ? null : { ours, remedy: told };
}
