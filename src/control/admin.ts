/**
 * The admin API: what the command line, scripts and Prometheus talk to. Plain HTTP on a loopback address. This file
 * says who may ask; what can be asked is in `admin-traces.ts`, `admin-edge.ts` and `admin-pools.ts`.
 *
 * It shows internal addresses and can stop the edge, so every request needs the bearer token, and a Host that is a
 * loopback one: a page in a browser of this machine can otherwise reach it by DNS rebinding.
 */
import { AdminProblem, failure } from "./admin-answer.ts";
import { edgeEndpoints } from "./admin-edge.ts";
import { poolEndpoints } from "./admin-pools.ts";
import { zoneEndpoints } from "./admin-zones.ts";
import { AdminRouter } from "./admin-router.ts";
import { type ExplainTreeMaker, traceEndpoints } from "./admin-traces.ts";
import type { EdgeControl } from "./edge-control.ts";
import { hostOf, isLoopbackHost } from "./loopback.ts";
import { TokenCheck } from "./token-check.ts";

export interface AdminOptions {
  readonly control: EdgeControl;
  /** A loopback address. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  readonly explainTree: ExplainTreeMaker;
}

export interface RunningAdmin {
  readonly host: string;
  readonly port: number;
  /** Ends at once, requests in progress included. */
  stop(): Promise<void>;
}

const MAX_BODY = 256 * 1024;

/** @throws RangeError when the host is not a loopback address; the system's error when the port is taken. */
export function startAdmin(options: AdminOptions): Promise<RunningAdmin> {
  if (!isLoopbackHost(options.host)) {
    return Promise.reject(new RangeError(`the admin API listens on loopback addresses alone, not on ${options.host}`));
  }
  const admin = new Admin(options);
  let server: Bun.Server<undefined>;
  try {
    server = Bun.serve({
      hostname: options.host,
      port: options.port,
      maxRequestBodySize: MAX_BODY,
      idleTimeout: 30,
      fetch: (request) => admin.answer(request),
      error: () => failure(500, "the admin API failed"),
    });
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
  return Promise.resolve({ host: options.host, port: server.port ?? options.port, stop: () => server.stop(true) });
}

class Admin {
  readonly #tokens: TokenCheck;
  readonly #router: AdminRouter;

  constructor({ control, explainTree, token }: AdminOptions) {
    this.#tokens = new TokenCheck(token);
    this.#router = new AdminRouter({
      ...traceEndpoints(control, explainTree),
      ...edgeEndpoints(control),
      ...poolEndpoints(control),
      ...zoneEndpoints(control),
    });
  }

  async answer(request: Request): Promise<Response> {
    const host = request.headers.get("host") ?? "";
    if (!URL.canParse(`http://${host}/`)) return failure(400, "Host is missing or malformed");
    if (!isLoopbackHost(hostOf(host))) {
      return failure(421, "the admin API answers only to a loopback name in Host");
    }
    switch (await this.#tokens.check(request.headers.get("authorization"))) {
      case "wrong":
        return failure(401, "the token is missing or wrong", { "www-authenticate": 'Bearer realm="roundtrip admin"' });
      case "too-many":
        return failure(429, "too many wrong tokens", { "retry-after": "5" });
      case "right":
        return this.#dispatch(request);
    }
  }

  async #dispatch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const match = this.#router.match(request.method, url.pathname);
    if (match.kind === "none") {
      const remedy = match.nearest === "" ? "" : `Did you mean ${match.nearest}?`;
      return failure(404, `there is no ${url.pathname}`, {}, remedy);
    }
    if (match.kind === "method") {
      const allow = match.allowed.join(", ");
      return failure(405, `${url.pathname} takes ${allow}`, { allow });
    }
    try {
      return await match.endpoint({ request, url, params: match.params });
    } catch (error) {
      if (error instanceof AdminProblem) return failure(error.status, error.message, {}, error.remedy);
      throw error;
    }
  }
}
