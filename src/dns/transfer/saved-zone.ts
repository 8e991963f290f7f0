/**
 * A fetched zone in a file, so that a restart has it at once: an ordinary zone file, written beside the old one and
 * renamed. When the file was last touched is when the zone was last known to be fresh.
 */
import { inSlices, type Slices } from "../../time/slices.ts";
import { open, rename, rm, stat, utimes } from "node:fs/promises";
import { formatName } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { typeName } from "../wire/record-type.ts";
import { zoneFromFile } from "../store/zone-from-file.ts";
import type { ZoneData } from "../zone/zone-data.ts";
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

/** The file of one zone. Writes follow one another. */
export class SavedZone {
  /** It is being read. */
  loading = false;
  /** It has been read, or need not be. */
  loaded = false;
  readonly #apex: Uint8Array;
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(apex: Uint8Array, path: string) {
    this.#apex = apex;
    this.#path = path;
  }

  /** @throws what the file system throws. */
  save(zone: ZoneData): Promise<void> {
    return this.#inTurn(() => saveZone(zone, this.#path));
  }

  /** The zone is still fresh at this time (milliseconds since the epoch). @throws what the file system throws. */
  touch(time: number): Promise<void> {
    return this.#inTurn(() => utimes(this.#path, time / 1_000, time / 1_000));
  }

  /** There is a newer one than the file has. */
  skip(): void {
    this.loaded = true;
  }

  /** The zone, and when it was last fresh; null when there is none, or none that can be read. */
  async load(): Promise<{ readonly zone: ZoneData; readonly time: number } | null> {
    this.loading = true;
    try {
      const { mtimeMs } = await stat(this.#path);
      const { zone } = await zoneFromFile(this.#path, this.#apex);
      return zone === null ? null : { zone, time: mtimeMs };
    } catch {
      return null;
    } finally {
      this.loading = false;
      this.loaded = true;
    }
  }

  #inTurn(write: () => Promise<void>): Promise<void> {
    const done = this.#last.then(write);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function firstLines(zone: ZoneData): string {
  const soa = new SoaSource(zone.apex, soaOf(zone));
  soa.next();
  return `; ${formatName(zone.apex)} serial ${zone.serial}, as fetched from its primary\n${line(soa)}`;
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
