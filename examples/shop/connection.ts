/** What the shop asks of a database connection; SQLite and PostgreSQL implement it. */

export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

/** Only one caller uses a connection at a time: the pool sees to that. */
export interface Connection {
  /** The statement that begins a transaction which will write. */
  readonly begin: string;
  /** Parameters are `$1`, `$2` … in order of appearance. @throws ConstraintViolated when a rule of the schema forbids it. */
  query(statement: string, parameters: readonly Value[]): Promise<Row[]>;
  close(): Promise<void>;
}
