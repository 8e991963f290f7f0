import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { errorMessage } from "../../error-message.ts";
import { formatName } from "../wire/name.ts";
import { type AddProblem, ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { type OpenedFile, ZoneFileReader } from "../zone/zone-file.ts";
import type { ZoneProblem } from "../zone/zone-problem.ts";

export interface LoadedFile {
  /** Null when there are problems. */
  readonly zone: ZoneData | null;
  readonly problems: readonly ZoneProblem[];
  /** The file and all that it includes. */
  readonly files: readonly string[];
}

/** Entries read at a stretch: about 3 ms, so that queries are answered while a large zone is read. */
const STRETCH = 4_000;
/** Bytes that a record takes in a file, to make room for the records beforehand. */
const RECORD_IN_FILE = 32;
const MOST_ROOM = 262_144;

/** Adds to a zone what its source does not have: names that are answered without records, generated records. */
export type AddMore = (builder: ZoneBuilder) => void;

/**
 * Reads a zone from a file; other work goes on meanwhile.
 * @param apex in lower case.
 */
export async function zoneFromFile(path: string, apex: Uint8Array, addMore?: AddMore): Promise<LoadedFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { zone: null, problems: [problemOfFile(path, `cannot be read: ${reason(error)}`)], files: [path] };
  }
  return zoneFromText(bytes, path, apex, addMore);
}

/** As `zoneFromFile`, for what has been read already; `path` is named in problems, and `$INCLUDE` is relative to it. */
export async function zoneFromText(
  bytes: Uint8Array,
  path: string,
  apex: Uint8Array,
  addMore?: AddMore,
): Promise<LoadedFile> {
  const files = [path];
  const room = Math.min(MOST_ROOM, Math.ceil(bytes.length / RECORD_IN_FILE) + 64);
  const builder = new ZoneBuilder(apex, room);
  const reader = new ZoneFileReader(bytes, {
    file: path,
    origin: apex,
    sink: (owner, length, type, ttl, data, size) => inWords(builder.add(owner, length, type, ttl, data, 0, size), apex),
    include: (name, from) => openBeside(name, from, files),
  });
  while (reader.step(STRETCH)) await nextTurn();
  const { problems } = reader;
  if (problems.length > 0) return { zone: null, problems, files };
  addMore?.(builder);
  const zone = builder.build();
  await nextTurn();
  return { zone, problems, files };
}

/** What the builder found wrong with a record, as said to people. */
export function inWords(problem: AddProblem, apex: Uint8Array): string {
  if (problem === "outside") return `lies outside the zone ${formatName(apex)}`;
  return problem === "full" ? "has no place: the zone has more than 2 GiB of data" : "";
}

function openBeside(name: string, from: string, files: string[]): OpenedFile {
  const file = isAbsolute(name) ? name : join(dirname(from), name);
  if (!files.includes(file)) files.push(file);
  try {
    return { file, bytes: readFileSync(file) };
  } catch (error) {
    throw new Error(reason(error), { cause: error });
  }
}

/** Without the name of the system call and the path, which stand before it anyway. */
function reason(error: unknown): string {
  return errorMessage(error)
    .replace(/^[A-Z]+: /, "")
    .replace(/, \w+ '.*'$/, "");
}

function problemOfFile(file: string, message: string): ZoneProblem {
  return { file, line: 0, column: 0, message, expected: "", word: "", words: [], sourceLine: "" };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
