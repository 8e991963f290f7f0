import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { ErrorPages, ErrorPageRequest } from "../../contract/plan.ts";
import type { Reply } from "../../contract/reply.ts";
import { acceptRank } from "../../fault/accept.ts";
import { reasonPhrase } from "../../http/status.ts";
import { fileType } from "../static/content-type.ts";

/** By "404" or "4xx": absolute names of files, and whether an upstream's own errors are replaced as well. */
export type ErrorPagesOptions = Readonly<
  Record<string, { readonly files: readonly string[]; readonly upstream: boolean }>
>;

/** Bytes of one file: it is kept in memory. */
export const MAX_PAGE = 1024 * 1024;

/** What a page may say of the error. */
const VARIABLE = /\$\{(status|reason|trace\.id)\}/;

interface Page {
  readonly type: string;
  /** The file, at every odd place the name of a variable. */
  readonly parts: readonly string[];
}

interface PageSet {
  readonly pages: readonly Page[];
  readonly upstream: boolean;
}

/** The pages of a route, or of the whole edge, read once. */
export class FileErrorPages implements ErrorPages {
  readonly #sets: ReadonlyMap<string, PageSet>;
  readonly #others: ErrorPages | null;

  /**
   * @param others asked for statuses that have no page here
   * @throws RangeError for a file that cannot be read
   */
  constructor(options: ErrorPagesOptions, others: ErrorPages | null) {
    this.#others = others;
    this.#sets = new Map(
      Object.entries(options).map(([statuses, { files, upstream }]) => [
        statuses,
        { upstream, pages: files.map(readPage) },
      ]),
    );
  }

  pageFor(request: ErrorPageRequest): Reply | null {
    const { status } = request;
    const set = this.#sets.get(String(status)) ?? this.#sets.get(`${String(status)[0]}xx`);
    if (set === undefined) return this.#others?.pageFor(request) ?? null;
    if (request.ofUpstream && !set.upstream) return null;
    const page = choose(set.pages, request.accept);
    if (page === null) return null;
    const text = page.parts.map((part, index) => (index % 2 === 0 ? part : valueOf(part, request))).join("");
    return { status, fields: [["Content-Type", page.type]], body: { kind: "bytes", bytes: Buffer.from(text) } };
  }
}

function readPage(file: string): Page {
  let text: string;
  try {
    if (statSync(file).size > MAX_PAGE) throw new RangeError(`has more than ${MAX_PAGE} bytes`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof RangeError ? error.message : "cannot be read";
    throw new RangeError(`the error page ${file} ${why}`, { cause: error });
  }
  return { type: fileType(basename(file)).type, parts: text.split(VARIABLE) };
}

/** The page whose type the client likes best; the first for a client that does not say. Null: it accepts none. */
function choose(pages: readonly Page[], accept: string | undefined): Page | null {
  if (accept === undefined) return pages[0]!;
  let best: Page | null = null;
  let bestRank = 0;
  for (const page of pages) {
    const rank = acceptRank(page.type.split(";")[0]!, accept);
    if (rank <= bestRank) continue;
    best = page;
    bestRank = rank;
  }
  return best;
}

function valueOf(variable: string, { status, traceId }: ErrorPageRequest): string {
  if (variable === "status") return String(status);
  return variable === "reason" ? reasonPhrase(status) : traceId;
}
