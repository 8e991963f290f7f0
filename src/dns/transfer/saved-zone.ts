/**
 * A fetched zone in a file, so that a restart has it at once: an ordinary zone file, written beside the old one and
 * renamed. When the file was last touched is when the zone was last known to be fresh.
 */
import { inSlices, type Slices } from "../../time/slices.ts";
import { existsSync } from "node:fs";
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { formatName } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { typeName } from "../wire/record-type.ts";
import { zoneFromText } from "../store/zone-from-file.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { errorMessage } from "../../error-message.ts";
import { type RecordSource, soaOf, SoaSource, ZoneRecords } from "./record-source.ts";

/** Characters of a piece that is written, and records between two pauses while it is made. */
const PIECE = 16_384;
const FEW = 16;

/** Writes the zone to `path`. @throws what the file system throws; the file is then as it was. */
export async function saveZone(zone: ZoneData, path: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  const file = await open(beside, "w", 0o644);
  try {
    await file.write(firstLines(zone));
    const records = new ZoneRecords(zone);
    for (let text = ""; (text = await inSlices(piece(records))) !== "";) await file.write(text);
    await file.sync();
    await file.close();
    await rename(beside, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}

export interface SavedContent {
  /** Null: there is no file, or it cannot be used. */
  readonly zone: ZoneData | null;
  /** When the zone was last fresh, milliseconds since the epoch. */
  readonly time: number;
}

/** A file that was cut off behind a line would else pass for a smaller zone. */
const RECORDS = /^; .* (\d+) records as fetched/;
const FIRST_LINE = 2_048;

/** The file of one zone. Writes follow one another. */
export class SavedZone {
  readonly path: string;
  /** Why the file is not what it should be; empty when it is, or need not be there. */
  problem = "";
  /** It is being read. */
  loading = false;
  /** It has been read, or need not be. */
  loaded = false;
  readonly #apex: Uint8Array;
  #last: Promise<unknown> = Promise.resolve();

  constructor(apex: Uint8Array, path: string) {
    this.#apex = apex;
    this.path = path;
  }

  /** @throws what the file system throws. */
  save(zone: ZoneData): Promise<void> {
    return this.#inTurn(() => saveZone(zone, this.path));
  }

  /** This zone is still fresh at this time (milliseconds since the epoch). @throws what the file system throws. */
  touch(zone: ZoneData, time: number): Promise<void> {
    return this.#inTurn(async () => {
      // What is not there, or not what it should be, is written again.
      if (this.problem !== "" || !existsSync(this.path)) await saveZone(zone, this.path);
      await utimes(this.path, time / 1_000, time / 1_000);
    });
  }

  /** There is a newer one than the file has. */
  skip(): void {
    this.loaded = true;
  }

  /** Notes in `problem` when there is a file that cannot be used. */
  async load(): Promise<SavedContent> {
    this.loading = true;
    try {
      const { mtimeMs: time } = await stat(this.path);
      const bytes = await readFile(this.path);
      const { zone, problems } = await zoneFromText(bytes, this.path, this.#apex);
      const [first] = problems;
      const written = RECORDS.exec(bytes.subarray(0, FIRST_LINE).toString("latin1"))?.[1];
      if (zone === null) this.problem = `line ${first?.line ?? 0}: ${first?.message ?? "is not a zone"}`;
      else if (written !== undefined && Number(written) !== zone.recordCount) {
        this.problem = `has ${zone.recordCount} of ${written} records`;
      } else return { zone, time };
    } catch (error) {
      if (!isMissing(error)) this.problem = errorMessage(error);
    } finally {
      this.loading = false;
      this.loaded = true;
    }
    return { zone: null, time: 0 };
  }

  #inTurn(write: () => Promise<void>): Promise<void> {
    const done = this.#last.then(write).then(
      () => void (this.problem = ""),
      (error: unknown) => {
        this.problem = errorMessage(error);
        throw error;
      },
    );
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function firstLines(zone: ZoneData): string {
  const soa = new SoaSource(zone.apex, soaOf(zone));
  soa.next();
  return `; ${formatName(zone.apex)} serial ${zone.serial}, ${zone.recordCount} records as fetched from its primary\n${line(soa)}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** The next records as lines; empty when there are no more. */
function* piece(records: RecordSource): Slices<string> {
  let text = "";
  for (let count = 1; text.length < PIECE && records.next(); count++) {
    text += line(records);
    if (count % FEW === 0) yield;
  }
  return text;
}

function line({ owner, ownerStart, type, ttl, data, dataStart, dataEnd }: RecordSource): string {
  return `${formatName(owner, ownerStart)} ${ttl} IN ${typeName(type)} ${formatRdata(type, data.subarray(dataStart, dataEnd))}\n`;
}
