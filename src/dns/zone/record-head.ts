import { LOWER } from "../wire/name.ts";
import { isMessageType, RecordType, TYPE_NAMES, typeName, typeNumber } from "../wire/record-type.ts";
import { MAX_TTL, readTtl } from "./number-reader.ts";
import { textOf } from "./rdata-reader.ts";
import type { ZoneLexer } from "./zone-lexer.ts";

export interface HeadProblem {
  readonly token: number;
  readonly message: string;
  readonly expected: string;
  readonly words: readonly string[];
}

/** RFC 1035 §5.1: what stands between owner and data: [TTL] [class] type, or [class] [TTL] type. One object reads all. */
export class RecordHead {
  /** Seconds; -1: not stated. */
  ttl = -1;
  type = 0;
  /** The first word of the data. */
  dataToken = 0;
  problem: HeadProblem | null = null;

  /** False with `problem` when the words from this one on are no head. */
  read(lexer: ZoneLexer, from: number): boolean {
    this.ttl = -1;
    this.problem = null;
    let hasClass = false;
    let token = from;
    for (; token < lexer.count; token++) {
      if (!hasClass && isInternet(lexer, token)) {
        hasClass = true;
        continue;
      }
      const first = lexer.bytes[lexer.start[token]!]!;
      if (this.ttl >= 0 || first < 0x30 || first > 0x39) break;
      this.ttl = readTtl(lexer.bytes, lexer.start[token]!, lexer.end[token]!);
      if (this.ttl < 0) return this.#fail(token, "is not a TTL", `seconds up to ${MAX_TTL}, or such as 1h30m`);
    }
    if (token >= lexer.count) {
      return this.#fail(lexer.count, "the record's type is missing", "a type such as A, MX or TXT");
    }
    this.type = readType(lexer, token);
    this.dataToken = token + 1;
    if (this.type < 0) return this.#failType(lexer, token);
    if (!isMessageType(this.type)) return true;
    return this.#fail(token, `is not a type of a record in a zone: ${typeName(this.type)} is for messages`, "");
  }

  #failType(lexer: ZoneLexer, token: number): false {
    const word = textOf(lexer, token).toUpperCase();
    if (/^(CH|HS|CS|CLASS\d{1,5})$/.test(word)) {
      return this.#fail(token, "is a class that is not served", "IN");
    }
    return this.#fail(token, "is not a record type", "a type such as A, MX or TXT", TYPE_NAMES);
  }

  #fail(token: number, message: string, expected: string, words: readonly string[] = []): false {
    this.problem = { token, message, expected, words };
    return false;
  }
}

/** `IN` in either case, or `CLASS1` (RFC 3597 §5). */
function isInternet(lexer: ZoneLexer, token: number): boolean {
  const { bytes } = lexer;
  const start = lexer.start[token]!;
  const length = lexer.end[token]! - start;
  if (lexer.quoted[token] === 1) return false;
  if (length === 2) return LOWER[bytes[start]!] === 0x69 && LOWER[bytes[start + 1]!] === 0x6e;
  return length === 6 && textOf(lexer, token).toUpperCase() === "CLASS1";
}

/** The type at a token, -1 when it is none. The commonest are recognised without a string. */
function readType(lexer: ZoneLexer, token: number): number {
  const { bytes } = lexer;
  const start = lexer.start[token]!;
  const length = lexer.end[token]! - start;
  const first = LOWER[bytes[start]!]!;
  if (length === 1 && first === 0x61) return RecordType.A;
  if (length === 2 && first === 0x6e && LOWER[bytes[start + 1]!] === 0x73) return RecordType.NS;
  return typeNumber(textOf(lexer, token)) ?? -1;
}
