/** Routes of the configuration, as a person writes them. */
import type { Handler } from "../contract/handler.ts";
import type { OneOrMany } from "../schema/units.ts";

/** What a route has beside its action. */
export interface RouteOptions {
  /** Names the route in logs and explanations. Default: made from what it matches. */
  name?: string;
  /** Each part given must match; of a list one entry. Default: every request. */
  match?: MatchConfig;
  /** In order on the way in, in reverse order on the way out. */
  policies?: readonly PolicyConfig[];
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
  /** "/a" exact; "/a/*" that segment and everything below; "/users/:id" parameters, also "/users/:id/*". */
  path?: OneOrMany<string>;
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
export type PolicyConfig = { headers: HeadersConfig };

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
  /** File to answer with (200) when nothing is found: single-page applications. */
  fallback?: string;
}
