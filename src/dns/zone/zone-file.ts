/**
 * Zone files (RFC 1035 §5, RFC 2308 §4 `$TTL`, BIND's `$GENERATE`). Reads records into whatever takes them; a bad entry
 * is told with line and column, and reading goes on behind it, so that all problems are told at once.
 */
import { errorMessage } from "../../error-message.ts";
import { MAX_NAME } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { expandRange, parseRange } from "./generate.ts";
import { nameProblem, readName } from "./name-reader.ts";
import { MAX_TTL, readTtl } from "./number-reader.ts";
import { RdataReader, textOf } from "./rdata-reader.ts";
import { RecordHead } from "./record-head.ts";
import { ZoneLexer } from "./zone-lexer.ts";
import { locate, type ZoneProblem } from "./zone-problem.ts";

/**
 * Takes a record; `owner` [0, ownerLength) may be changed by it, its data is bytes [0, dataLength), which hold during
 * the call only. Answers what is wrong, or "".
 */
export type RecordSink = (
  owner: Uint8Array,
  ownerLength: number,
  type: number,
  ttl: number,
  data: Uint8Array,
  dataLength: number,
) => string;

export interface OpenedFile {
  /** Named in problems. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface ZoneFileOptions {
  /** Named in problems. */
  readonly file: string;
  /** Lower or mixed case; what `@` stands for at the beginning. */
  readonly origin: Uint8Array;
  readonly sink: RecordSink;
  /** Opens what `$INCLUDE` names, relative to the including file; throws, or rejects, with a message when it cannot. */
  readonly include?: (path: string, from: string) => OpenedFile | Promise<OpenedFile>;
}

/** Problems told of one zone; a file that is not a zone at all need not be told line by line. */
const MAX_PROBLEMS = 50;
/** Depth of `$INCLUDE`: a file that includes itself ends here. */
const MAX_INCLUDES = 16;
const DOLLAR = 0x24;
const DIRECTIVES = ["$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"];

/** A file that is being read, and what is to hold again behind it. */
interface Frame {
  readonly file: string;
  readonly lexer: ZoneLexer;
  readonly outerOrigin: Uint8Array;
  readonly outerOwner: Uint8Array;
}

interface Generating {
  /** Stands at the directive. */
  readonly lexer: ZoneLexer;
  readonly words: readonly string[];
  readonly range: { readonly stop: number; readonly step: number };
  /** The next one. */
  number: number;
}

/** Reads a zone file piece by piece, so that a large one need not hold up whatever else the process does. */
export class ZoneFileReader {
  readonly problems: ZoneProblem[] = [];
  /** Until when nothing is read: an included file is on its way. It never rejects; null: nothing is waited for. */
  waiting: Promise<void> | null = null;
  readonly #options: ZoneFileOptions;
  readonly #frames: Frame[];
  readonly #head = new RecordHead();
  readonly #rdata = new RdataReader();
  #origin: Uint8Array;
  readonly #owner = new Uint8Array(MAX_NAME + 1);
  #ownerLength = 0;
  /** The name as the sink gets it, which may change it. */
  readonly #given = new Uint8Array(MAX_NAME + 1);
  /** -1: none yet. */
  #defaultTtl = -1;
  #lastTtl = -1;
  /** The `$GENERATE` whose lines are being read, each as an entry. */
  #generating: Generating | null = null;

  constructor(bytes: Uint8Array, options: ZoneFileOptions) {
    this.#options = options;
    this.#origin = options.origin;
    const nothing = new Uint8Array(0);
    const lexer = new ZoneLexer(bytes);
    this.#frames = [{ file: options.file, lexer, outerOrigin: nothing, outerOwner: nothing }];
  }

  /** Reads at most this many entries, none while it is `waiting`; false when there are no more, or too many of them were bad. */
  step(entries: number): boolean {
    for (let count = 0; count < entries; count++) {
      const frame = this.#frames.at(-1);
      if (this.waiting !== null) return true;
      if (frame === undefined || this.#tooMany) return false;
      const { lexer } = frame;
      if (this.#generating !== null) this.#generateOne(this.#generating);
      else if (!lexer.next()) this.#leave(frame);
      else if (lexer.problem !== null) this.#report(lexer, lexer.problem.offset, lexer.problem.message);
      else if (this.#isDirective(lexer)) this.#directive(lexer);
      else this.#record(lexer);
    }
    return true;
  }

  get #tooMany(): boolean {
    return this.problems.length >= MAX_PROBLEMS;
  }

  #isDirective(lexer: ZoneLexer): boolean {
    return !lexer.indented && lexer.bytes[lexer.start[0]!] === DOLLAR && lexer.quoted[0] === 0;
  }

  // ---- problems

  #fail(lexer: ZoneLexer, token: number, message: string, expected = "", words: readonly string[] = []): void {
    const missing = token >= lexer.count;
    const word = missing ? "" : textOf(lexer, token);
    // Of a quoted word the quote.
    const offset = missing ? lexer.endOf(lexer.count - 1) : lexer.start[token]! - lexer.quoted[token]!;
    this.#report(lexer, offset, missing ? message : `"${shortened(word)}" ${message}`, expected, word, words);
  }

  #report(
    lexer: ZoneLexer,
    offset: number,
    message: string,
    expected = "",
    word = "",
    words: readonly string[] = [],
  ): void {
    const { file } = this.#frames.at(-1)!;
    const { sourceLine, column } = locate(lexer.bytes, offset);
    this.problems.push({ file, line: lexer.lineAt(offset), column, message, expected, word, words, sourceLine });
  }

  // ---- records

  #record(lexer: ZoneLexer): void {
    let token = 0;
    if (!lexer.indented) {
      const length = readName(lexer.bytes, lexer.start[0]!, lexer.end[0]!, this.#origin, this.#owner, 0);
      this.#ownerLength = Math.max(length, 0);
      if (length < 0) return this.#fail(lexer, 0, nameProblem, "a domain name");
      token = 1;
    } else if (this.#ownerLength === 0) {
      return this.#fail(lexer, 0, "has no owner: there is none before whose name it could take");
    }
    const head = this.#head;
    if (!head.read(lexer, token)) {
      const { token: at, message, expected, words } = head.problem!;
      return this.#fail(lexer, at, message, expected, words);
    }
    const rdata = this.#rdata;
    if (!rdata.read(lexer, head.dataToken, head.type, this.#origin)) {
      const { token: at, message, expected } = rdata.problem!;
      return this.#fail(lexer, at, message, expected);
    }
    const ttl = this.#ttlOf(head.ttl, head.type);
    if (ttl < 0)
      return this.#fail(lexer, 0, "has no TTL, and none is stated before", "a $TTL directive, such as $TTL 1h");
    this.#give(lexer, ttl);
  }

  /** RFC 2308 §4: the record's own, else `$TTL`, else (RFC 1035 §5.1) the last one stated, else the SOA's minimum; else -1. */
  #ttlOf(stated: number, type: number): number {
    if (stated >= 0) this.#lastTtl = stated;
    else if (this.#defaultTtl >= 0) return this.#defaultTtl;
    else if (this.#lastTtl < 0 && type === RecordType.SOA) {
      const { bytes, length } = this.#rdata;
      this.#lastTtl = Math.min(MAX_TTL, Buffer.from(bytes.buffer, length - 4, 4).readUInt32BE());
    }
    return this.#lastTtl;
  }

  #give(lexer: ZoneLexer, ttl: number): void {
    const given = this.#given;
    const length = this.#ownerLength;
    for (let at = 0; at < length; at++) given[at] = this.#owner[at]!;
    const { type, dataToken } = this.#head;
    const wrong = this.#options.sink(given, length, type, ttl, this.#rdata.bytes, this.#rdata.length);
    if (wrong !== "") this.#fail(lexer, lexer.indented ? dataToken - 1 : 0, wrong);
  }

  // ---- directives

  #directive(lexer: ZoneLexer): void {
    switch (textOf(lexer, 0).toUpperCase()) {
      case "$ORIGIN":
        this.#setOrigin(lexer, 1);
        return;
      case "$TTL": {
        if (lexer.count > 2) return this.#fail(lexer, 2, "is one word too many for $TTL");
        const ttl = lexer.count === 2 ? readTtl(lexer.bytes, lexer.start[1]!, lexer.end[1]!) : -1;
        if (ttl >= 0) this.#defaultTtl = ttl;
        else {
          const expected = `$TTL and seconds up to ${MAX_TTL}, or such as 1h30m`;
          this.#fail(lexer, 1, lexer.count === 2 ? "is not a TTL" : "the TTL is missing", expected);
        }
        return;
      }
      case "$INCLUDE":
        this.#include(lexer);
        return;
      case "$GENERATE":
        this.#generate(lexer);
        return;
      default:
        this.#fail(lexer, 0, "is not a directive", `one of ${DIRECTIVES.join(", ")}`, DIRECTIVES);
    }
  }

  #setOrigin(lexer: ZoneLexer, token: number): boolean {
    const name = new Uint8Array(MAX_NAME + 1);
    if (lexer.count > token + 1) {
      this.#fail(lexer, token + 1, "is one word too many: an origin is one name");
      return false;
    }
    if (lexer.count === token) {
      this.#fail(lexer, token, "the origin is missing", "a domain name");
      return false;
    }
    const length = readName(lexer.bytes, lexer.start[token]!, lexer.end[token]!, this.#origin, name, 0);
    if (length < 0) {
      this.#fail(lexer, token, nameProblem, "a domain name");
      return false;
    }
    this.#origin = name.slice(0, length);
    return true;
  }

  #include(lexer: ZoneLexer): void {
    const { include } = this.#options;
    if (lexer.count < 2) return this.#fail(lexer, 1, "the file is missing", "$INCLUDE file [origin]");
    if (include === undefined) return this.#fail(lexer, 0, "is not possible here: this zone is in no file");
    if (this.#frames.length > MAX_INCLUDES) {
      return this.#fail(lexer, 1, `is included ${MAX_INCLUDES} files deep: does it include itself?`);
    }
    const outerOrigin = this.#origin;
    if (lexer.count > 2 && !this.#setOrigin(lexer, 2)) return;
    const enter = ({ file, bytes }: OpenedFile): void => {
      const outerOwner = this.#owner.slice(0, this.#ownerLength);
      this.#frames.push({ file, lexer: new ZoneLexer(bytes), outerOrigin, outerOwner });
    };
    const fail = (error: unknown): void => {
      this.#origin = outerOrigin;
      this.#fail(lexer, 1, `cannot be read: ${errorMessage(error)}`);
    };
    try {
      const opened = include(textOf(lexer, 1), this.#frames.at(-1)!.file);
      if (opened instanceof Promise) {
        this.waiting = opened.then(enter, fail).finally(() => {
          this.waiting = null;
        });
      } else {
        enter(opened);
      }
    } catch (error) {
      fail(error);
    }
  }

  /** RFC 1035 §5.1: origin and owner of the including file are behind an `$INCLUDE` what they were before it. */
  #leave(frame: Frame): void {
    this.#frames.pop();
    this.#origin = frame.outerOrigin;
    this.#owner.set(frame.outerOwner);
    this.#ownerLength = frame.outerOwner.length;
  }

  /** `$GENERATE 1-100/2 host-$ 300 A 10.0.0.$`: each line is read as if it stood there. */
  #generate(lexer: ZoneLexer): void {
    if (lexer.count < 5) {
      const expected = "$GENERATE start-stop[/step] owner [TTL] [class] type data";
      return this.#fail(lexer, lexer.count, "$GENERATE needs more", expected);
    }
    const range = parseRange(textOf(lexer, 1));
    if (typeof range === "string") return this.#fail(lexer, 1, range, "start-stop[/step], at most 65,536 numbers");
    const words = Array.from({ length: lexer.count - 2 }, (_, index) => {
      const text = textOf(lexer, index + 2);
      return lexer.quoted[index + 2] === 1 ? `"${text}"` : text;
    });
    if (range.start <= range.stop) this.#generating = { lexer, words, range, number: range.start };
  }

  #generateOne(generating: Generating): void {
    const { lexer, words, range, number } = generating;
    const before = this.problems.length;
    generating.number += range.step;
    if (generating.number > range.stop) this.#generating = null;
    const line = expandRange(words, number);
    if (typeof line !== "string") {
      this.#generating = null;
      return this.#fail(lexer, 2, line.problem);
    }
    const inner = new ZoneLexer(Buffer.from(line, "latin1"));
    inner.next();
    this.#record(inner);
    if (this.problems.length === before) return;
    // Told once, at the directive: the line that was generated stands in no file.
    this.#generating = null;
    const { message, expected } = this.problems.pop()!;
    this.#report(lexer, lexer.start[2]!, `${message} (with $ = ${number})`, expected);
  }
}

/** Words are shown in messages: of a long one its beginning. */
function shortened(word: string): string {
  return word.length > 64 ? `${word.slice(0, 60)}…` : word;
}
