import { inSlices, type Slices } from "../../time/slices.ts";
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

/** Entries read between two pauses; for so many more, with so many bytes of data each, room is made beforehand. */
const ENTRIES = 32;
const ROOM = 1_024;
const ENTRY_DATA = 64;
/** Bytes that a short record takes in a file, to make room beforehand: memory that nobody writes to costs nothing. */
const RECORD_IN_FILE = 24;
const MOST_ROOM = 1_048_576;

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
  const builder = new ZoneBuilder(apex);
  const reader = new ZoneFileReader(bytes, {
    file: path,
    origin: apex,
    sink: (owner, length, type, ttl, data, size) => inWords(builder.add(owner, length, type, ttl, data, 0, size), apex),
    include: (name, from) => openBeside(name, from, files),
  });
  const room = Math.min(MOST_ROOM, Math.ceil(bytes.length / RECORD_IN_FILE));
  await inSlices(builder.reserve(room, room * 16, room, bytes.length));
  while (!(await inSlices(readOn(reader, builder)))) await reader.waiting;
  const { problems } = reader;
  if (problems.length > 0) return { zone: null, problems, files };
  addMore?.(builder);
  return { zone: await inSlices(builder.build()), problems, files };
}

/** Reads until an included file has to come; true: to the end. */
function* readOn(reader: ZoneFileReader, builder: ZoneBuilder): Slices<boolean> {
  for (let read = 0; reader.step(ENTRIES); read += ENTRIES) {
    if (reader.waiting !== null) return false;
    yield;
    if (read % ROOM === 0) yield* builder.reserve(ROOM, ROOM * ENTRY_DATA);
  }
  return true;
}

/** What the builder found wrong with a record, as said to people. */
export function inWords(problem: AddProblem, apex: Uint8Array): string {
  if (problem === "outside") return `lies outside the zone ${formatName(apex)}`;
  return problem === "full" ? "has no place: the zone has more than 2 GiB of data" : "";
}

async function openBeside(name: string, from: string, files: string[]): Promise<OpenedFile> {
  const file = isAbsolute(name) ? name : join(dirname(from), name);
  if (!files.includes(file)) files.push(file);
  try {
    return { file, bytes: await readFile(file) };
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
