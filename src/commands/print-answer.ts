/** What a command that asks an edge prints: who answered, and the answer. */
import { painter, printable, type TerminalStyle } from "../explain/text-layout.ts";
import type { AnsweringEdge } from "./admin-client.ts";
import { localTime } from "./find-edge.ts";
import { terminalStyle } from "./terminal-style.ts";

/** For programs the answer with `answeredBy` in front; for people a line about the edge, then what `render` makes. */
export function printAnswer(
  edge: AnsweringEdge | null,
  options: { readonly json?: boolean },
  value: object,
  render: (style: TerminalStyle) => string,
): void {
  if (options.json === true) {
    printJson(edge, value);
    return;
  }
  const style = terminalStyle();
  process.stdout.write(`${edge === null ? "" : `${edgeLine(edge, style)}\n`}${render(style)}`);
}

export function printJson(edge: AnsweringEdge | null, value: object): void {
  process.stdout.write(`${JSON.stringify({ answeredBy: edge, ...value }, null, 2)}\n`);
}

/** "edge 127.0.0.1:8080, edge.yaml, process 4711, since 2026-11-28 08:12:04". */
export function edgeLine({ admin, listeners, source, pid, started }: AnsweringEdge, style: TerminalStyle): string {
  const words =
    listeners === null || source === null || pid === null || started === null
      ? `edge at ${admin}`
      : `edge ${listeners.join(", ")}, ${source}, process ${pid}, since ${localTime(Date.parse(started))}`;
  return painter(style)("dim", printable(words, style.unicode));
}
