import type { TerminalStyle } from "../explain/text-layout.ts";

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const DEFAULT_WIDTH = 80;
const MIN_WIDTH = 60;
/** Wider lines are hard to read. */
const MAX_WIDTH = 120;

/** How to write to this terminal (or file, or pipe). */
export function terminalStyle(
  terminal: Terminal = process.stdout,
  environment: NodeJS.ProcessEnv = process.env,
): TerminalStyle {
  // Some pseudo-terminals say that they have 0 columns.
  const columns = terminal.columns === undefined || terminal.columns === 0 ? DEFAULT_WIDTH : terminal.columns;
  return {
    width: Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns)),
    colour: wantsColour(terminal, environment),
    unicode: hasUnicode(environment),
  };
}

/** https://no-color.org and https://force-color.org: set and not empty. */
function wantsColour(terminal: Terminal, environment: NodeJS.ProcessEnv): boolean {
  if ((environment["NO_COLOR"] ?? "") !== "") return false;
  if ((environment["FORCE_COLOR"] ?? "") !== "" && environment["FORCE_COLOR"] !== "0") return true;
  return terminal.isTTY === true && environment["TERM"] !== "dumb";
}

/** POSIX: the first of the three that is set names the locale. None set says nothing, and UTF-8 is the rule today. */
function hasUnicode(environment: NodeJS.ProcessEnv): boolean {
  const locale = [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]].find(
    (name) => (name ?? "") !== "",
  );
  return locale === undefined || /utf-?8/i.test(locale);
}
