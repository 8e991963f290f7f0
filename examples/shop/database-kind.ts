export type DatabaseKind = "sqlite" | "postgres";

/** `postgres://…` is PostgreSQL, everything else the path of a SQLite file. */
export function databaseKind(location: string): DatabaseKind {
  return /^postgres(ql)?:\/\//i.test(location) ? "postgres" : "sqlite";
}
