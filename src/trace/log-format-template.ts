/** A log format of one's own: text, and variables between `${` and `}`. Compiled once to what is written one behind the other. */
import type { TraceRecord } from "../contract/trace-record.ts";
import { nearestWord } from "../schema/nearest.ts";
import { otherVariableProblem } from "../schema/other-variables.ts";
import { type LogBuffer, Piece } from "./log-buffer.ts";
import type { LineFormat } from "./log-format.ts";
import { MAX_TEXT } from "./log-text.ts";
import { createLogVariable, LOG_VARIABLE_NAMES, type LogVariable } from "./log-variables.ts";

/** Characters of a template. */
export const MAX_TEMPLATE = 1024;
const LINE_FEED = 0x0a;
const OPEN = "${";

/** What is written: the text, then the variable. */
interface Part {
  readonly text: Piece;
  readonly variable: LogVariable | null;
}

export class TemplateLine implements LineFormat {
  readonly #parts: readonly Part[];
  /** Of each text: together they are no longer than each once, for which there is room. */
  readonly #most: number;

  /** @throws RangeError for what `templateProblem` finds. */
  constructor(template: string) {
    const problem = templateProblem(template);
    if (problem !== null) throw new RangeError(problem.message);
    const parts: Part[] = [];
    for (const [, text = "", name] of template.matchAll(/((?:[^$]|\$(?!\{))*)(?:\$\{([^}]*)\}|$)/g)) {
      if (text !== "" || name !== undefined) {
        parts.push({ text: new Piece(text), variable: name === undefined ? null : createLogVariable(name) });
      }
    }
    this.#parts = parts;
    this.#most = Math.floor(MAX_TEXT / Math.max(1, parts.filter(({ variable }) => variable !== null).length));
  }

  put(record: TraceRecord, into: LogBuffer, at: number): number {
    for (const { text, variable } of this.#parts) {
      at = text.put(into, at);
      if (variable !== null) at = variable(record, into.bytes, at, this.#most);
    }
    into.bytes[at++] = LINE_FEED;
    return at;
  }
}

export interface TemplateProblem {
  readonly message: string;
  /** Of the variable that was probably meant. */
  readonly nearest?: string | undefined;
}

/** What is wrong with a template, or null. */
export function templateProblem(template: string): TemplateProblem | null {
  if (template.length > MAX_TEMPLATE)
    return { message: `has ${template.length} characters; ${MAX_TEMPLATE} are allowed` };
  if (/[^\t\x20-\x7e]/.test(template))
    return { message: "holds something else than printable ASCII characters and tabs" };
  const other = otherVariableProblem(template, LOG_VARIABLE_NAMES);
  if (other !== null) return { message: other };
  const bare = /\$(?!\{)([a-z_.]+)/i.exec(template);
  if (bare !== null)
    return { message: `"${bare[0]}" has no braces`, nearest: named(nearestWord(bare[1]!, LOG_VARIABLE_NAMES)) };
  for (let at = template.indexOf(OPEN); at >= 0; at = template.indexOf(OPEN, at + 1)) {
    const close = template.indexOf("}", at);
    if (close < 0) return { message: '"${" has no "}" behind it' };
    const name = template.slice(at + OPEN.length, close);
    if (!LOG_VARIABLE_NAMES.includes(name)) {
      return { message: `"\${${name}}" is no variable`, nearest: named(nearestWord(name, LOG_VARIABLE_NAMES)) };
    }
  }
  return null;
}

function named(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `\${${name}}`;
}
