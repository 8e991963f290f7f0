/** `roundtrip dns zones`: the zones of a running edge, and what came of reading them. */
import type { LoadOutcome, LoadProblem, ZoneReport } from "../dns/store/zone-report.ts";
import { painter, type Paint, printable, type TerminalStyle } from "../explain/text-layout.ts";
import { refusal } from "./admin-client.ts";
import { ExitCode } from "./command-failure.ts";
import { type EdgeChoice, requireEdge } from "./find-edge.ts";
import { printAnswer } from "./print-answer.ts";
import { textTable } from "./text-table.ts";

export interface DnsZonesOptions extends EdgeChoice {
  readonly json?: boolean;
}

/** Exit code 1 when a zone is not served as it stands in its source. */
export async function dnsZones(options: DnsZonesOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const answer = await admin.get("/dns/zones");
  if (answer.status !== 200) throw refusal(answer);
  // Written by an edge of this same program.
  const reports = answer.body as ZoneReport[];
  printAnswer(admin.edge, options, { zones: reports }, (style) => renderZones(reports, style));
  return reports.some(({ outcome }) => outcome === "kept" || outcome === "failed") ? ExitCode.fault : ExitCode.ok;
}

/** Cells that a note needs to stand beside its zone. */
const MIN_NOTE = 24;

const STATES: Readonly<Record<LoadOutcome, readonly [words: string, colour: Parameters<Paint>[0]]>> = {
  new: ["served", "green"],
  changed: ["served", "green"],
  unchanged: ["served", "green"],
  removed: ["removed", "dim"],
  kept: ["as before", "yellow"],
  failed: ["not served", "red"],
  awaited: ["awaited", "yellow"],
};

export function renderZones(reports: readonly ZoneReport[], style: TerminalStyle): string {
  if (reports.length === 0) return `${painter(style)("dim", "The config has no zones.")}\n`;
  const columns = [
    { title: "ZONE" },
    { title: "STATE" },
    { title: "SERIAL", right: true },
    { title: "RECORDS", right: true },
  ];
  const rows = reports.map(({ apex, outcome, serial, records, problems, findings, notes }) => {
    const [words, colour] = STATES[outcome];
    const cells = [
      { text: printable(apex, style.unicode) },
      { text: words, format: colour },
      { text: serial < 0 ? "" : String(serial) },
      { text: serial < 0 ? "" : String(records) },
    ];
    const said = [
      ...problems.map(problemWords),
      ...findings.map(({ owner, type, message, remedy }) => `${owner} ${type}: ${message}. ${remedy}.`),
      ...notes,
      ...(outcome === "awaited" ? ["its transfer has not come yet"] : []),
    ];
    return { cells, notes: said.map((note) => printable(note, style.unicode)) };
  });
  return `${textTable(columns, "NOTES", rows, style, 0, MIN_NOTE).join("\n")}\n`;
}

function problemWords(problem: LoadProblem): string {
  if ("line" in problem) {
    const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
    return `${place}: ${problem.message}`;
  }
  return "path" in problem ? `${problem.path.join(".")}: ${problem.message}` : problem.message;
}
