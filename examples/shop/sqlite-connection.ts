import { Database as SqliteFile, SQLiteError } from "bun:sqlite";
import { ConstraintViolated } from "./constraint-violated.ts";
import type { Connection, Row, Value } from "./connection.ts";
import { createTables, seed } from "./schema.ts";

/** How long a statement is tried again while another process writes, milliseconds. */
const BUSY_TIMEOUT = 5000;

/**
 * Opens the shop's file; whoever comes first creates and seeds it.
 * Write-ahead logging, so that readers of one process do not wait for a writer of another (sqlite.org/wal.html).
 */
export async function openSqlite(path: string): Promise<Connection> {
  const file = new SqliteFile(path, { create: true, strict: true });
  const connection = new SqliteConnection(file);
  try {
    await connection.query("PRAGMA journal_mode = WAL", []);
    await connection.query("PRAGMA synchronous = NORMAL", []);
    await connection.query("PRAGMA foreign_keys = ON", []);
    await seedOnce(connection);
  } catch (error) {
    file.close();
    throw error;
  }
  return connection;
}

async function seedOnce(connection: SqliteConnection): Promise<void> {
  if (await isSeeded(connection)) return;
  await connection.query("BEGIN EXCLUSIVE", []);
  try {
    // Another process may have held the lock before us.
    if (!(await isSeeded(connection))) {
      await createTables(connection, "INTEGER PRIMARY KEY AUTOINCREMENT");
      await seed(connection);
    }
    await connection.query("COMMIT", []);
  } catch (error) {
    await connection.query("ROLLBACK", []).catch(() => []);
    throw error;
  }
}

async function isSeeded(connection: SqliteConnection): Promise<boolean> {
  const rows = await connection.query("SELECT 1 AS found FROM sqlite_master WHERE name = 'order_lines'", []);
  return rows.length > 0;
}

class SqliteConnection implements Connection {
  /** Takes the write lock at once: a transaction that reads first could not get it later (SQLITE_BUSY_SNAPSHOT). */
  readonly begin = "BEGIN IMMEDIATE";
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  /**
   * SQLite runs in this thread. Its own busy handler would sleep in it and so stop the very transaction that it
   * waits for, when that is one of ours; therefore it is off and we try again from the event loop.
   */
  async query(statement: string, parameters: readonly Value[]): Promise<Row[]> {
    const deadline = performance.now() + BUSY_TIMEOUT;
    for (let pause = 1; ; pause = Math.min(pause * 2, 20)) {
      try {
        return this.#file.query<Row, Value[]>(statement).all(...parameters);
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw translated(error);
      }
      await Bun.sleep(pause);
    }
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && (error.code ?? "").startsWith("SQLITE_BUSY");
}

function translated(error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  if (error.code === "SQLITE_CONSTRAINT_UNIQUE") return new ConstraintViolated("unique", error);
  // ON DELETE RESTRICT is carried out as a trigger, so it has the other code.
  const foreignKey = error.code === "SQLITE_CONSTRAINT_FOREIGNKEY" || error.code === "SQLITE_CONSTRAINT_TRIGGER";
  if (foreignKey) return new ConstraintViolated("foreign-key", error);
  return error;
}
