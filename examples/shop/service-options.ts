/** The services' command line; `start-services.ts` writes it and `run-service.ts` reads it. */
import { parseArgs } from "node:util";

export const SERVICE_NAMES = ["users", "orders"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface ServiceOptions {
  /** Names the instance in X-Instance and in the log. Default: the service's name and "-1". */
  readonly instance?: string;
  /** Default "127.0.0.1". */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Path of a SQLite file or postgres:// URL. Default: DATABASE_URL. */
  readonly database?: string;
  /** Connections to the database at most, 1…100. Default 4. */
  readonly pool?: number;
  /** End when the parent process does; it holds our standard input open as long as it lives. */
  readonly exitWithParent?: boolean;
  /** Directory to remove when the parent ended without doing so. */
  readonly temporary?: string;
}

export interface ServiceArguments {
  readonly service: ServiceName;
  readonly options: ServiceOptions;
}

export const SERVICE_USAGE = `Usage: service.ts users|orders [options]
  --database FILE|URL    SQLite file or postgres:// URL (default: $DATABASE_URL)
  --port N               0 takes any free port (default 0)
  --host ADDRESS         default 127.0.0.1
  --instance NAME        default users-1 or orders-1
  --pool N               database connections at most (default 4)
  --exit-with-parent     end when standard input is closed or the parent process ends
  --temporary DIRECTORY  with --exit-with-parent: removed when the parent ended without doing so
With VERBOSE=1 every request is logged to standard error.`;

/** @throws Error with a message for whoever typed the arguments. */
export function readServiceArguments(args: readonly string[]): ServiceArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      database: { type: "string" },
      port: { type: "string" },
      host: { type: "string" },
      instance: { type: "string" },
      pool: { type: "string" },
      "exit-with-parent": { type: "boolean" },
      temporary: { type: "string" },
    },
  });
  const service = SERVICE_NAMES.find((name) => name === positionals[0]);
  if (service === undefined || positionals.length !== 1) {
    throw new Error(`Expected one service, users or orders; got "${positionals.join(" ")}".`);
  }
  return {
    service,
    options: {
      ...(values.database !== undefined && { database: values.database }),
      ...(values.port !== undefined && { port: toInteger("--port", values.port, 0, 65_535) }),
      ...(values.host !== undefined && { host: values.host }),
      ...(values.instance !== undefined && { instance: values.instance }),
      ...(values.pool !== undefined && { pool: toInteger("--pool", values.pool, 1, 100) }),
      ...(values["exit-with-parent"] !== undefined && { exitWithParent: values["exit-with-parent"] }),
      ...(values.temporary !== undefined && { temporary: values.temporary }),
    },
  };
}

export function writeServiceArguments(service: ServiceName, options: ServiceOptions): string[] {
  const args: string[] = [service];
  if (options.database !== undefined) args.push("--database", options.database);
  if (options.port !== undefined) args.push("--port", String(options.port));
  if (options.host !== undefined) args.push("--host", options.host);
  if (options.instance !== undefined) args.push("--instance", options.instance);
  if (options.pool !== undefined) args.push("--pool", String(options.pool));
  if (options.exitWithParent === true) args.push("--exit-with-parent");
  if (options.temporary !== undefined) args.push("--temporary", options.temporary);
  return args;
}

function toInteger(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new Error(`${name} must be from ${min} to ${max}; it is "${text}".`);
  return value;
}
