/**
 * The Server-Timing field (W3C Server Timing, §3): `db;dur=3.2;desc="pool wait", cache`.
 *
 * Read leniently, as the specification asks: what cannot be understood is passed over, the rest still counts.
 */
import type { Milliseconds } from "../contract/time.ts";

export interface ServerTiming {
  readonly name: string;
  /** Milliseconds; null when the entry has none. */
  readonly durationMs: Milliseconds | null;
  readonly description: string;
}

/** Entries shown at most: the field comes from the upstream. */
const MAX_ENTRIES = 64;
/** RFC 9110 §5.6.2. */
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;

export function parseServerTiming(value: string): ServerTiming[] {
  const reader = new FieldReader(value);
  const entries: ServerTiming[] = [];
  while (!reader.done && entries.length < MAX_ENTRIES) {
    const name = reader.token();
    if (name !== "") entries.push(readEntry(name, reader));
    reader.skipPast(",");
  }
  return entries;
}

export interface TimingGroup {
  readonly name: string;
  readonly totalMs: Milliseconds;
  readonly entries: readonly ServerTiming[];
}

/** The entries that have a duration, by name, in the order of first mention. */
export function timingGroups(timings: readonly ServerTiming[]): TimingGroup[] {
  const timed = timings.filter((timing) => timing.durationMs !== null);
  return [...Map.groupBy(timed, (timing) => timing.name)].map(([name, entries]) => ({
    name,
    totalMs: entries.reduce((sum, entry) => sum + entry.durationMs!, 0),
    entries,
  }));
}

function readEntry(name: string, reader: FieldReader): ServerTiming {
  let durationMs: Milliseconds | null = null;
  let description: string | null = null;
  while (reader.skipUntil(";")) {
    const parameter = reader.token().toLowerCase();
    const value = reader.take("=") ? reader.value() : "";
    // Of a repeated parameter the first counts.
    if (parameter === "dur" && durationMs === null) durationMs = toDuration(value);
    else if (parameter === "desc" && description === null) description = value;
  }
  return { name, durationMs, description: description ?? "" };
}

function toDuration(text: string): number | null {
  const number = Number(text);
  return text !== "" && Number.isFinite(number) && number >= 0 ? number : null;
}

class FieldReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The token here, after whitespace; empty when there is none. */
  token(): string {
    this.#skipSpace();
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (found === null) return "";
    this.#at += found[0].length;
    return found[0];
  }

  /** Takes this character, after whitespace, if it stands here. */
  take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** A token or a quoted string. */
  value(): string {
    if (!this.take('"')) return this.token();
    let text = "";
    while (!this.done) {
      const character = this.#text[this.#at++]!;
      if (character === '"') return text;
      text += character === "\\" && !this.done ? this.#text[this.#at++]! : character;
    }
    return text;
  }

  /** Goes behind the next `character` within this entry. False: the entry ends before it. */
  skipUntil(character: string): boolean {
    while (!this.take(character)) {
      if (this.done || this.#text[this.#at] === ",") return false;
      this.#skipOne();
    }
    return true;
  }

  skipPast(character: string): void {
    while (!this.done && this.#text[this.#at] !== character) this.#skipOne();
    this.#at++;
  }

  /** One character or one quoted string, in which commas and semicolons are text. */
  #skipOne(): void {
    if (this.#text[this.#at] === '"') this.value();
    else this.#at++;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }
}
