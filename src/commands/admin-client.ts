/** The command line's side of the admin API. */
import { findRunningEdge, readRunFiles, type RunFile } from "../control/run-file.ts";
import { CommandFailure } from "./command-failure.ts";
import { errorMessage } from "../error-message.ts";

export interface AdminChoice {
  /** `http://host:port`, given by the user. */
  readonly admin?: string;
  readonly token?: string;
  /** The port that the edge listens on. */
  readonly port?: number;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Milliseconds. */
const TIMEOUT = 30_000;
const START = "Start one with: npx roundtrip serve";

export class AdminClient {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url.replace(/\/+$/, "");
    this.token = token;
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
    try {
      response = await fetch(this.url + path, {
        method,
        headers: { authorization: `Bearer ${this.token}` },
        body: body === null ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT),
        redirect: "error",
        // The token must not pass through a proxy of the environment.
        proxy: "",
      });
    } catch (error) {
      const why = errorMessage(error);
      throw new CommandFailure(`the admin API at ${this.url} can not be reached: ${why}`, START);
    }
    const answer = { status: response.status, body: await readBody(response) };
    if (answer.status === 401) {
      throw new CommandFailure(
        `the admin API at ${this.url} refuses the token`,
        "Give the token of its config (admin.token) with --token, or run this as the user that runs the edge.",
      );
    }
    return answer;
  }
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CommandFailure(
      `${response.url} does not answer as an admin API`,
      "Check the address given with --admin.",
    );
  }
}

/** The admin API that was named, or that of a running edge of this user; null when there is none. */
export function findAdmin(choice: AdminChoice): AdminClient | null {
  if (choice.admin !== undefined) return namedAdmin(choice.admin, choice.token);
  const run = findRunningEdge(choice.port === undefined ? {} : { port: choice.port });
  return run === null ? null : new AdminClient(run.admin, choice.token ?? run.token);
}

/** @throws CommandFailure with what runs instead, when there is none. */
export function requireAdmin(choice: AdminChoice): AdminClient {
  const admin = findAdmin(choice);
  if (admin !== null) return admin;
  const runs = readRunFiles();
  if (choice.port === undefined || runs.length === 0) throw new CommandFailure("no running edge found", START);
  throw new CommandFailure(
    `no running edge listens on port ${choice.port}`,
    `Running: ${runs.map(describeRun).join("; ")}`,
  );
}

/** The one that was named, or those of all running edges of this user, newest first. @throws CommandFailure */
export function requireAdmins(choice: AdminChoice): AdminClient[] {
  if (choice.admin !== undefined) return [namedAdmin(choice.admin, choice.token)];
  const runs = readRunFiles();
  if (runs.length === 0) throw new CommandFailure("no running edge found", START);
  return runs.map((run) => new AdminClient(run.admin, choice.token ?? run.token));
}

function namedAdmin(admin: string, token: string | undefined): AdminClient {
  const url = admin.includes("://") ? admin : `http://${admin}`;
  if (!URL.canParse(url)) throw new CommandFailure(`--admin: "${admin}" is no URL`, "Give it as http://127.0.0.1:9000");
  if (token !== undefined) return new AdminClient(url, token);
  const run = readRunFiles().find((candidate) => candidate.admin === url.replace(/\/+$/, ""));
  if (run === undefined) throw new CommandFailure("--admin needs --token", "It is admin.token of the edge's config.");
  return new AdminClient(url, run.token);
}

function describeRun(run: RunFile): string {
  return `${run.listeners.join(", ")} (pid ${run.pid}, ${run.source})`;
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
