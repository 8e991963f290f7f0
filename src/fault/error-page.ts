import type { FaultSide } from "../contract/fault.ts";

/** What an error page tells, whatever its form. */
export interface ErrorStory {
  readonly status: number;
  /** Reason phrase of RFC 9110 §15. */
  readonly phrase: string;
  readonly code: string;
  readonly stage: string;
  readonly side: FaultSide;
  /** What happened. */
  readonly title: string;
  /** What to do next. */
  readonly hint: string;
  readonly traceId: string;
  /** Whoever runs the edge reads it, no visitor. */
  readonly explained: boolean;
  /** Timer, limit, errno or address; empty unless the client may see it. */
  readonly detail: string;
}

/** In the order of the path, with the name that a visitor understands. */
const SIDES: ReadonlyArray<readonly [FaultSide, string]> = [
  ["client", "Your request"],
  ["edge", "This server"],
  ["upstream", "The service behind it"],
];

/** Complete, static but for the story: no script, no external resource, readable without the style. */
const STYLE = `:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:10vh auto;padding:0 1.25rem;color:#1b1b1f;background:#fff}
h1{font-size:1.4rem;line-height:1.3}h1 small{display:block;font-size:1rem;font-weight:400;color:#5a5a63}
ol{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem;padding:0}
li{flex:1;padding:.5rem .75rem;border:1px solid #8a8a94;border-radius:.4rem}
li[aria-current]{border:2px solid #b3261e;color:#b3261e;font-weight:600}
dt{font-weight:600}dd{margin:0 0 .75rem}
code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#16161a}h1 small{color:#a9a9b3}li[aria-current]{color:#ffb4ab;border-color:#ffb4ab}}`;

export function errorHtml(story: ErrorStory): string {
  const heading = `${story.status} ${story.phrase}`;
  const path = SIDES.map(([side, name]) =>
    side === story.side ? `<li aria-current="step">${name}: here it failed</li>` : `<li>${name}</li>`,
  ).join("");
  const detail = story.detail === "" ? "" : `<dt>Detail</dt><dd>${escapeHtml(story.detail)}</dd>\n`;
  const further = story.explained
    ? `All of it: <code>${escapeHtml(explainCommand(story))}</code>`
    : "Give it to whoever runs this site when you report the error.";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(heading)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1><small>${escapeHtml(heading)}</small>${escapeHtml(story.title)}</h1>
<ol aria-label="Where it failed">${path}</ol>
<dl>
<dt>What to do</dt><dd>${escapeHtml(story.hint)}</dd>
<dt>Fault</dt><dd><code>${escapeHtml(story.code)}</code> at the stage “${story.stage}”</dd>
${detail}<dt>Trace</dt><dd><code>${escapeHtml(story.traceId)}</code><br>${further}</dd>
</dl>
</main>
</body>
</html>
`;
}

/** RFC 9457 with `type` left at about:blank, so `title` is the reason phrase (§4.2.1); the rest are our own members. */
export function errorJson(story: ErrorStory): string {
  const problem = {
    title: story.phrase,
    status: story.status,
    detail: story.title,
    fault: story.code,
    stage: story.stage,
    side: story.side,
    hint: story.hint,
    traceId: story.traceId,
    ...(story.detail === "" ? {} : { cause: story.detail }),
  };
  return `${JSON.stringify(problem, null, 2)}\n`;
}

export function errorText(story: ErrorStory): string {
  const lines = [
    `${story.status} ${story.phrase}: ${story.title}`,
    "",
    `side    ${story.side}`,
    `fault   ${story.code} (stage: ${story.stage})`,
  ];
  if (story.detail !== "") lines.push(`detail  ${story.detail}`);
  lines.push(`next    ${story.hint}`, `trace   ${story.explained ? explainCommand(story) : story.traceId}`, "");
  return lines.join("\n");
}

function explainCommand({ traceId }: ErrorStory): string {
  return `roundtrip explain --id ${traceId}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
