/** What is wrong with a YAML text, and what would fix it: most often quotes. */
import { isCollection, visit } from "yaml";
import type { Document, ErrorCode } from "yaml";

export interface YamlFault {
  /** Offset in the text. */
  readonly at: number;
  /** One clause without a full stop. */
  readonly message: string;
  readonly remedy?: string;
}

/** A plain value that begins with what YAML takes for something else, or holds it. */
const QUOTE: ReadonlySet<string> = new Set<ErrorCode | "DANGLING_ALIAS">([
  "BAD_ALIAS",
  "BAD_SCALAR_START",
  "BLOCK_AS_IMPLICIT_KEY",
  "BLOCK_IN_FLOW",
  "DANGLING_ALIAS",
  "TAG_RESOLVE_FAILED",
]);

interface Found {
  readonly code: string;
  readonly at: number;
  readonly message: string;
}

/** In the order of the text. */
export function yamlFaults(document: Document.Parsed, text: string): YamlFault[] {
  const parsed = [...document.errors, ...document.warnings].map(({ code, pos, message }): Found => ({
    code,
    at: pos[0],
    message: clause(message),
  }));
  const found = [...parsed, ...misread(document)].toSorted((a, b) => a.at - b.at);
  const lost = found.findIndex(({ code }) => code === "UNEXPECTED_TOKEN");
  return found
    .filter(({ code }, index) => code !== "UNEXPECTED_TOKEN" || index === lost)
    .filter(({ at }, index, all) => all.findIndex((one) => one.at === at) === index)
    .map(({ code, at, message }) => ({ at, ...wordsOf(code, at, message, text) }));
}

function wordsOf(code: string, at: number, message: string, text: string): Pick<YamlFault, "message" | "remedy"> {
  if (code === "TAB_AS_INDENT") return { message, remedy: "indent with spaces" };
  if (code === "MULTIPLE_DOCS") return { message: "a second document begins here", remedy: "take away the line ---" };
  if (code === "COLLECTION_KEY") return { message, remedy: "quote the whole value, which begins with a bracket" };
  if (QUOTE.has(code)) return { message, remedy: `quote it: ${JSON.stringify(plainText(text, at))}` };
  if (code !== "UNEXPECTED_TOKEN" || !"{}[],*&@`\"'".includes(text[at] ?? " ")) return { message };
  const begin = text.slice(0, at).search(/[^\s,[{]+$/);
  if (begin === -1) return { message };
  return { message, remedy: `quote it: ${JSON.stringify(plainText(text, begin))}` };
}

/** What the parser takes, and finds no meaning for when it makes the value. */
function misread(document: Document.Parsed): Found[] {
  const found: Found[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const message = `no anchor is called ${JSON.stringify(alias.source)}`;
      found.push({ code: "DANGLING_ALIAS", at: alias.range?.[0] ?? 0, message });
    },
    Pair: (_key, { key }) => {
      if (!isCollection(key)) return;
      found.push({ code: "COLLECTION_KEY", at: key.range?.[0] ?? 0, message: "a list or an object is not a name" });
    },
  });
  return found;
}

/** The plain value that begins there: to the end of the line, within brackets to the next comma or bracket. */
function plainText(text: string, at: number): string {
  const lineBegin = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.indexOf("\n", at);
  const before = text.slice(lineBegin, at);
  const rest = text.slice(at, lineEnd === -1 ? text.length : lineEnd).replace(/\s#.*$/, "");
  const isFlow = /[[{][^\]}]*$/.test(before);
  let depth = 0;
  let end = 0;
  for (; isFlow && end < rest.length; end++) {
    const character = rest[end]!;
    if ("{[".includes(character)) depth++;
    else if (depth === 0 && "}],".includes(character)) break;
    else if ("}]".includes(character)) depth--;
  }
  return (isFlow ? rest.slice(0, end) : rest).trim();
}

/** "Map keys must be unique" → "map keys must be unique". */
export function clause(message: string): string {
  return (message[0] ?? "").toLowerCase() + message.slice(1).replace(/\.$/, "");
}
