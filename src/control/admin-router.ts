import { nearestWord } from "../schema/nearest.ts";
import type { AdminEndpoint, AdminEndpoints } from "./admin-answer.ts";

export type AdminMatch =
  | { readonly kind: "found"; readonly endpoint: AdminEndpoint; readonly params: readonly string[] }
  | { readonly kind: "method"; readonly allowed: readonly string[] }
  /** `nearest`: a path that somebody may have meant; "" when there is none. */
  | { readonly kind: "none"; readonly nearest: string };

interface Route {
  readonly path: string;
  readonly segments: readonly string[];
  readonly methods: AdminEndpoints[string];
}

/** Finds the endpoint of a path and a method. */
export class AdminRouter {
  readonly #routes: readonly Route[];

  constructor(endpoints: AdminEndpoints) {
    this.#routes = Object.entries(endpoints).map(([path, methods]) => ({ path, segments: path.split("/"), methods }));
  }

  /** `path`: as in the URL, percent-encoded. */
  match(method: string, path: string): AdminMatch {
    const segments = path.split("/");
    for (const route of this.#routes) {
      const params = paramsOf(route.segments, segments);
      if (params === null) continue;
      if (Object.hasOwn(route.methods, method)) return { kind: "found", endpoint: route.methods[method]!, params };
      return { kind: "method", allowed: Object.keys(route.methods) };
    }
    const plain = this.#routes.filter(({ segments: own }) => !own.some(isName)).map((route) => route.path);
    return { kind: "none", nearest: nearestWord(path, plain) ?? "" };
  }
}

function isName(segment: string): boolean {
  return segment.startsWith(":");
}

/** The values of the pattern's names, or null when the path is another one. */
function paramsOf(pattern: readonly string[], path: readonly string[]): string[] | null {
  if (pattern.length !== path.length) return null;
  const params: string[] = [];
  for (const [index, expected] of pattern.entries()) {
    const segment = path[index]!;
    if (!isName(expected)) {
      if (segment !== expected) return null;
      continue;
    }
    const value = decoded(segment);
    if (value === null || value === "") return null;
    params.push(value);
  }
  return params;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
