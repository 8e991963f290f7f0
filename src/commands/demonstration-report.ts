/** What the demonstration prints when it runs: what is where, and what to try. */

export interface DemonstrationFacts {
  /** Where the edge listens, e.g. "http://127.0.0.1:8080". */
  readonly edge: string;
  /** Address of the admin API; null when there is none. */
  readonly admin: string | null;
  /** Process id of the edge. */
  readonly pid: number;
  /** Where names are asked for, on 127.0.0.1. */
  readonly names: { readonly port: number; readonly tlsPort: number };
  readonly services: ReadonlyArray<{ readonly instance: string; readonly port: number; readonly pid: number }>;
  readonly database: { readonly kind: "sqlite" | "postgres"; readonly location: string };
  readonly accessLog: string;
  /** How this program is called: "npx roundtrip", or the path of the executable. */
  readonly program: string;
}

/** Styles a piece of text, or leaves it as it is. */
export type Paint = (style: "bold" | "dim" | "cyan", text: string) => string;

const DATABASE_NAMES = { sqlite: "SQLite", postgres: "PostgreSQL" };

/** Fits 80 columns, but for paths and URLs that are longer: those are not cut, since they are there to be copied. */
export function demonstrationReport(facts: DemonstrationFacts, paint: Paint): string {
  const { database, services } = facts;
  const rows: Row[] = [
    ["edge", facts.edge, facts.pid, "where requests come in"],
    ...(facts.admin === null ? [] : [["admin", facts.admin, facts.pid, "explain, drain; needs its token"] as const]),
    ["names", `127.0.0.1:${facts.names.port}`, facts.pid, "zone shop.test, UDP and TCP"],
    ["", `127.0.0.1:${facts.names.tlsPort}`, facts.pid, "the same over TLS"],
    ...services.map(({ instance, port, pid }): Row => [
      instance,
      `http://127.0.0.1:${port}`,
      pid,
      "a backend, in its own process",
    ]),
  ];
  return `${[
    paint("bold", "Roundtrip runs the demonstration: a shop of two services behind the edge."),
    "",
    ...table(rows, paint),
    "",
    `  database    ${DATABASE_NAMES[database.kind]}, ${database.location}`,
    `  access log  ${facts.accessLog}`,
    "",
    paint("bold", "To try, in another terminal:"),
    ...commands(facts).map((command) => `  ${paint("cyan", command)}`),
    "",
    `Or open ${paint("cyan", `${facts.edge}/`)} in a browser. Ctrl-C stops everything.`,
  ].join("\n")}\n`;
}

function commands({ edge, program, names }: DemonstrationFacts): string[] {
  return [
    `curl -i ${edge}/users/7`,
    `${program} explain ${edge}/orders/42`,
    `${program} explain --analyze ${edge}/orders/42`,
    `${program} pools --watch`,
    `dig @127.0.0.1 -p ${names.port} users.shop.test`,
    `dig @127.0.0.1 -p ${names.tlsPort} +tls shop.test MX`,
  ];
}

type Row = readonly [part: string, address: string, pid: number, what: string];

function table(rows: readonly Row[], paint: Paint): string[] {
  const partWidth = Math.max(...rows.map(([part]) => part.length));
  const addressWidth = Math.max(...rows.map(([, address]) => address.length));
  const pidWidth = Math.max(3, ...rows.map(([, , pid]) => String(pid).length));
  const line = (part: string, address: string, pid: string, what: string): string =>
    `  ${part.padEnd(partWidth)}  ${address.padEnd(addressWidth)}  ${pid.padStart(pidWidth)}  ${what}`;
  return [
    paint("dim", line("part", "address", "pid", "what it is")),
    ...rows.map(([part, address, pid, what]) => line(part, address, String(pid), what)),
  ];
}
