import { statSync } from "node:fs";
import { basename, join } from "node:path";
import type { StaticRequest, StaticServe } from "../../contract/plan.ts";
import { NO_BODY, type Reply } from "../../contract/reply.ts";
import { fieldValueProblem } from "../../http/fields/field-rules.ts";
import { textReply } from "../text-reply.ts";
import { localPath, uriPath, uriQuery } from "../uri.ts";
import { evaluatePreconditions } from "./conditional.ts";
import { fileType, knownType, type FileType } from "./content-type.ts";
import { fileBody, FileChanged, headBody } from "./file-body.ts";
import { filePath } from "./file-path.ts";
import { type FileFacts, FileTree, type Found, type SymlinkRule } from "./file-tree.ts";
import { httpDate } from "../../time/http-date.ts";
import { contentRange, multipartByteranges } from "./multipart.ts";
import { acceptedCodings, type Coding, CODING_EXTENSIONS } from "./negotiate.ts";
import { type ByteRange, parseRange } from "./range.ts";
import { type Validators, validatorsOf } from "./validators.ts";

export interface StaticOptions {
  /** Absolute. */
  readonly root: string;
  /** Taken from the front of the path, by whole segments. */
  readonly stripPrefix?: string | undefined;
  /** Names tried, in order, when a directory is asked for. */
  readonly index: readonly string[];
  /** Serve `file.zst`, `file.br` or `file.gz` beside `file` to a client that accepts it. */
  readonly precompressed: boolean;
  readonly symlinks: SymlinkRule;
  /** Value of Cache-Control. */
  readonly cacheControl?: string | undefined;
  /** File below the root that answers with 200 when nothing is found, unless the path names a file of another type. */
  readonly fallback?: string | undefined;
}

/** What is served of a file: itself, or a compressed sibling. */
interface Representation {
  readonly file: FileFacts;
  readonly type: FileType;
  readonly coding: Coding | "identity";
}

type Field = readonly [string, string];

/** A file that is replaced or removed between lookup and reading is looked up again, so many times in all. */
const ATTEMPTS = 3;

/**
 * Serves the files below a root.
 * @param now wall clock, milliseconds since the epoch
 * @throws RangeError for options that cannot work
 */
export function createStatic(options: StaticOptions, now: () => number = Date.now): StaticServe {
  const site = new StaticSite(options, now);
  return async (request) => site.serve(request);
}

class StaticSite {
  private readonly options: StaticOptions;
  private readonly now: () => number;
  private readonly tree: FileTree;
  private readonly strip: readonly string[];
  private readonly fallback: readonly string[];

  constructor(options: StaticOptions, now: () => number) {
    if (statSync(options.root, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new RangeError(`static root "${options.root}" is not a directory`);
    }
    const problem = fieldValueProblem(options.cacheControl ?? "");
    if (problem !== null) throw new RangeError(`cacheControl: ${problem}`);
    this.options = options;
    this.now = now;
    this.tree = new FileTree(options.root, options.symlinks);
    this.strip = namesOf(options.stripPrefix ?? "");
    this.fallback = namesOf(options.fallback ?? "");
  }

  serve(request: StaticRequest): Reply {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return textReply(405, "Only GET and HEAD are served here.", [["Allow", "GET, HEAD"]]);
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return this.answer(request);
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : "";
        // Looking a file up needs no right to read it; its content does.
        if (code === "EACCES" || code === "EPERM") return forbidden(join(this.options.root, request.path));
        const changed = error instanceof FileChanged || code === "ENOENT";
        if (!changed || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private answer(request: StaticRequest): Reply {
    const path = filePath(request.path, this.strip);
    if (path === null)
      return notFound("no file is looked for: a name in the path is hidden, or none that a file may have");
    const { segments, directory } = path;
    const found = directory ? this.findIndex(segments) : this.tree.find(segments);
    switch (found.kind) {
      case "file":
        return this.reply(request, found.file);
      case "forbidden":
        return forbidden(this.nameOf(segments));
      case "none":
        return this.replyWithFallback(request, () =>
          directory ? this.noIndex(segments) : this.absence(segments, found.why),
        );
      case "directory":
        // Without the slash, relative links in the index would lead beside the directory.
        if (this.findIndex(segments).kind !== "file")
          return this.replyWithFallback(request, () => this.noIndex(segments));
        return directoryRedirect(request);
    }
  }

  private nameOf(segments: readonly string[]): string {
    return join(this.options.root, ...segments);
  }

  private absence(segments: readonly string[], why: string): string {
    return `${this.nameOf(segments)} ${why}`;
  }

  private noIndex(segments: readonly string[]): string {
    const directory = this.tree.find(segments);
    if (directory.kind === "none") return this.absence(segments, directory.why);
    const { index } = this.options;
    const names = index.length === 0 ? "no index is configured" : `has no ${index.join(" or ")}`;
    return this.absence(segments, names);
  }

  private findIndex(segments: readonly string[]): Found {
    for (const name of this.options.index) {
      const found = this.tree.find([...segments, name]);
      if (found.kind === "file" || found.kind === "forbidden") return found;
    }
    return { kind: "none", why: "" };
  }

  /** `absence`: what was looked for, and why it is not served. */
  private replyWithFallback(request: StaticRequest, absence: () => string): Reply {
    const { fallback = "" } = this.options;
    if (this.fallback.length === 0) return notFound(absence());
    if (this.isAsset(request.path)) {
      return notFound(`${absence()}; the fallback ${fallback} stands for no other type of file`);
    }
    const found = this.tree.find(this.fallback);
    if (found.kind === "file") return this.reply(request, found.file);
    return notFound(`${absence()}; the fallback ${fallback} is no file either`);
  }

  /**
   * The path names a file of another type than the fallback's: a page in place of a script or a picture that is missing
   * would hide the mistake, and be stored under its name. The path alone decides, so that caches need no Vary.
   */
  private isAsset(path: string): boolean {
    const type = knownType(path.slice(path.lastIndexOf("/") + 1));
    return type !== null && type !== knownType(this.fallback.at(-1)!);
  }

  private reply(request: StaticRequest, file: FileFacts): Reply {
    const now = this.now();
    const representation = this.represent(request, file);
    const validators = validatorsOf(representation.file, representation.coding, now);
    const verdict = evaluatePreconditions((name) => request.get(name), validators, now);
    if (verdict === "failed") return textReply(412, "The file is not in the state that the request demands.");
    const fields = this.commonFields(representation, validators);
    // RFC 9110 §15.4.5: only what a 200 would tell about caching.
    if (verdict === "not-modified") return { status: 304, fields, body: NO_BODY };
    if (representation.coding !== "identity") fields.push(["Content-Encoding", representation.coding]);
    fields.push(["Accept-Ranges", "bytes"]);
    // RFC 9110 §14.2: Range is defined for GET alone.
    const ranged = request.method === "GET" && verdict === "proceed";
    return ranged ? rangeReply(request, representation, fields) : wholeReply(request, representation, fields);
  }

  /** The compressed sibling that the client likes best (of those alike the smallest), or the plain file. */
  private represent(request: StaticRequest, file: FileFacts): Representation {
    const type = fileType(basename(file.asked));
    const plain: Representation = { file, type, coding: "identity" };
    if (!this.options.precompressed || !type.compressible) return plain;
    let best = plain;
    let bestQuality = 0;
    for (const { coding, quality } of acceptedCodings(request.get("accept-encoding"))) {
      const sibling = this.tree.findBeside(file, CODING_EXTENSIONS[coding]);
      if (sibling === null || sibling.size >= file.size) continue;
      if (quality < bestQuality || (quality === bestQuality && sibling.size >= best.file.size)) continue;
      best = { file: sibling, type, coding };
      bestQuality = quality;
    }
    return best;
  }

  private commonFields({ type }: Representation, validators: Validators): Field[] {
    const fields: Field[] = [
      ["ETag", validators.etag],
      ["Last-Modified", httpDate(validators.lastModified)],
    ];
    if (this.options.cacheControl !== undefined) fields.push(["Cache-Control", this.options.cacheControl]);
    // Also while no sibling exists: a cache must not give the plain file for ever once there is one.
    if (this.options.precompressed && type.compressible) fields.push(["Vary", "Accept-Encoding"]);
    return fields;
  }
}

function wholeReply(request: StaticRequest, { file, type }: Representation, fields: Field[]): Reply {
  const parts = [{ start: 0, end: file.size }];
  fields.unshift(["Content-Type", type.type]);
  const body = request.method === "HEAD" ? headBody(file, parts) : fileBody(file, parts);
  return { status: 200, fields, body };
}

function rangeReply(request: StaticRequest, representation: Representation, fields: Field[]): Reply {
  const { file, type } = representation;
  const wanted = parseRange(request.get("range"), file.size);
  if (wanted.kind === "whole") return wholeReply(request, representation, fields);
  if (wanted.kind === "unsatisfiable") {
    return textReply(416, `The file has ${file.size} bytes.`, [["Content-Range", `bytes */${file.size}`]]);
  }
  const [single] = wanted.ranges;
  if (single === undefined || wanted.ranges.length > 1) return multipartReply(wanted.ranges, representation, fields);
  fields.unshift(["Content-Type", type.type], ["Content-Range", contentRange(single, file.size)]);
  return { status: 206, fields, body: fileBody(file, [single]) };
}

function multipartReply(ranges: readonly ByteRange[], { file, type }: Representation, fields: Field[]): Reply {
  const boundary = crypto.randomUUID();
  fields.unshift(["Content-Type", `multipart/byteranges; boundary=${boundary}`]);
  return { status: 206, fields, body: fileBody(file, multipartByteranges(ranges, file.size, type.type, boundary)) };
}

function directoryRedirect(request: StaticRequest): Reply {
  const query = request.query === undefined || request.query === "" ? "" : `?${uriQuery(request.query)}`;
  const location = `${localPath(uriPath(request.path))}/${query}`;
  return textReply(301, location, [["Location", location]]);
}

/** Longest note that is kept of a reply, characters: a path can be as long as a head. */
const MAX_NOTE = 500;

function notFound(note: string): Reply {
  return noted(textReply(404, "There is no such file."), note);
}

function forbidden(name: string): Reply {
  return noted(textReply(403, "This file cannot be read."), `the system does not let the edge read ${name}`);
}

function noted(reply: Reply, note: string): Reply {
  return { ...reply, note: note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE)}…` : note };
}

/** The names in a path of the config. */
function namesOf(path: string): readonly string[] {
  return path.split("/").filter((name) => name !== "");
}
