/** A service as a child process: its command, its ready line, its end. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isCompiled } from "./is-compiled.ts";
import type { ReadyLine } from "./run-service.ts";
import { SERVICE_NAMES, writeServiceArguments, type ServiceName, type ServiceOptions } from "./service-options.ts";

/** The verb of the executable that runs a service; it is not listed in the help. */
export const SERVICE_VERB = "demonstration-service";

/** Milliseconds until a service must be ready; a cold machine with PostgreSQL to seed needs a few seconds. */
const START_TIMEOUT = 30_000;
/** Milliseconds between SIGTERM and SIGKILL; a service needs at most one second. */
const STOP_TIMEOUT = 3000;
/** Characters of standard error kept for a message. */
const MAX_STDERR = 4000;

/** A service that did not start. The message says why and what to do. */
export class ServiceFailed extends Error {
  override readonly name = "ServiceFailed";
}

export interface ServiceExit {
  readonly service: ServiceName;
  readonly instance: string;
  readonly pid: number;
  /** "status 1", "SIGKILL". */
  readonly how: string;
}

export interface ServiceProcessOptions {
  readonly service: ServiceName;
  readonly options: ServiceOptions & { readonly instance: string };
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called when the process ends after it was ready and before `stop`. */
  readonly onExit: (exit: ServiceExit) => void;
}

const ReadyLineSchema: z.ZodType<ReadyLine> = z.object({
  service: z.enum(SERVICE_NAMES),
  instance: z.string(),
  port: z.int(),
  pid: z.int(),
});

export class ServiceProcess {
  /** @throws ServiceFailed */
  readonly ready: Promise<ReadyLine>;
  readonly #options: ServiceProcessOptions;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #stderr: Promise<string>;
  #stopping = false;

  constructor(options: ServiceProcessOptions) {
    this.#options = options;
    this.#child = Bun.spawn(serviceCommand(options.service, options.options), {
      env: { ...process.env, ...options.env },
      // Held open for as long as we live: its end tells the service that we do not.
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#stderr = forwardStderr(this.#child.stderr, Boolean(process.env["VERBOSE"]));
    this.ready = this.#awaitReady();
    // Whoever awaits `ready` hears of a failure; a second service that fails meanwhile must not end the process.
    this.ready.catch(() => undefined);
  }

  get instance(): string {
    return this.#options.options.instance;
  }

  /** Ends the process, at the latest after three seconds. False: it had ended before. */
  async stop(): Promise<boolean> {
    const running = this.#child.exitCode === null && this.#child.signalCode === null;
    if (!running) return false;
    this.#stopping = true;
    this.#child.kill("SIGTERM");
    const overdue = setTimeout(() => this.kill(), STOP_TIMEOUT);
    await this.#child.exited;
    clearTimeout(overdue);
    return true;
  }

  kill(): void {
    this.#stopping = true;
    this.#child.kill("SIGKILL");
  }

  async #awaitReady(): Promise<ReadyLine> {
    const overdue = setTimeout(() => this.#child.kill("SIGKILL"), START_TIMEOUT);
    const line = await firstLine(this.#child.stdout);
    clearTimeout(overdue);
    const ready = ReadyLineSchema.safeParse(parseJson(line));
    if (!ready.success) throw await this.#failure(line);
    void this.#child.exited.then(() => this.#exited());
    return ready.data;
  }

  #exited(): void {
    if (this.#stopping) return;
    const { service, onExit } = this.#options;
    onExit({ service, instance: this.instance, pid: this.#child.pid, how: this.#how() });
  }

  async #failure(line: string): Promise<ServiceFailed> {
    const { instance } = this;
    if (line !== "") {
      return new ServiceFailed(
        `${instance} printed "${line}" instead of its ready line. Is ${SERVICE_VERB} started by the right program?`,
      );
    }
    await this.#child.exited;
    const said = (await this.#stderr).trim();
    const ended = `${instance} ended with ${this.#how()} before it was ready`;
    if (said !== "") return new ServiceFailed(`${ended}. It said:\n  ${said.split("\n").join("\n  ")}`);
    const seconds = START_TIMEOUT / 1000;
    return new ServiceFailed(
      `${ended}, without a word. It has ${seconds} s to start: is the machine busy or short of memory? VERBOSE=1 shows more.`,
    );
  }

  #how(): string {
    return this.#child.signalCode === null ? `status ${this.#child.exitCode}` : String(this.#child.signalCode);
  }
}

/** From a checkout a service is a script of its own; in the compiled executable it is this very file with a verb. */
function serviceCommand(service: ServiceName, options: ServiceOptions): string[] {
  const script = fileURLToPath(new URL("./service.ts", import.meta.url));
  // As `scripts/bun.mjs` starts Bun: nothing is installed, and no `.env` is read.
  const program = isCompiled() || !existsSync(script) ? [SERVICE_VERB] : ["--no-install", "--no-env-file", script];
  return [process.execPath, ...program, ...writeServiceArguments(service, options)];
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return text.trim();
}

/** Keeps the end of what the service says, and passes it on when asked to. */
async function forwardStderr(stream: ReadableStream<Uint8Array>, pass: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    if (pass) process.stderr.write(chunk);
    text = (text + decoder.decode(chunk, { stream: true })).slice(-MAX_STDERR);
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
