import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The parsing cases of llhttp (nodejs/llhttp, MIT), which are Markdown: under each heading a meta comment, the bytes
 * in an `http` block and the parser's expected events in a `log` block.
 */

const ARCHIVE = join(import.meta.dir, "../../../../shared/vectors/llhttp-md.tar.gz");

export interface ExpectedMessage {
  /** Method and target of a request, status of a response. */
  start: string;
  fields: Array<[string, string]>;
  body: string;
  complete: boolean;
  headComplete: boolean;
}

export interface LlhttpCase {
  /** `request/sample: Simple request`. */
  readonly name: string;
  readonly side: "request" | "response";
  /** Flags such as `lenient-headers`; empty in strict mode. */
  readonly flags: string;
  /** The user told llhttp that no body follows, whatever the fields say, as after HEAD. */
  readonly skipBody: boolean;
  readonly input: string;
  readonly messages: ExpectedMessage[];
  /** What llhttp says when it refuses the input; null when it takes it. */
  readonly error: string | null;
  /** llhttp stops before the end, since a tunnel begins. */
  readonly tunnel: boolean;
}

/** Every request and response case, or null when the archive is not there. */
export async function loadLlhttpCases(): Promise<LlhttpCase[] | null> {
  if (!(await Bun.file(ARCHIVE).exists())) return null;
  const directory = mkdtempSync(join(tmpdir(), "llhttp-"));
  try {
    const tar = Bun.spawnSync(["tar", "xzf", ARCHIVE, "-C", directory]);
    if (tar.exitCode !== 0) throw new Error(`tar: ${tar.stderr.toString()}`);
    const cases: LlhttpCase[] = [];
    for (const folder of ["request", "response"]) {
      const path = join(directory, "test", folder);
      for (const file of readdirSync(path).toSorted()) {
        cases.push(...parseCases(`${folder}/${file.replace(/\.md$/, "")}`, readFileSync(join(path, file), "utf8")));
      }
    }
    return cases;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function parseCases(file: string, markdown: string): LlhttpCase[] {
  const cases: LlhttpCase[] = [];
  const pattern = /^#+ (.+)$|^<!-- meta=(\{.*\}) *-->$|^```(http|log)\n([\s\S]*?)\n?```$/gm;
  let title = "";
  let type = "";
  let skipBody = false;
  let input = "";
  for (const [, heading, meta, block, content = ""] of markdown.matchAll(pattern)) {
    if (heading !== undefined) title = heading;
    else if (meta !== undefined)
      ({ type = "", skipBody = false } = JSON.parse(meta) as { type?: string; skipBody?: boolean });
    else if (block === "http") input = unescapeInput(content);
    else if (type !== "") {
      const side = type.startsWith("request") ? "request" : "response";
      cases.push({
        name: `${file}: ${title}`,
        side,
        flags: type.slice(side.length + 1),
        skipBody,
        input,
        ...parseLog(content),
      });
    }
  }
  return cases;
}

/** As llhttp's own runner does: "\" at the end joins lines, a line ends with CRLF, then escapes. */
function unescapeInput(text: string): string {
  return unescape(text.replace(/\\\n/g, "").replace(/\n/g, "\r\n"));
}

function unescape(text: string): string {
  return text
    .replace(/\\r/g, "\r")
    .replace(/\\n/g, "\n")
    .replace(/\\t/g, "\t")
    .replace(/\\f/g, "\f")
    .replace(/\\x([0-9a-fA-F]+)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Code for the place where a tunnel begins, which is no error. */
const UPGRADE = "22";

function parseLog(log: string): Pick<LlhttpCase, "messages" | "error" | "tunnel"> {
  const messages: ExpectedMessage[] = [];
  let error: string | null = null;
  let tunnel = false;
  let name = "";
  let value = "";
  for (const line of log.split("\n")) {
    const failed = /error code=(\d+) reason="(.*)"/.exec(line);
    if (failed?.[1] === UPGRADE) tunnel = true;
    else if (failed !== null) error = failed[2]!;
    if (/message begin/.test(line)) {
      messages.push({ start: "", fields: [], body: "", complete: false, headComplete: false });
      name = value = "";
    }
    const message = messages.at(-1);
    if (message === undefined) continue;
    const span = /span\[(\w+)\]=(".*"|cr|lf)$/.exec(line);
    if (span !== null) {
      const text = spanText(span[2]!);
      if (span[1] === "method" || span[1] === "url") message.start += text;
      else if (span[1] === "body") message.body += text;
      else if (span[1] === "header_field") name += text;
      else if (span[1] === "header_value") value += text;
    } else if (line.includes("method complete")) message.start += " ";
    else if (line.includes("header_value complete")) {
      if (!message.headComplete) message.fields.push([name, value.replace(/[ \t]+$/, "")]);
      name = value = "";
    } else if (line.includes("headers complete")) {
      message.headComplete = true;
      const status = /status=(\d+)/.exec(line);
      if (status !== null) message.start = status[1]!;
    } else if (line.includes("message complete")) message.complete = true;
  }
  return { messages, error, tunnel };
}

function spanText(text: string): string {
  if (text === "cr") return "\r";
  if (text === "lf") return "\n";
  return unescape(text.slice(1, -1));
}
