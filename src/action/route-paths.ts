/** What a route's path patterns offer to a rewrite or a redirect: the parameters' places and where `*` begins. */
export interface RoutePaths {
  /** Place of the parameter's value in `params`. @throws RangeError when no path has it. */
  parameter(name: string): number;
  /** Number of segments before the `*`. @throws RangeError when the paths have none, or at different places. */
  rest(): number;
}

const PARAMETER = /^:[A-Za-z_][A-Za-z0-9_]*$/;

/** @param paths the route's `match.path`, such as "/users/:id/*"; the matcher has checked them. */
export function routePaths(paths: readonly string[]): RoutePaths {
  // A regular expression offers neither.
  const split = paths.map((path) => (path.startsWith("/") ? path.split("/").slice(1) : []));
  const names = split
    .map((segments) => segments.filter((segment) => PARAMETER.test(segment)).map((segment) => segment.slice(1)))
    .reduce((longest, list) => (list.length > longest.length ? list : longest), []);
  const depths = new Set(split.map((segments) => (segments.at(-1) === "*" ? segments.length - 1 : -1)));
  return {
    parameter(name) {
      const place = names.indexOf(name);
      if (place !== -1) return place;
      const known =
        names.length === 0 ? "its path has none" : `there are ${names.map((known) => `:${known}`).join(", ")}`;
      throw new RangeError(`the route has no parameter ":${name}"; ${known}`);
    },
    rest() {
      const [depth] = depths;
      if (depths.size === 1 && depth !== undefined && depth >= 0) return depth;
      throw new RangeError(`"*" needs a route whose path ends with "/*", every one of them after as many segments`);
    },
  };
}
