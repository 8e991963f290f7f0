import type { Endpoint } from "./endpoint.ts";
import { Problem } from "./problem.ts";

export interface Routed {
  readonly endpoint: Endpoint;
  readonly params: Record<string, string>;
}

/**
 * Finds the endpoint; of two that match, the one that stands first in the list wins. HEAD is served by GET.
 * @throws Problem 404 when no path matches, 405 with Allow (RFC 9110 §15.5.6) when only the method does not.
 */
export function findEndpoint(endpoints: readonly Endpoint[], method: string, path: string): Routed {
  const wanted = method === "HEAD" ? "GET" : method;
  const allowed = new Set<string>();
  for (const endpoint of endpoints) {
    const params = matchPath(endpoint.path, path);
    if (params === null) continue;
    if (endpoint.method === wanted) return { endpoint, params };
    allowed.add(endpoint.method);
    if (endpoint.method === "GET") allowed.add("HEAD");
  }
  if (allowed.size === 0) {
    const known = [...new Set(endpoints.map((endpoint) => endpoint.path))].join(", ");
    throw new Problem(404, `This service has nothing at ${path}. It has ${known}.`);
  }
  const allow = [...allowed].join(", ");
  throw new Problem(405, `${method} is not possible at ${path}; ${allow} is.`, { Allow: allow });
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const expected = pattern.split("/");
  const segments = path.split("/");
  if (expected.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const name = expected[index] ?? "";
    if (!name.startsWith(":")) {
      if (name !== segment) return null;
    } else if (segment === "") {
      return null;
    } else {
      params[name.slice(1)] = decode(segment);
    }
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem(400, `The path segment "${segment}" has an invalid percent-encoding.`);
  }
}
