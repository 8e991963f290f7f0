/** What happens to zones, as lines for a person. */
import type { LoadProblem, ZoneReport } from "../dns/store/zone-report.ts";
import type { Asked } from "../dns/transfer/ask-primary.ts";
import type { TransferEvent } from "../dns/transfer/zone-transfers.ts";

/** Empty when nothing has changed. */
export function reportInWords({ apex, outcome, serial, records, problems, findings, notes }: ZoneReport): string {
  const why = [...problems.map(problemInWords), ...findings.map(({ owner, message }) => `${owner}: ${message}`)];
  switch (outcome) {
    case "new":
    case "changed":
      return `zone ${apex} is in use: serial ${serial}, ${records} records${notes.map((note) => `; ${note}`).join("")}`;
    case "removed":
      return `zone ${apex} is served no more`;
    case "kept":
      return `zone ${apex} stays as it was:\n${why.join("\n")}`;
    case "failed":
      return `zone ${apex} cannot be served:\n${why.join("\n")}`;
    case "unchanged":
    case "awaited":
      return "";
  }
}

function problemInWords(problem: LoadProblem): string {
  if ("line" in problem) return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
  return "path" in problem ? `${problem.path.join(".")}: ${problem.message}` : problem.message;
}

/** Empty for what is as it should be and often. */
export function eventInWords(event: TransferEvent): string {
  const { zone } = event;
  switch (event.kind) {
    case "sent":
      return event.transfer.complete ? "" : `zone ${zone}: its transfer to ${event.address} broke off`;
    case "notified":
      return event.problem === ""
        ? ""
        : `zone ${zone}: ${event.target.address} was not told of its change: ${event.problem}`;
    case "unsaved":
      return `zone ${zone} could not be saved in ${event.file}: ${event.problem}`;
    case "unrestored":
      return `zone ${zone}: its saved file ${event.file} cannot be used, it is fetched again: ${event.problem}`;
    case "fetched":
      return `zone ${zone} was fetched from ${event.primary.address}${fetchedInWords(event.asked)}`;
    case "failed":
      return event.repeated ? "" : `zone ${zone} could not be fetched from ${event.primary.address}: ${event.problem}`;
    case "expired":
      return `zone ${zone} has expired: it answers SERVFAIL until a primary is reached`;
    case "current":
      return "";
  }
}

/** What was not as it should be with a zone that has come all the same. */
function fetchedInWords({ fallback, ignored, firstIgnored }: Asked): string {
  const whole = fallback === "" ? "" : `; whole, since the differences were of no use: ${fallback}`;
  const outside = ignored === 1 ? "1 record lies" : `${ignored} records lie`;
  return whole + (ignored === 0 ? "" : `; ${outside} outside of it and was left out: ${firstIgnored}`);
}
