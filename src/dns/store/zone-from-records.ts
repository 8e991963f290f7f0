import type { Slices } from "../../time/slices.ts";
import { parseName } from "../wire/name.ts";
import { isMessageType, RecordType, TYPE_NAMES, typeName, typeNumber } from "../wire/record-type.ts";
import { RdataReader, textOf } from "../zone/rdata-reader.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { ZoneLexer } from "../zone/zone-lexer.ts";
import { literalText } from "./literal-text.ts";
import { soaData } from "./soa-data.ts";
import { ttlOf } from "./ttl.ts";
import { inWords } from "./zone-from-file.ts";
import type { OwnerRecords, RecordsProblem, TimedRecordTexts, ZoneRecords } from "./zone-records.ts";

export interface BuiltZone {
  /** Null when there are problems. */
  readonly zone: ZoneData | null;
  readonly problems: readonly RecordsProblem[];
}

/** Of records for which nothing is stated, seconds. */
const DEFAULT_TTL = 3_600;
/** Until the zone's store has given it one. */
const NO_SERIAL = 0;
const EXPECTED_TTL = "seconds, or such as 1h30m";

/**
 * A zone from the configuration, every problem told at once. Its serial is 0 unless `soa.serial` is given.
 * @param apex in lower case.
 */
export function* zoneFromRecords(
  apex: Uint8Array,
  options: ZoneRecords,
  addMore?: (builder: ZoneBuilder) => Slices<void> | void,
): Slices<BuiltZone> {
  return yield* new RecordsReader(apex, options).read(addMore);
}

/** Seconds, of records that state no TTL; when what is stated is none, the default. */
export function ttlOfZone({ ttl }: ZoneRecords): number {
  const stated = ttl === undefined ? -1 : ttlOf(ttl);
  return stated < 0 ? DEFAULT_TTL : stated;
}

class RecordsReader {
  readonly #apex: Uint8Array;
  readonly #options: ZoneRecords;
  readonly #builder: ZoneBuilder;
  readonly #rdata = new RdataReader();
  readonly #problems: RecordsProblem[] = [];
  /** Target of the apex's first NS, wire form: the SOA names it unless told otherwise. */
  #firstServer: Uint8Array | null = null;

  constructor(apex: Uint8Array, options: ZoneRecords) {
    this.#apex = apex;
    this.#options = options;
    this.#builder = new ZoneBuilder(apex);
  }

  *read(addMore: ((builder: ZoneBuilder) => Slices<void> | void) | undefined): Slices<BuiltZone> {
    const { records, ttl: stated } = this.#options;
    const ttl = this.#ttl(stated, DEFAULT_TTL, ["ttl"]);
    for (const [name, owner] of Object.entries(records)) {
      this.#owner(name, owner, ttl);
      yield* this.#builder.reserve(64, 4_096);
      yield;
    }
    this.#soa(ttl);
    yield* addMore?.(this.#builder) ?? [];
    const problems = this.#problems;
    return { zone: problems.length > 0 ? null : yield* this.#builder.build(), problems };
  }

  #owner(name: string, owner: OwnerRecords, outerTtl: number): void {
    const path = ["records", name];
    const parsed = parseName(name, this.#apex);
    if (typeof parsed === "string") {
      this.#fail(path, name, `the name ${JSON.stringify(name)} ${parsed}`, "a domain name");
      return;
    }
    const ttl = this.#ttl(owner.ttl, outerTtl, [...path, "ttl"]);
    for (const [word, value] of Object.entries(owner)) {
      if (word === "ttl" || value === undefined) continue;
      const type = this.#type(word, [...path, word], value);
      if (type >= 0) this.#set(parsed, type, ttl, [...path, word], value);
    }
  }

  /** -1 when it is none. */
  #type(word: string, path: RecordsProblem["path"], value: unknown): number {
    const type = typeNumber(word) ?? -1;
    if (type === RecordType.SOA) {
      this.#fail(path, value, "the SOA record is made from the zone's `soa`", "soa: { primary, contact, … }");
    } else if (type < 0) {
      const expected = "ttl, or a type such as A, MX or TXT";
      this.#fail(path, value, `${JSON.stringify(word)} is not a record type`, expected, word, TYPE_NAMES);
    } else if (isMessageType(type)) {
      this.#fail(path, value, `${typeName(type)} is for messages, not for zones`, "");
    } else {
      return type;
    }
    return -1;
  }

  #set(owner: Uint8Array, type: number, outerTtl: number, path: RecordsProblem["path"], value: unknown): void {
    const timed = isTimed(value);
    const ttl = timed ? this.#ttl(value.ttl, outerTtl, [...path, "ttl"]) : outerTtl;
    const texts = timed ? value.data : value;
    const at = timed ? [...path, "data"] : path;
    if (typeof texts === "string") {
      this.#record(owner, type, ttl, at, texts);
    } else if (Array.isArray(texts) && texts.every((text) => typeof text === "string")) {
      for (const [index, text] of texts.entries()) this.#record(owner, type, ttl, [...at, index], text);
    } else {
      this.#fail(at, texts, `the data of ${typeName(type)} is not a text`, "a text, or a list of texts");
    }
  }

  #record(owner: Uint8Array, type: number, ttl: number, path: RecordsProblem["path"], text: string): void {
    const data = isLiteral(type, text) ? literalText(text) : this.#data(type, path, text);
    if (data === null) return;
    if (type === RecordType.NS && owner.length === this.#apex.length) this.#firstServer ??= data;
    const wrong = inWords(this.#builder.add(owner.slice(), owner.length, type, ttl, data, 0, data.length), this.#apex);
    if (wrong !== "") this.#fail(path.slice(0, 2), path[1], `the name ${JSON.stringify(path[1])} ${wrong}`, "");
  }

  /** The data in wire form; null when it cannot be read, which has been told. */
  #data(type: number, path: RecordsProblem["path"], text: string): Uint8Array | null {
    const lexer = new ZoneLexer(Buffer.from(text));
    if (!lexer.next()) {
      this.#fail(path, text, `the data of ${typeName(type)} is empty`, "");
      return null;
    }
    const rdata = this.#rdata;
    if (lexer.problem !== null) {
      this.#fail(path, text, lexer.problem.message, "");
      return null;
    }
    if (!rdata.read(lexer, 0, type, this.#apex)) {
      const { token, message, expected } = rdata.problem!;
      const word = token < lexer.count ? textOf(lexer, token) : "";
      this.#fail(path, text, word === "" ? message : `"${word}" ${message}`, expected, word);
      return null;
    }
    const data = rdata.bytes.slice(0, rdata.length);
    if (!lexer.next()) return data;
    this.#fail(path, text, "is more than one line", "one record a text");
    return null;
  }

  #soa(ttl: number): void {
    const { soa = {} } = this.#options;
    const { data, problems } = soaData(this.#apex, soa, this.#firstServer, NO_SERIAL);
    for (const { key, value, message, expected } of problems) this.#fail(["soa", key], value, message, expected);
    if (data !== null)
      this.#builder.add(this.#apex.slice(), this.#apex.length, RecordType.SOA, ttl, data, 0, data.length);
  }

  #ttl(stated: unknown, otherwise: number, path: RecordsProblem["path"]): number {
    if (stated === undefined) return otherwise;
    const ttl = ttlOf(stated);
    if (ttl >= 0) return ttl;
    this.#fail(path, stated, `${JSON.stringify(stated)} is not a TTL`, EXPECTED_TTL);
    return otherwise;
  }

  #fail(
    path: RecordsProblem["path"],
    value: unknown,
    message: string,
    expected: string,
    word = "",
    words: readonly string[] = [],
  ): void {
    this.#problems.push({ path, value, message, expected, word, words });
  }
}

function isLiteral(type: number, text: string): boolean {
  return (type === RecordType.TXT || type === RecordType.SPF) && !text.startsWith('"');
}

function isTimed(value: unknown): value is TimedRecordTexts {
  return typeof value === "object" && value !== null && "data" in value;
}
