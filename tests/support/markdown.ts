/** The little of Markdown that the tests of the documentation need. */

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** Of the opening fence, counted from 1. */
  readonly line: number;
}

export function codeBlocks(page: string): CodeBlock[] {
  const found: CodeBlock[] = [];
  let open: { fence: string; language: string; line: number; lines: string[] } | null = null;
  for (const [index, line] of page.split("\n").entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*([\w-]*)/.exec(line);
    if (open === null) {
      if (fence !== null) open = { fence: fence[1]!, language: fence[2]!, line: index + 1, lines: [] };
    } else if (fence !== null && fence[2] === "" && fence[1]!.startsWith(open.fence)) {
      found.push({ language: open.language, text: `${open.lines.join("\n")}\n`, line: open.line });
      open = null;
    } else {
      open.lines.push(line);
    }
  }
  return found;
}

/** Targets of `[text](target)`, outside code. */
export function links(page: string): string[] {
  const text = withoutCode(page);
  return [...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => match[1]!);
}

/** Anchors as GitHub makes them from headings. */
export function headingAnchors(page: string): string[] {
  return [...withoutFences(page).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map((match) =>
    match[1]!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

function withoutCode(page: string): string {
  return withoutFences(page).replace(/`[^`\n]*`/g, "");
}

function withoutFences(page: string): string {
  return page.replace(/^\s*(`{3,}|~{3,})[\s\S]*?^\s*\1\s*$/gm, "");
}
