import type { Database } from "./database.ts";
import type { ServerTiming } from "./server-timing.ts";

/** One request to an endpoint and what it needs to answer. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** Values of the path's `:names`, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly database: Database;
  readonly timing: ServerTiming;
  /** Fires when the service stops: endless answers end then. */
  readonly stopping: AbortSignal;
  /** Makes this connection a WebSocket that echoes. False when the request is not a WebSocket handshake. */
  readonly upgrade: () => boolean;
}

/** `null`: the connection was upgraded, there is nothing to answer. */
export type Answer = Response | null;

export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** `/users/:id`: a segment that begins with a colon is a parameter. */
  readonly path: string;
  handle(call: Call): Answer | Promise<Answer>;
}
