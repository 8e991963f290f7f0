/** Routes of the configuration, as a person writes them. */
import type { Handler } from "../contract/handler.ts";
import type { Duration, OneOrMany, Size } from "../schema/units.ts";
import type { UpstreamTimeoutsConfig } from "./pool-config.ts";

/** What a route has beside its action. */
export interface RouteOptions {
  /** Names the route in logs and explanations. Default: made from what it matches. */
  name?: string;
  /** Each part given must match; of a list one entry. Default: every request. */
  match?: MatchConfig;
  /** In order on the way in, in reverse order on the way out. */
  policies?: readonly PolicyConfig[];
  /** Your own pages for errors on this route; before those of the whole edge. */
  errorPages?: ErrorPagesConfig;
  /** Limits of this route, where they differ from the edge's. */
  limits?: RouteLimitsConfig;
  /** Deadlines of this route for the client, where they differ from the edge's; those for the upstream are in `proxy`. */
  timeouts?: RouteTimeoutsConfig;
}

export interface RouteLimitsConfig {
  /** 413. The body of a request. Default: the edge's. */
  body?: Size | "none";
  /** 408. Bytes a second that a request's body comes with at least. Default: the edge's. */
  bodyRate?: Size;
}

export interface RouteTimeoutsConfig {
  /** Between two reads of a request's body; then 408. Default: the edge's. */
  body?: Duration;
  /** Without progress while a reply is written; then the connection is cut. Default: the edge's. */
  write?: Duration;
  /** A tunnel (WebSocket) without a byte in either direction. Default: the edge's. */
  tunnel?: Duration;
  /** The same once one side has closed its direction. Default: the edge's. */
  tunnelHalfClose?: Duration;
}

/**
 * Files by status: "404", or "4xx" and "5xx" for all of a class. Of several files the one that the client accepts is
 * sent.
 */
export type ErrorPagesConfig = Readonly<Record<string, OneOrMany<string> | ErrorPageConfig>>;

export interface ErrorPageConfig {
  /** The long form. */
  file: OneOrMany<string>;
  /** Also in place of the errors that an upstream answers with. Default false. */
  upstream?: boolean;
}

/** The actions, of which a route has exactly one. `Pool`: names of the pools that there are. */
export interface RouteActions<Pool extends string = string> {
  /** Name of a pool, or an object. */
  proxy:
    | Pool
    | {
        /** The long form. */
        pool: Pool;
        /**
         * Another path for the upstream: prefixes, or `path`. The query stays. Default: the path goes on as it came.
         */
        rewrite?: RewriteConfig;
        /** Deadlines for the upstream on this route, where they differ from the pool's. 0: none. */
        timeouts?: UpstreamTimeoutsConfig;
      };
  /** Always the same reply. */
  respond: {
    /** Default `200`. */
    status?: number;
    /** Sent as UTF-8. Default: none. */
    body?: string;
    /** Default `text/plain; charset=utf-8` with a body. */
    contentType?: string;
    /** Further fields, but for those that frame the message. Default `{}`. */
    fields?: Readonly<Record<string, string>>;
  };
  /** Sends the client elsewhere. */
  redirect: {
    /** May hold `${host}`, `${path}`, `${query}` and `${params.name}`. */
    to: string;
    /** 301 and 308 are kept by browsers for a long time. Default `302`. */
    status?: 301 | 302 | 303 | 307 | 308;
    /** Appends the request's query. Default `true`. */
    keepQuery?: boolean;
  };
  /** TypeScript config only. */
  handler: Handler;
  /** Serves files. */
  static: string | StaticConfig;
  /** DNS over HTTPS (RFC 8484), answered from `dns.zones`. */
  doh: true;
}

/** `T` with exactly one of its properties. */
type ExactlyOne<T> = {
  [K in keyof T]: { [P in K]: T[P] } & { [P in Exclude<keyof T, K>]?: never };
}[keyof T];

/** Exactly one of the actions. */
export type RouteAction<Pool extends string = string> = ExactlyOne<RouteActions<Pool>>;

/** What it matches, and exactly one action. `Pool`: names of the pools that there are; without it any name will do. */
export type RouteConfig<Pool extends string = string> = RouteOptions & RouteAction<Pool>;

/** Every part given must match. */
export interface MatchConfig {
  /** "shop.test", "*.shop.test" (one or more labels in front). */
  host?: OneOrMany<string>;
  /**
   * "/a" exact; "/a/*" that segment and everything below; "/users/:id" parameters, also "/users/:id/*";
   * { regex: "\\.(png|jpe?g)$" } what may match anywhere in the path.
   */
  path?: OneOrMany<string | { regex: string }>;
  /** `GET`, `[GET, HEAD]`. Methods are case-sensitive. Default: any. */
  method?: OneOrMany<string>;
  /** Field name to: true (present), false (absent), a string (equal), or { prefix, contains, regex }. */
  field?: Readonly<Record<string, ValueTest>>;
  /** Parameters of the query. */
  query?: Readonly<Record<string, ValueTest>>;
  /** Cookies. */
  cookie?: Readonly<Record<string, ValueTest>>;
  /** Client addresses or CIDR. */
  client?: OneOrMany<string>;
  /** The listener that the connection came to: its `name`, or its address as it is written. */
  listener?: OneOrMany<string>;
}

export type ValueTest = boolean | string | { prefix: string } | { contains: string } | { regex: string };

export interface RewriteConfig {
  /** Removes this prefix (by segment). */
  stripPrefix?: string;
  /** Puts this in front, after stripping. */
  addPrefix?: string;
  /** Or: replaces the whole path; `:name` stands for a parameter, `*` for what the route's `*` matched. */
  path?: string;
}

/**
 * One key: the policy's name; its value: the policy's options. E.g. `{ headers: { reply: { set: { "x-a": "1" } } } }`.
 */
export type PolicyConfig = { headers: HeadersConfig } | { expires: Duration | ExpiresConfig };

/** For how long a reply is fresh, counted from the reply. */
export interface ExpiresConfig {
  /** For what `types` does not name. Default: nothing is said of it. */
  after?: Duration;
  /** By media type: "text/html", or "image/*" for all of a kind. */
  types?: Readonly<Record<string, Duration>>;
  /** Also for replies that say themselves how long they are fresh. Default false. */
  override?: boolean;
}

export interface HeadersConfig {
  /** Of the request, before it goes upstream. */
  request?: FieldEditsConfig;
  /** Of the reply, before it goes to the client. */
  reply?: FieldEditsConfig;
}

/** Applied in the order remove, set, add. */
export interface FieldEditsConfig {
  /** Names; removes all fields with that name. */
  remove?: readonly string[];
  /**
   * Replaces every field with that name by this one. Values may hold `${client.address}`, `${host}`, `${path}`,
   * `${method}`, `${trace.id}`, `${route}`.
   */
  set?: Readonly<Record<string, string>>;
  /** Appends. */
  add?: Readonly<Record<string, string>>;
}

export interface StaticConfig {
  /** The long form. It must exist. */
  root: string;
  /** Removed from the front of the path before the file is looked up. */
  stripPrefix?: string;
  /** Default ["index.html"]. */
  index?: readonly string[];
  /** Serve `file.br`, `file.zst` or `file.gz` beside `file` when the client accepts it. Default true. */
  precompressed?: boolean;
  /** "inside" (default): a symlink may point only below the root. "never", "anywhere". */
  symlinks?: "inside" | "never" | "anywhere";
  /** Value of Cache-Control. */
  cacheControl?: string;
  /**
   * File to answer with (200) when nothing is found: single-page applications. Not for paths that end like a file of
   * another type (`.js`, `.png`), which stay 404.
   */
  fallback?: string;
}
