/** The command line's side of the admin API. */
import type { RunFile } from "../control/run-file.ts";
import { CommandFailure } from "./command-failure.ts";
import { errorMessage } from "../error-message.ts";
import { formatDuration } from "../schema/units.ts";
import { programName } from "./program-name.ts";

/** Which edge answered: a field of every `--json`. */
export interface AnsweringEdge {
  readonly admin: string;
  /** Null, as the others: it left no run file that this user can read. */
  readonly pid: number | null;
  readonly listeners: readonly string[] | null;
  /** Its config, or a word for it. */
  readonly source: string | null;
  /** ISO 8601. */
  readonly started: string | null;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** How long an answer may take, milliseconds. */
const TIMEOUT = 30_000;

/** Nobody answers there. */
export class EdgeUnreachable extends CommandFailure {}

export class AdminClient {
  readonly url: string;
  readonly token: string;
  readonly edge: AnsweringEdge;
  readonly #timeout: number;

  /** `run`: what the edge left in its run file. */
  constructor(url: string, token: string, run: RunFile | null = null, timeout: number = TIMEOUT) {
    this.url = url;
    this.token = token;
    this.#timeout = timeout;
    this.edge = {
      admin: url,
      pid: run?.pid ?? null,
      listeners: run?.listeners ?? null,
      source: run?.source ?? null,
      started: run === null ? null : new Date(run.started).toISOString(),
    };
  }

  get(path: string): Promise<AdminAnswer> {
    return this.#call(path, "GET");
  }

  post(path: string, body: unknown = null): Promise<AdminAnswer> {
    return this.#call(path, "POST", body);
  }

  put(path: string, body: unknown): Promise<AdminAnswer> {
    return this.#call(path, "PUT", body);
  }

  delete(path: string): Promise<AdminAnswer> {
    return this.#call(path, "DELETE");
  }

  async #call(path: string, method: string, body: unknown = null): Promise<AdminAnswer> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.url + path, {
        method,
        headers: { authorization: `Bearer ${this.token}` },
        body: body === null ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(this.#timeout),
        redirect: "error",
        // The token must not pass through a proxy of the environment.
        proxy: "",
      });
      text = await response.text();
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") {
        const within = formatDuration(this.#timeout);
        throw new CommandFailure(
          `the admin API at ${this.url} did not answer within ${within}`,
          "The edge is busy or stopped (SIGSTOP); wait longer with --timeout.",
        );
      }
      throw new EdgeUnreachable(
        `the admin API at ${this.url} cannot be reached: ${errorMessage(error)}`,
        `Is the edge still there? Start one with: ${programName()} serve`,
      );
    }
    const answer = { status: response.status, body: readBody(response.url, text) };
    if (answer.status === 401) {
      throw new CommandFailure(
        `the admin API at ${this.url} refuses the token`,
        "Give the token of its config (admin.token) with --token, or run this as the user that runs the edge.",
      );
    }
    return answer;
  }
}

function readBody(url: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CommandFailure(`${url} does not answer as an admin API`, "Check the address given with --admin.");
  }
}

/** The `error` of an answer that is one. */
export function errorOf(answer: AdminAnswer): string {
  const { body } = answer;
  if (typeof body === "object" && body !== null && "error" in body && typeof body.error === "string") return body.error;
  return `status ${answer.status}`;
}

/** What the admin API refused, with its advice. */
export function refusal(answer: AdminAnswer): CommandFailure {
  const { body } = answer;
  const advice = typeof body === "object" && body !== null && "remedy" in body ? body.remedy : "";
  return new CommandFailure(errorOf(answer), typeof advice === "string" ? advice : "");
}
