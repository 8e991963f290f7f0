/** One instance of a service as a process: starts, says where it listens, ends when it should. */
import { rmSync } from "node:fs";
import { databaseKind } from "./database-kind.ts";
import { Database } from "./database.ts";
import { serve, type RunningServer } from "./serve.ts";
import { readServiceArguments, SERVICE_USAGE, type ServiceName, type ServiceOptions } from "./service-options.ts";
import { ServerTiming } from "./server-timing.ts";

/** What a service prints as one line of JSON on standard output when it is ready. */
export interface ReadyLine {
  readonly service: ServiceName;
  readonly instance: string;
  readonly port: number;
  readonly pid: number;
}

/** How often a service looks whether its parent still lives, milliseconds. */
const PARENT_INTERVAL = 500;

/** Runs a service in this process until it is told to stop; answers the exit code. */
export async function runService(service: ServiceName, options: ServiceOptions): Promise<number> {
  const instance = options.instance ?? `${service}-1`;
  const location = options.database ?? process.env["DATABASE_URL"];
  if (location === undefined || location === "") {
    return failed(instance, "it has no database. Give --database FILE, or a postgres:// URL in DATABASE_URL.");
  }

  const database = new Database({ location, ...(options.pool !== undefined && { poolSize: options.pool }) });
  const stopped = stopRequested(options);
  try {
    // Opens the first connection, and creates and seeds the tables when nobody has.
    await database.query(new ServerTiming(), "SELECT 1");
  } catch (error) {
    return failed(instance, databaseAdvice(location, error));
  }

  let server: RunningServer;
  try {
    const log = process.env["VERBOSE"] ? (line: string) => console.error(`${instance} ${line}`) : null;
    const { host = "127.0.0.1", port = 0 } = options;
    server = serve({ service, instance, host, port, database, log });
  } catch (error) {
    return failed(instance, `it cannot listen on port ${options.port ?? 0}: ${messageOf(error)}. Give another --port.`);
  }

  const ready: ReadyLine = { service, instance, port: server.port, pid: process.pid };
  console.log(JSON.stringify(ready));

  const reason = await stopped;
  await server.stop();
  await database.close();
  if (reason === "parent-ended" && options.temporary !== undefined) {
    rmSync(options.temporary, { recursive: true, force: true });
  }
  return 0;
}

/** The command line of a service, without program and script. Answers the exit code. */
export async function runServiceCommand(args: readonly string[]): Promise<number> {
  let read;
  try {
    read = readServiceArguments(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n${SERVICE_USAGE}`);
    return 2;
  }
  return runService(read.service, read.options);
}

type StopReason = "signal" | "parent-ended";

function stopRequested(options: ServiceOptions): Promise<StopReason> {
  return new Promise((resolve) => {
    process.on("SIGTERM", () => resolve("signal"));
    if (options.exitWithParent !== true) {
      process.on("SIGINT", () => resolve("signal"));
      return;
    }
    // A terminal sends ctrl-C to the whole group, but the edge in front of us still has requests to finish: the
    // parent decides when we stop.
    process.on("SIGINT", () => undefined);
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && resolve("parent-ended"), PARENT_INTERVAL).unref();
    void endOfInput().then(() => resolve("parent-ended"));
  });
}

/** The kernel closes the pipe with the process that held its other end, however that ended. */
async function endOfInput(): Promise<void> {
  try {
    await Bun.stdin.stream().pipeTo(new WritableStream());
  } catch {
    // An input that cannot be read has ended, too.
  }
}

function databaseAdvice(location: string, error: unknown): string {
  if (databaseKind(location) === "sqlite") {
    return `it cannot use the SQLite file ${location}: ${messageOf(error)}. Is the directory there, and writable?`;
  }
  const where = URL.canParse(location) ? new URL(location).host : "the database";
  return `it cannot use PostgreSQL at ${where}: ${messageOf(error)}. Is it running, and is DATABASE_URL right? Without DATABASE_URL the shop uses SQLite.`;
}

function failed(instance: string, reason: string): number {
  console.error(`${instance} did not start: ${reason}`);
  return 1;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
