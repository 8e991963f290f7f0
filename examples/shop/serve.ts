/** The HTTP server of one instance: endpoints in, answers out, measured and logged alike for all of them. */
import type { Server, ServerWebSocket } from "bun";
import { createHealth } from "../../src/backend/health.ts";
import { commonEndpoints } from "./common-endpoints.ts";
import { PoolExhausted } from "./connection-pool.ts";
import type { Database } from "./database.ts";
import type { Endpoint } from "./endpoint.ts";
import { orderEndpoints } from "./orders.ts";
import { Problem } from "./problem.ts";
import { findEndpoint } from "./router.ts";
import { ServerTiming } from "./server-timing.ts";
import type { ServiceName } from "./service-options.ts";
import { userEndpoints } from "./users.ts";

/** Seconds. The edge should be the one that closes idle connections, so that it meets no closed one. */
const IDLE_TIMEOUT = 240;
/** Bytes. Uploads are counted, not kept, so they may be large: 1 TiB. JSON bodies have their own limit. */
const MAX_BODY = 2 ** 40;
/** Bytes of one WebSocket message. */
const MAX_MESSAGE = 1024 * 1024;
/** Where the edge asks for the service's health; whoever installed the package imports it from "roundtrip-edge/health". */
const HEALTH_PATH = "/healthz";
/** Milliseconds that live requests have when the service stops. */
const GRACE = 800;

const ENDPOINTS: Readonly<Record<ServiceName, readonly Endpoint[]>> = {
  users: [...userEndpoints, ...commonEndpoints],
  orders: [...orderEndpoints, ...commonEndpoints],
};

export interface ServeOptions {
  readonly service: ServiceName;
  readonly instance: string;
  readonly host: string;
  readonly port: number;
  readonly database: Database;
  /** Gets one line per request; null: none. */
  readonly log: ((line: string) => void) | null;
}

export interface RunningServer {
  readonly port: number;
  /** Takes no new connections, lets live requests finish for a moment, then closes everything. */
  stop(): Promise<void>;
}

/** @throws when the port cannot be listened on. */
export function serve(options: ServeOptions): RunningServer {
  const { service, instance, database, log } = options;
  const endpoints = ENDPOINTS[service];
  const stopping = new AbortController();
  const sockets = new Set<ServerWebSocket>();
  const health = createHealth({
    checks: { database: { check: () => database.query(new ServerTiming(), "SELECT 1"), timeout: "1s" } },
  });

  async function answer(request: Request, server: Server<undefined>): Promise<Response | undefined> {
    const timing = new ServerTiming();
    const url = new URL(request.url);
    // Neither logged nor measured: it is the edge that asks, every few seconds.
    if (url.pathname === HEALTH_PATH) return health.handle(request);
    let response: Response | null;
    try {
      const { endpoint, params } = findEndpoint(endpoints, request.method, url.pathname);
      const upgrade = (): boolean =>
        server.upgrade(request, {
          headers: { "X-Instance": instance, "Server-Timing": timing.toString() },
          data: undefined,
        });
      const call = { request, url, params, database, timing, stopping: stopping.signal, upgrade };
      response = await endpoint.handle(call);
    } catch (error) {
      response = toProblem(error, instance).toResponse();
    }
    log?.(requestLine(request, url, response?.status ?? 101, timing));
    if (response === null) return undefined;
    response.headers.set("Server-Timing", timing.toString());
    response.headers.set("X-Instance", instance);
    // A stopping service tells its clients that this connection has no next request (RFC 9112 §9.6).
    if (stopping.signal.aborted) response.headers.set("Connection", "close");
    return response;
  }

  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    idleTimeout: IDLE_TIMEOUT,
    maxRequestBodySize: MAX_BODY,
    development: false,
    fetch: answer,
    error: (error) => toProblem(error, instance).toResponse(),
    websocket: {
      maxPayloadLength: MAX_MESSAGE,
      open(socket) {
        sockets.add(socket);
      },
      close(socket) {
        sockets.delete(socket);
      },
      message(socket, message) {
        socket.send(message);
      },
    },
  });

  return {
    port: server.port ?? 0,
    async stop() {
      stopping.abort();
      health.drain();
      for (const socket of sockets) socket.close(1001, "the service is stopping");
      void server.stop(false);
      const deadline = performance.now() + GRACE;
      while (server.pendingRequests > 0 && performance.now() < deadline) await Bun.sleep(10);
      await server.stop(true);
    },
  };
}

/** What the caller may know of an error; the rest goes to standard error. */
function toProblem(error: unknown, instance: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PoolExhausted) return new Problem(503, error.message, { "Retry-After": "1" });
  console.error(`${instance}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new Problem(500, `${instance} could not answer because of an error of its own; its standard error has it.`);
}

function requestLine(request: Request, url: URL, status: number, timing: ServerTiming): string {
  const trace = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(request.headers.get("traceparent") ?? "")?.[1] ?? "-";
  return `${request.method} ${url.pathname}${url.search} ${status} ${timing.elapsed().toFixed(1)} ms trace=${trace}`;
}
