/** Problems for a person at a terminal. */
import { styleText } from "node:util";
import { formatPath, formatPlace } from "../schema/problem.ts";
import type { ConfigProblem } from "../schema/problem.ts";

/** Longer source lines are shown as a window around the caret. */
const WINDOW = 100;

/**
 * Every problem with its place, the source line with a caret below it, what was expected and the nearest valid word:
 *
 *     roundtrip.config.yaml:12:12  routes[1].proxy: no pool named "usrs"
 *        12 │     proxy: usrs
 *           │            ^
 *       expected: one of users, orders
 *       did you mean "users"?
 */
export function renderProblems(problems: readonly ConfigProblem[], colour: boolean): string {
  return problems.map((problem) => renderProblem(problem, colour)).join("\n");
}

function renderProblem(problem: ConfigProblem, colour: boolean): string {
  const paint = (style: "bold" | "red" | "dim" | "cyan", text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const path = formatPath(problem.path);
  const lines = [
    `${paint("bold", formatPlace(problem))}  ${path === "" ? "" : `${paint("cyan", path)}: `}${problem.message}`,
  ];
  if (problem.line > 0 && problem.sourceLine !== "") {
    const { text, caret } = excerpt(problem.sourceLine, problem.column);
    const number = String(problem.line).padStart(5);
    lines.push(
      `${paint("dim", `${number} │`)} ${text}`,
      `${paint("dim", "      │")} ${" ".repeat(caret)}${paint("red", "^")}`,
    );
  }
  if (problem.expected !== "") lines.push(`  expected: ${problem.expected}`);
  if (problem.remedy !== undefined) lines.push(`  ${problem.remedy}`);
  if (problem.nearest !== undefined) lines.push(`  did you mean ${JSON.stringify(problem.nearest)}?`);
  return `${lines.join("\n")}\n`;
}

/** The line with tabs and control characters as single blanks, so that the caret stands below its character. */
function excerpt(line: string, column: number): { text: string; caret: number } {
  const from = column <= WINDOW ? 0 : column - WINDOW / 2;
  const window = line.slice(from, from + WINDOW);
  const before = window.slice(0, column - 1 - from);
  return { text: printable(window).trimEnd(), caret: Bun.stringWidth(printable(before)) };
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, " ");
}
