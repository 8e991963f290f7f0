/** What of a request other servers call how: nginx `$name`, HAProxy `%[name]`, Caddy `{name}`, Envoy `%NAME%`. */

/** Our name, as rooms have it between `${` and `}`, to theirs. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "client.address": [
    "$remote_addr",
    "$realip_remote_addr",
    "$binary_remote_addr",
    "%[src]",
    "{remote_host}",
    "{client_ip}",
    "{http.request.remote.host}",
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "%DOWNSTREAM_REMOTE_ADDRESS%",
  ],
  host: [
    "$host",
    "$http_host",
    "$hostname",
    "%[req.hdr(host)]",
    "{host}",
    "{hostport}",
    "{http.request.host}",
    "%REQ(:AUTHORITY)%",
  ],
  path: [
    "$request_uri",
    "$uri",
    "$document_uri",
    "%[path]",
    "{path}",
    "{uri}",
    "{http.request.uri}",
    "{http.request.uri.path}",
    "%REQ(:PATH)%",
  ],
  query: ["$args", "$query_string", "$is_args", "%[query]", "{query}", "{http.request.uri.query}"],
  method: ["$request_method", "%[method]", "{method}", "{http.request.method}", "%REQ(:METHOD)%"],
  "trace.id": ["$request_id", "%[unique-id]", "{http.request.uuid}", "%REQ(X-REQUEST-ID)%"],
  "": [
    "$scheme",
    "$server_name",
    "$server_port",
    "$remote_port",
    "$proxy_add_x_forwarded_for",
    "{scheme}",
    "{http.request.scheme}",
  ],
};

const OURS: ReadonlyMap<string, string> = new Map(
  Object.entries(VARIABLES).flatMap(([ours, theirs]) => theirs.map((one) => [one, ours] as const)),
);

/** What may be one; `${name}` is when it is not ours. */
const CANDIDATE = /\$\{[a-z_]+\}|\$[a-z_]+|%\[[^\]]+\]|(?<!\$)\{[a-z_.]+\}|%[A-Z_]+(?:\([^)]*\))?%/g;

/**
 * What is wrong with a text that holds another server's variable, or null. `known`: the names that hold where the text
 * stands.
 */
export function otherVariableProblem(text: string, known: readonly string[]): string | null {
  for (const [found] of text.matchAll(CANDIDATE)) {
    const braced = /^\$\{(.*)\}$/.exec(found)?.[1];
    if (braced !== undefined && known.includes(braced)) continue;
    const ours = OURS.get(braced === undefined ? found : `$${braced}`);
    if (ours === undefined) continue;
    if (known.includes(ours)) return `"${found}" is written "\${${ours}}" here`;
    return `"${found}" is not a variable here; the variables are ${known.map((name) => `\${${name}}`).join(", ")}`;
  }
  return null;
}
