/** Starts the shop's four processes, two instances of each service, and stops them again. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseKind, type DatabaseKind } from "./database-kind.ts";
import { SERVICE_NAMES, type ServiceName } from "./service-options.ts";
import { ServiceFailed, ServiceProcess, type ServiceExit } from "./service-process.ts";

const INSTANCES = 2;

export interface ShopOptions {
  /** Directory of the SQLite file; it is kept. Default: a temporary one, removed by `stop`. */
  readonly data?: string;
  /** postgres:// URL. Default: SQLite. */
  readonly databaseUrl?: string;
  /** Connections to the database of each instance at most. */
  readonly pool?: number;
  /** Hears one line per step. */
  readonly onProgress?: (line: string) => void;
  /** Hears of a service that ended without being told to, after the start. */
  readonly onServiceExit?: (exit: ServiceExit) => void;
}

export interface ShopService {
  readonly name: ServiceName;
  /** `users-1` … */
  readonly instance: string;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
}

export interface Shop {
  /** In order of name and instance. */
  readonly services: readonly ShopService[];
  readonly database: { readonly kind: DatabaseKind; readonly location: string };
  /** Where the shop's files lie; goes away with `stop` when it is a temporary one. */
  readonly data: string;
  /** Ends every service, live requests within a second, and removes temporary files. May be called twice. */
  stop(): Promise<void>;
  /** Ends every service at once. For a second ctrl-C. */
  kill(): void;
}

/** Resolves when all services answer. @throws ServiceFailed, with a remedy, when one does not; the others are stopped. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const { databaseUrl } = options;
  if (databaseUrl !== undefined && databaseKind(databaseUrl) !== "postgres") {
    throw new ServiceFailed(
      "The database URL does not begin with postgres://. Set DATABASE_URL to a PostgreSQL database, or unset it: then the shop uses SQLite.",
    );
  }
  const temporary = options.data === undefined;
  const data = options.data ?? mkdtempSync(join(tmpdir(), "roundtrip-shop-"));
  mkdirSync(data, { recursive: true });

  const sqlite = join(data, "shop.sqlite");
  const database: Shop["database"] =
    databaseUrl === undefined
      ? { kind: "sqlite", location: sqlite }
      : { kind: "postgres", location: withoutPassword(databaseUrl) };

  const processes = SERVICE_NAMES.flatMap((service) =>
    Array.from({ length: INSTANCES }, (_, index) => {
      const instance = `${service}-${index + 1}`;
      return new ServiceProcess({
        service,
        options: {
          instance,
          exitWithParent: true,
          ...(databaseUrl === undefined && { database: sqlite }),
          ...(options.pool !== undefined && { pool: options.pool }),
          ...(temporary && { temporary: data }),
        },
        // A command line can be read by every user of the machine, and the URL may hold a password.
        ...(databaseUrl !== undefined && { env: { DATABASE_URL: databaseUrl } }),
        onExit: (exit) => options.onServiceExit?.(exit),
      });
    }),
  );

  const remove = (): void => {
    if (temporary && existsSync(data)) rmSync(data, { recursive: true, force: true });
  };
  const stop = async (): Promise<void> => {
    await Promise.all(
      processes.map(async (process) => {
        if (await process.stop()) options.onProgress?.(`${process.instance} stopped`);
      }),
    );
    remove();
  };
  const kill = (): void => {
    for (const process of processes) process.kill();
    remove();
  };

  try {
    const services = await Promise.all(
      processes.map(async (process): Promise<ShopService> => {
        const { service: name, instance, port, pid } = await process.ready;
        options.onProgress?.(`${instance} is ready on 127.0.0.1:${port} (pid ${pid})`);
        return { name, instance, port, pid };
      }),
    );
    return { services, database, data, stop, kill };
  } catch (error) {
    await stop();
    throw error;
  }
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return "postgres://…";
  const url = new URL(text);
  url.password = "";
  return url.href;
}
