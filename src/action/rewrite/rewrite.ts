import type { PathRewrite } from "../../contract/plan.ts";
import { routePaths } from "../route-paths.ts";
import { localPath, uriPath, uriSegment } from "../uri.ts";

export interface RewriteOptions {
  /** Removed from the front, by whole segments; a path without it stays as it is. */
  readonly stripPrefix?: string | undefined;
  /** Put in front, after stripping. */
  readonly addPrefix?: string | undefined;
  /** Or: the whole new path. `:name` as a segment stands for a parameter, `*` as the last one for the route's `*`. */
  readonly path?: string | undefined;
}

/**
 * @param paths the route's path patterns, which give meaning to `:name` and `*`
 * @throws RangeError when options exclude each other, or `path` names what the route does not have
 */
export function createRewrite(options: RewriteOptions, paths: readonly string[] = []): PathRewrite {
  if (options.path === undefined) return new PrefixRewrite(options.stripPrefix ?? "/", options.addPrefix ?? "/");
  if (options.stripPrefix !== undefined || options.addPrefix !== undefined) {
    throw new RangeError(`"path" replaces the whole path: leave out "stripPrefix" and "addPrefix", or "path"`);
  }
  return new TemplateRewrite(options.path, paths);
}

class PrefixRewrite implements PathRewrite {
  /** Without a slash at the end; empty: nothing. */
  private readonly strip: string;
  private readonly add: string;

  constructor(strip: string, add: string) {
    this.strip = prefix(strip);
    this.add = prefix(add);
  }

  rewrite(path: string): string {
    return localPath(this.add + localPath(this.stripped(path)));
  }

  private stripped(path: string): string {
    const { strip } = this;
    if (!path.startsWith(strip)) return path;
    // By segment: "/api" takes "/api" and "/api/x", but not "/apis".
    return path.length === strip.length || path[strip.length] === "/" ? path.slice(strip.length) : path;
  }

  describe(): string {
    const words: string[] = [];
    if (this.strip !== "") words.push(`strips ${this.strip}`);
    if (this.add !== "") words.push(`adds ${this.add} in front`);
    return words.length === 0 ? "leaves the path as it is" : words.join(", ");
  }
}

class TemplateRewrite implements PathRewrite {
  private readonly template: string;
  /** Fixed text, or the place of a parameter. */
  private readonly parts: ReadonlyArray<string | number>;
  /** Segments before the route's `*`; -1: the template has no `*`. */
  private readonly rest: number;

  constructor(template: string, paths: readonly string[]) {
    const route = routePaths(paths);
    const segments = localPath(template).slice(1).split("/");
    this.template = template;
    this.rest = segments.at(-1) === "*" ? route.rest() : -1;
    if (this.rest >= 0) segments.pop();
    this.parts = segments.map((segment) => {
      if (segment.includes("*")) throw new RangeError(`"*" can only be the whole last segment of "${template}"`);
      return segment.startsWith(":") ? route.parameter(segment.slice(1)) : uriPath(segment);
    });
  }

  rewrite(path: string, params: readonly string[] | null): string {
    let result = "";
    for (const part of this.parts) {
      result += `/${typeof part === "string" ? part : uriSegment(params?.[part] ?? "")}`;
    }
    if (this.rest >= 0) result += `/${afterSegments(path, this.rest)}`;
    return localPath(result);
  }

  describe(): string {
    return `replaces the path by ${this.template}`;
  }
}

/** As it is compared and joined: it begins with one slash and ends with none; empty for the root. */
function prefix(path: string): string {
  const local = localPath(uriPath(path));
  return local.replace(/\/+$/, "");
}

/** What stands behind the first `count` segments, without its slash. */
function afterSegments(path: string, count: number): string {
  let at = 0;
  for (let passed = 0; passed <= count; passed++) {
    if (at === -1) return "";
    at = path.indexOf("/", passed === 0 ? at : at + 1);
  }
  return at === -1 ? "" : path.slice(at + 1);
}
