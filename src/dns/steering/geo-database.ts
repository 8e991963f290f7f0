import { readFile, stat } from "node:fs/promises";
import { type Place, NOWHERE, placeOf } from "./geo-place.ts";
import { MmdbReader, NO_RECORD } from "./mmdb-reader.ts";
import { errorMessage } from "../../error-message.ts";

/** How often the file is looked at, milliseconds. */
const CHECK_INTERVAL = 5_000;

/** A database file that is read again when it has changed. A bad file leaves what was there before in place. */
export class GeoDatabase {
  readonly path: string;
  /** Grows with every file taken over: records found before mean nothing then. 0: none was read so far. */
  version = 0;
  /** Why the file was not taken over; empty: it was. */
  problem = "it was not read yet";
  #reader: MmdbReader | null = null;
  /** Time of change, size and number of the file that was read last. */
  #seen = "";
  #nextCheck = 0;
  #checking = false;

  constructor(path: string) {
    this.path = path;
  }

  /** After `find`: leading bits of the address that decided. */
  get depth(): number {
    return this.#reader === null ? 0 : this.#reader.depth;
  }

  /** The record of an address of 4 or 16 bytes, or `NO_RECORD`. */
  find(address: Uint8Array, length: number): number {
    return this.#reader === null ? NO_RECORD : this.#reader.find(address, length);
  }

  /** What a record says; `NOWHERE` when it is malformed. */
  place(record: number): Place {
    if (this.#reader === null || record === NO_RECORD) return NOWHERE;
    try {
      return placeOf(this.#reader.decode(record));
    } catch {
      return NOWHERE;
    }
  }

  /** "GeoLite2-City of 2026-11-17". */
  describe(): string {
    if (this.#reader === null) return `${this.path} (${this.problem})`;
    const { databaseType, buildEpoch } = this.#reader;
    const built = new Date(buildEpoch * 1_000);
    return Number.isNaN(built.getTime()) ? databaseType : `${databaseType} of ${built.toISOString().slice(0, 10)}`;
  }

  /** Looks for a change when it is time to. `now`: milliseconds. */
  tick(now: number): void {
    if (this.#checking || now < this.#nextCheck) return;
    this.#nextCheck = now + CHECK_INTERVAL;
    void this.check();
  }

  /** Reads the file if it is another than before. Never rejects: what is wrong stands in `problem`. */
  async check(): Promise<void> {
    this.#checking = true;
    try {
      const { mtimeMs, size, ino } = await stat(this.path);
      const mark = `${mtimeMs} ${size} ${ino}`;
      if (mark === this.#seen) return;
      const bytes = await readFile(this.path);
      // Still being written: the next check sees it whole.
      if (bytes.length !== size) return;
      this.#seen = mark;
      this.#reader = new MmdbReader(bytes);
      this.version++;
      this.problem = "";
    } catch (error) {
      this.problem = errorMessage(error);
    } finally {
      this.#checking = false;
    }
  }
}
