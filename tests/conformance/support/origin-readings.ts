/** How origins read the path of a request target, written from their sources. Null: they refuse it. */

export interface OriginReading {
  readonly name: string;
  read(target: string): string | null;
}

const PATH_END = /[?#]/;

function pathOf(target: string): string {
  return target.split(PATH_END, 1)[0]!;
}

/** Escapes decoded once, bytes as Latin-1; a broken escape stands for itself, or null. */
function unescaped(path: string, broken: "kept" | "refused"): string | null {
  if (broken === "refused" && /%(?![0-9A-Fa-f]{2})/.test(path)) return null;
  return path.replace(/%([0-9A-Fa-f]{2})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Slashes merged, dot segments removed; null when they leave the root. */
function cleaned(path: string): string | null {
  const out: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === "..") {
      if (out.pop() === undefined) return null;
      if (last) out.push("");
    } else if (segment === "." || segment === "") {
      if (last) out.push("");
    } else out.push(segment);
  }
  return `/${out.join("/")}`;
}

/** ngx_http_parse_complex_uri: one pass that decodes, merges and removes; an escaped slash is a slash. */
const nginx: OriginReading = {
  name: "nginx",
  read(target) {
    const decoded = unescaped(pathOf(target), "refused");
    return decoded === null || decoded.includes("\0") ? null : cleaned(decoded);
  },
};

/** Node and Bun servers: `new URL(request.url, base).pathname`, which frameworks then decode. */
const whatwg: OriginReading = {
  name: "WHATWG URL",
  read(target) {
    try {
      return unescaped(new URL(target, "http://origin.test").pathname, "kept");
    } catch {
      return null;
    }
  },
};

/** The same without decoding. */
const rawWhatwg: OriginReading = {
  name: "WHATWG URL, not decoded",
  read(target) {
    try {
      return new URL(target, "http://origin.test").pathname;
    } catch {
      return null;
    }
  },
};

/** PEP 3333: PATH_INFO is decoded once; Werkzeug merges slashes. */
const wsgi: OriginReading = {
  name: "WSGI",
  read: (target) => unescaped(pathOf(target), "kept")!.replace(/\/{2,}/g, "/"),
};

/** Go's net/url and path.Clean, as Caddy's path matcher has them. */
const caddy: OriginReading = {
  name: "Caddy",
  read(target) {
    const decoded = unescaped(pathOf(target), "refused");
    return decoded === null ? null : (cleaned(decoded) ?? decoded);
  },
};

/** Looks at the bytes as they come. */
const literal: OriginReading = { name: "literal", read: pathOf };

export const ORIGINS: readonly OriginReading[] = [nginx, whatwg, rawWhatwg, wsgi, caddy, literal];

/** Tomcat, Jetty: parameters of segments are cut off, then the path is decoded and cleaned. */
export const SERVLET: OriginReading = {
  name: "servlet container",
  read(target) {
    const decoded = unescaped(pathOf(target).replace(/;[^/]*/g, ""), "refused");
    return decoded === null ? null : cleaned(decoded);
  },
};
