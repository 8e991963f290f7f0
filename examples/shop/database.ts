/**
 * The shop's database: SQLite in a file that all instances share, or PostgreSQL. Both speak the same SQL here
 * (`$1` parameters in order of appearance, RETURNING), so the services do not know which one they have.
 */
import type { Connection, Row, Value } from "./connection.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { databaseKind, type DatabaseKind } from "./database-kind.ts";
import { openPostgres } from "./postgres-connection.ts";
import type { ServerTiming } from "./server-timing.ts";
import { openSqlite } from "./sqlite-connection.ts";

/** What `transaction` gives to its work. */
export type Query = (statement: string, ...parameters: Value[]) => Promise<Row[]>;

export interface DatabaseOptions {
  /** Path of a SQLite file, or `postgres://user:password@host:port/name`. */
  readonly location: string;
  /** Connections at most. Default 4. */
  readonly poolSize?: number;
}

export class Database {
  readonly kind: DatabaseKind;
  readonly #pool: ConnectionPool<Connection>;

  constructor(options: DatabaseOptions) {
    const { location } = options;
    this.kind = databaseKind(location);
    this.#pool = new ConnectionPool<Connection>({
      size: options.poolSize ?? 4,
      open: this.kind === "postgres" ? () => openPostgres(location) : () => openSqlite(location),
      close: (connection) => connection.close(),
    });
  }

  /** Runs one statement; notes the wait for a connection and the statement's own time. */
  async query(timing: ServerTiming, statement: string, ...parameters: Value[]): Promise<Row[]> {
    return this.#withConnection(timing, (connection) => timed(timing, connection, statement, parameters));
  }

  /** Runs `work` in one transaction on one connection; rolls back when it throws. */
  async transaction<Result>(timing: ServerTiming, work: (query: Query) => Promise<Result>): Promise<Result> {
    return this.#withConnection(timing, async (connection) => {
      await timed(timing, connection, connection.begin, []);
      try {
        const result = await work((statement, ...parameters) => timed(timing, connection, statement, parameters));
        await timed(timing, connection, "COMMIT", []);
        return result;
      } catch (error) {
        // When the connection broke there is nothing to roll back; the first error is the one that matters.
        await connection.query("ROLLBACK", []).catch(() => []);
        throw error;
      }
    });
  }

  /** Keeps a connection busy for so many milliseconds, so that others have to wait for one. */
  async hold(timing: ServerTiming, duration: number): Promise<void> {
    await this.#withConnection(timing, async () => {
      const begun = performance.now();
      await Bun.sleep(duration);
      timing.addQuery(`hold the connection for ${duration} ms`, performance.now() - begun);
    });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #withConnection<Result>(
    timing: ServerTiming,
    use: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const begun = performance.now();
    let connection: Connection;
    try {
      connection = await this.#pool.acquire();
    } finally {
      timing.addPoolWait(performance.now() - begun);
    }
    try {
      return await use(connection);
    } finally {
      this.#pool.release(connection);
    }
  }
}

async function timed(
  timing: ServerTiming,
  connection: Connection,
  statement: string,
  parameters: readonly Value[],
): Promise<Row[]> {
  const begun = performance.now();
  try {
    return await connection.query(statement, parameters);
  } finally {
    timing.addQuery(statement, performance.now() - begun);
  }
}
