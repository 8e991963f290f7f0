/** `roundtrip dns zones`: the zones of a running edge, and what came of reading them. */
import type { LoadProblem } from "../dns/store/zone-report.ts";
import { isBad, type SecondaryStatus, type ZoneState, type ZoneStatus } from "../dns/transfer/zone-status.ts";
import { painter, type Paint, printable, type TerminalStyle } from "../explain/text-layout.ts";
import { count, formatAge } from "../explain/words.ts";
import { type AnsweringEdge, refusal } from "./admin-client.ts";
import { ExitCode } from "./command-failure.ts";
import { type EdgeChoice, requireEdge } from "./find-edge.ts";
import { printAnswer } from "./print-answer.ts";
import { textTable } from "./text-table.ts";

export interface DnsZonesOptions extends EdgeChoice {
  readonly json?: boolean;
}

/** Exit code 1 when a zone is not served as it stands in its source, or does not come. */
export async function dnsZones(options: DnsZonesOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const answer = await admin.get("/dns/zones");
  if (answer.status !== 200) throw refusal(answer);
  // Written by an edge of this same program.
  return printZones(admin.edge, answer.body as ZoneStatus[], options);
}

export function printZones(
  edge: AnsweringEdge | null,
  zones: readonly ZoneStatus[],
  options: DnsZonesOptions,
): ExitCode {
  printAnswer(edge, options, { zones }, (style) => renderZones(zones, style, Date.now()));
  return zones.some(isBad) ? ExitCode.fault : ExitCode.ok;
}

/** Cells that a note needs to stand beside its zone. */
const MIN_NOTE = 24;

const STATES: Readonly<Record<ZoneState, readonly [words: string, colour: Parameters<Paint>[0]]>> = {
  served: ["served", "green"],
  removed: ["removed", "dim"],
  kept: ["as before", "yellow"],
  failed: ["not served", "red"],
  awaited: ["awaited", "yellow"],
  expired: ["expired", "red"],
};

/** `now`: milliseconds since 1970. */
export function renderZones(zones: readonly ZoneStatus[], style: TerminalStyle, now: number): string {
  if (zones.length === 0) return `${painter(style)("dim", "The config has no zones.")}\n`;
  const columns = [
    { title: "ZONE" },
    { title: "STATE" },
    { title: "SERIAL", right: true },
    { title: "RECORDS", right: true },
  ];
  const rows = zones.map((zone) => {
    const { apex, serial, records, state } = zone;
    const [words, colour] = STATES[state];
    const cells = [
      { text: printable(apex, style.unicode) },
      { text: words, format: colour },
      { text: serial < 0 ? "" : String(serial) },
      { text: serial < 0 ? "" : String(records) },
    ];
    return { cells, notes: notesOf(zone, now).map((note) => printable(note, style.unicode)) };
  });
  return `${textTable(columns, "NOTES", rows, style, 0, MIN_NOTE).join("\n")}\n`;
}

function notesOf({ state, problems, findings, notes, secondary }: ZoneStatus, now: number): string[] {
  return [
    ...problems.map(problemWords),
    ...findings.map(({ owner, type, message, remedy }) => `${owner} ${type}: ${message}. ${remedy}.`),
    ...notes,
    ...(state === "awaited" ? ["its transfer has not come yet"] : []),
    ...(secondary === null ? [] : secondaryNotes(secondary, now)),
  ];
}

function secondaryNotes(secondary: SecondaryStatus, now: number): string[] {
  const { state, failures, freshAt, expireAt, refreshAt, fetched, saved } = secondary;
  const notes: string[] = [];
  if (state === "expired") {
    const since = freshAt === null ? "" : ` for ${formatAge(now - Date.parse(freshAt))}`;
    notes.push(`it answers SERVFAIL: no primary has confirmed it${since}`);
  }
  for (const { primary, problem } of failures) notes.push(`${primary}: ${problem}`);
  if (failures.length > 0) {
    const expiry = expireAt === null ? "" : `it expires in ${formatAge(Date.parse(expireAt) - now)}, and `;
    notes.push(`${expiry}its primaries are asked again in ${formatAge(Date.parse(refreshAt) - now)}`);
  }
  if (fetched !== null && fetched.ignored > 0) {
    notes.push(`${count(fetched.ignored, "record")} of ${fetched.primary} lie outside of it and were left out`);
  }
  if (saved !== null && saved.problem !== "") notes.push(`${saved.file}: ${saved.problem}`);
  return notes;
}

function problemWords(problem: LoadProblem): string {
  if ("line" in problem) {
    const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
    return `${place}: ${problem.message}`;
  }
  return "path" in problem ? `${problem.path.join(".")}: ${problem.message}` : problem.message;
}
