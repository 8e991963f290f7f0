/** Statuses of responses: one, a range, or a list of such. */
import type { StatusRange } from "../contract/health-plan.ts";
import { Refusal, show, value } from "./value.ts";

/** RFC 9110 §15: interim responses (1xx) are never the answer. */
const LEAST = 200;
const MOST = 599;

const ENTRY_JSON = {
  anyOf: [
    { type: "integer", minimum: LEAST, maximum: MOST },
    { type: "string", pattern: "^[2-5]\\d\\d(-[2-5]\\d\\d)?$" },
  ],
};

/** `least`: entries that a list must have. */
export function statuses(least: 0 | 1) {
  const json = { anyOf: [...ENTRY_JSON.anyOf, { type: "array", items: ENTRY_JSON, minItems: least }] };
  const expected = `a status such as 503, a range such as "500-599", or a list of them (${LEAST} to ${MOST})`;
  const read = (input: unknown): readonly StatusRange[] | Refusal => {
    const entries: readonly unknown[] = Array.isArray(input) ? input : [input];
    if (entries.length < least) return new Refusal("is empty");
    const ranges: StatusRange[] = [];
    for (const entry of entries) {
      const range = readRange(entry);
      if (range instanceof Refusal) return range;
      ranges.push(range);
    }
    return ranges;
  };
  return value(expected, json, read, { values: "statuses", show: showRanges });
}

/** As they are written in a config. */
export function showRanges(ranges: readonly StatusRange[]): string {
  const words = ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
  return words.length === 1 ? words[0]! : `[${words.join(", ")}]`;
}

function readRange(entry: unknown): StatusRange | Refusal {
  const written = typeof entry === "number" || typeof entry === "string" ? String(entry) : "";
  const match = /^(\d{3})(?: ?- ?(\d{3}))?$/.exec(written);
  if (match === null) return new Refusal(`${show(entry)} is not a status or a range of statuses`);
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (from > to) return new Refusal(`${show(entry)} ends before it begins`, undefined, `${to}-${from}`);
  return from < LEAST || to > MOST ? new Refusal(`${show(entry)} is not a status of a response`) : { from, to };
}
