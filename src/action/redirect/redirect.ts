import type { RequestHead } from "../../contract/head.ts";
import type { Reply } from "../../contract/reply.ts";
import { textReply } from "../text-reply.ts";
import { localPath, uriPath, uriQuery, uriSegment } from "../uri.ts";
import { type LocationPart, type LocationTemplate, parseLocation } from "./location-template.ts";

export interface RedirectOptions {
  /** Where to. May hold `${host}`, `${path}`, `${query}` and `${params.name}`. */
  readonly to: string;
  readonly status: 301 | 302 | 303 | 307 | 308;
  /** Appends the request's query. */
  readonly keepQuery: boolean;
}

export type Redirect = (head: RequestHead, params: readonly string[] | null) => Reply;

/** What stands in the Host field: parsed strictly, and checked once more before it becomes a link. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%]+)$/;

/**
 * @param paths the route's path patterns, which give meaning to `${params.name}`
 * @throws RangeError when `to` is not a URL that a redirect may lead to
 */
export function createRedirect(options: RedirectOptions, paths: readonly string[] = []): Redirect {
  const template = parseLocation(options.to, paths);
  return (head, params) => {
    if (template.needsHost && !HOST.test(head.host())) return hostMissing();
    const location = fill(template, head, params, options.keepQuery);
    return textReply(options.status, location, [["Location", location]]);
  };
}

function fill(
  template: LocationTemplate,
  head: RequestHead,
  params: readonly string[] | null,
  keepQuery: boolean,
): string {
  let target = "";
  for (const part of template.parts) target += valueOf(part, head, params);
  // Only the config decides on the host: `/${params.a}` or `/${path}` may have begun with two slashes.
  const location = template.absolute ? target : localPath(target);
  const query = keepQuery ? uriQuery(head.query()) : "";
  const joint = query === "" ? "" : location.includes("?") ? "&" : "?";
  return `${location}${joint}${query}${template.fragment}`;
}

function valueOf(part: LocationPart, head: RequestHead, params: readonly string[] | null): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "host":
      return head.host();
    case "path":
      return localPath(uriPath(head.path()));
    case "query":
      return uriQuery(head.query());
    case "parameter":
      return uriSegment(params?.[part.place] ?? "");
  }
}

/** An HTTP/1.0 request without Host gives nothing to build the URL from. */
function hostMissing(): Reply {
  return textReply(400, "This redirect needs a Host field.");
}
