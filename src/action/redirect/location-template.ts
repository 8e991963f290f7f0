import { otherVariableProblem } from "../../schema/other-variables.ts";
import { routePaths } from "../route-paths.ts";

/** Text as it is, or what is filled in per request. */
export type LocationPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "host" | "path" | "query" }
  | { readonly kind: "parameter"; readonly place: number };

export interface LocationTemplate {
  readonly parts: readonly LocationPart[];
  /** "#…" at the end, or empty: it stays behind the query. */
  readonly fragment: string;
  /** It names scheme and host; else it stays on the host of the request. */
  readonly absolute: boolean;
  /** `${host}` is used, so a request without Host cannot be redirected. */
  readonly needsHost: boolean;
}

const VARIABLE = /\$\{([^}]*)\}/g;
const ABSOLUTE = /^https?:\/\//i;
/** RFC 3986: any character of a URI. */
const URI_TEXT = /^[!#$%&'()*+,;=:@/?[\]A-Za-z0-9\-._~]*$/;
const VARIABLES = ["host", "path", "query", "params.name"];
const NAMES = VARIABLES.map((name) => `\${${name}}`).join(", ");

/**
 * Where a redirect leads. A request can choose nothing of scheme and host but `${host}`, which is its own: so a link
 * to us cannot be made to lead elsewhere.
 *
 * @throws RangeError that says what is wrong with it
 */
export function parseLocation(to: string, paths: readonly string[]): LocationTemplate {
  const bad = (why: string): RangeError => new RangeError(`redirect to "${to}": ${why}`);
  const other = otherVariableProblem(to, VARIABLES);
  if (other !== null) throw bad(other);
  const hash = to.indexOf("#");
  const fragment = hash === -1 ? "" : to.slice(hash);
  if (!URI_TEXT.test(fragment))
    throw bad("what stands behind # can hold neither variables nor characters to be escaped");
  const body = hash === -1 ? to : to.slice(0, hash);
  const parts = parseParts(body, routePaths(paths), bad);
  const absolute = ABSOLUTE.test(body);
  if (absolute) checkAuthority(body, bad);
  else if (!/^(?:\/(?!\/)|\$\{path\})/.test(body)) {
    throw bad(`begin with "https://", "http://", one "/" or "\${path}"`);
  }
  return { parts, fragment, absolute, needsHost: parts.some((part) => part.kind === "host") };
}

function parseParts(
  body: string,
  route: ReturnType<typeof routePaths>,
  bad: (why: string) => RangeError,
): LocationPart[] {
  const parts: LocationPart[] = [];
  const addText = (text: string): void => {
    if (text.includes("${")) throw bad(`"\${" has no "}" behind it`);
    if (!URI_TEXT.test(text)) throw bad("percent-encode what cannot stand in a URL (RFC 3986 §2.1)");
    if (text !== "") parts.push({ kind: "text", text });
  };
  let at = 0;
  for (const match of body.matchAll(VARIABLE)) {
    addText(body.slice(at, match.index));
    at = match.index + match[0].length;
    const name = match[1]!;
    if (name === "host" || name === "path" || name === "query") parts.push({ kind: name });
    else if (name.startsWith("params.")) parts.push({ kind: "parameter", place: route.parameter(name.slice(7)) });
    else throw bad(`unknown variable "${match[0]}"; there are ${NAMES}`);
  }
  addText(body.slice(at));
  return parts;
}

/** The authority ends at the first "/" or "?", or at `${path}`, which begins with a slash. */
function checkAuthority(body: string, bad: (why: string) => RangeError): void {
  const behindScheme = body.slice(body.indexOf("//") + 2);
  const authority = behindScheme.split(/[/?]|\$\{path\}/, 1)[0]!;
  const fixed = authority.replace("${host}", "host");
  if (fixed.includes("${")) throw bad("of the request only ${host} can stand in the host");
  if (fixed.includes("@")) throw bad("a user name in front of the host is not allowed");
  if (!/^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~]+)(?::\d{1,5})?$/.test(fixed)) throw bad("has no valid host");
}
