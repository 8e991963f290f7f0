/**
 * `roundtrip-edge/health`: a health endpoint for the servers behind an edge, Roundtrip or any other. On Bun and Node ≥ 20:
 *
 *     import { createHealth } from "roundtrip-edge/health";
 *
 *     const health = createHealth({
 *       checks: {
 *         database: { check: () => sql`SELECT 1`, timeout: "1s" },
 *         cache: { check: (signal) => fetch(cacheUrl, { signal }), critical: false },
 *       },
 *     });
 *     Bun.serve({ routes: { "/healthz": health.handle } });
 *
 * Asking for the health costs the backend a bounded amount of work: each check runs once at a time and is given up at
 * its deadline, everybody who asks meanwhile shares the run, and what it found holds for `cacheFor`.
 */
import { HealthCheck, type Check } from "./health-check.ts";
import { DRAINING, encodeReport, reportOf, statusCodeOf, type HealthReport } from "./health-report.ts";
import { toMilliseconds, type Duration } from "./milliseconds.ts";

export type { Check } from "./health-check.ts";
export type { CheckReport, HealthReport, HealthStatus } from "./health-report.ts";
export type { Duration } from "./milliseconds.ts";

export interface CheckOptions {
  readonly check: Check;
  /** Then it has failed; 1 ms … 60 m. Default: `timeout` of the health. */
  readonly timeout?: Duration;
  /** Default true: without it the backend cannot serve. False: its failure is a warning, and the answer stays 200. */
  readonly critical?: boolean;
}

export interface HealthOptions {
  /** By the name that the answer shows, 64 at most. None: the answer says that the process runs. */
  readonly checks?: Readonly<Record<string, Check | CheckOptions>>;
  /** For checks that have none of their own. Default "2s"; the one who asks should wait longer. */
  readonly timeout?: Duration;
  /** How long what was found is answered again, 0 … 60 m. Default "1s". */
  readonly cacheFor?: Duration;
  /** Default true. False: the answer has the status alone, without checks and messages. */
  readonly detail?: boolean;
  /** Monotonic milliseconds; for tests. */
  readonly now?: () => number;
}

/** What `nodeHandler` needs of an `http.IncomingMessage`. */
export interface NodeRequest {
  readonly method?: string | undefined;
}

/** What `nodeHandler` needs of an `http.ServerResponse`. */
export interface NodeResponse {
  writeHead(status: number, fields: Record<string, string>): unknown;
  end(body: string): unknown;
}

/** The functions need no `this`: hand them on as they are. */
export interface Health {
  /** Answers GET and HEAD, at whatever path it is mounted: 200 or 503 with `application/health+json`. Never rejects. */
  readonly handle: (request: Request) => Promise<Response>;
  /** The same for `node:http` and what is built on it. */
  readonly nodeHandler: (request: NodeRequest, response: NodeResponse) => void;
  /** Never rejects. */
  readonly status: () => Promise<HealthReport>;
  /** From now on the answer is 503 and "draining", so that balancers go elsewhere before the process stops. */
  readonly drain: () => void;
}

const MAX_CHECKS = 64;

/** @throws TypeError when an option is wrong. */
export function createHealth(options: HealthOptions = {}): Health {
  const source = new HealthSource(options);
  return {
    handle: async ({ method }) => {
      const { status, fields, body } = await answer(source, method);
      return new Response(method === "HEAD" ? null : body, { status, headers: fields });
    },
    nodeHandler: ({ method = "GET" }, response) => {
      void answer(source, method).then(({ status, fields, body }) => {
        response.writeHead(status, fields);
        // RFC 9110 §9.3.2: HEAD has the fields of GET, Content-Length included, and no content.
        response.end(method === "HEAD" ? "" : body);
      });
    },
    status: async () => (await source.current()).report,
    drain: () => source.drain(),
  };
}

interface Current {
  readonly report: HealthReport;
  readonly body: string;
}

/** Runs the checks when somebody asks and what is known has become old. */
class HealthSource {
  readonly #checks: ReadonlyArray<readonly [name: string, check: HealthCheck]>;
  readonly #cacheFor: number;
  readonly #detail: boolean;
  readonly #now: () => number;
  #run: Promise<Current> | null = null;
  #last: Current | null = null;
  /** When the run that found `#last` ended. */
  #lastAt = 0;
  #draining: Current | null = null;

  constructor({ checks = {}, timeout = "2s", cacheFor = "1s", detail = true, now }: HealthOptions) {
    this.#now = now ?? (() => performance.now());
    this.#cacheFor = toMilliseconds(cacheFor, "cacheFor", 0);
    this.#detail = detail;
    const fallback = toMilliseconds(timeout, "timeout", 1);
    const named = Object.entries(checks);
    if (named.length > MAX_CHECKS) throw new TypeError(`${named.length} checks; ${MAX_CHECKS} are the most`);
    this.#checks = named.map(([name, given]) => {
      const wanted = typeof given === "function" ? { check: given } : given;
      if (typeof wanted.check !== "function") throw new TypeError(`checks.${name}.check must be a function`);
      const own = wanted.timeout === undefined ? fallback : toMilliseconds(wanted.timeout, `checks.${name}.timeout`, 1);
      const { check, critical = true } = wanted;
      return [name, new HealthCheck({ check, timeout: own, critical, now: this.#now })] as const;
    });
  }

  drain(): void {
    this.#draining ??= this.#encoded(DRAINING);
  }

  async current(): Promise<Current> {
    if (this.#draining !== null) return this.#draining;
    if (this.#last !== null && this.#run === null && this.#now() - this.#lastAt < this.#cacheFor) return this.#last;
    this.#run ??= this.#runAll();
    const found = await this.#run;
    // Drained while the checks ran: that is the newer word.
    return this.#draining ?? found;
  }

  async #runAll(): Promise<Current> {
    const names = this.#checks.map(([name]) => name);
    const found = await Promise.all(this.#checks.map(([, check]) => check.run()));
    this.#last = this.#encoded(reportOf(Object.fromEntries(names.map((name, index) => [name, found[index]!]))));
    this.#lastAt = this.#now();
    this.#run = null;
    return this.#last;
  }

  #encoded(report: HealthReport): Current {
    return { report, body: encodeReport(report, this.#detail) };
  }
}

interface Answer {
  readonly status: number;
  readonly fields: Record<string, string>;
  readonly body: string;
}

async function answer(source: HealthSource, method: string): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") {
    const body = "Ask for the health with GET or HEAD.\n";
    return { status: 405, fields: { Allow: "GET, HEAD", ...fieldsOf("text/plain; charset=utf-8", body) }, body };
  }
  const { report, body } = await source.current();
  return { status: statusCodeOf(report), fields: fieldsOf("application/health+json", body), body };
}

function fieldsOf(type: string, body: string): Record<string, string> {
  // No cache between may answer for us, for better or worse (RFC 9111 §5.2.2.5).
  return {
    "Content-Type": type,
    "Content-Length": String(new TextEncoder().encode(body).length),
    "Cache-Control": "no-store",
  };
}
