import { inSlices } from "../../time/slices.ts";
import { formatName } from "../wire/name.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { JOURNAL_LIMITS, type JournalLimits, ZoneJournal } from "./zone-journal.ts";
import { diffZones } from "./zone-difference.ts";

/** The journals of all zones, written whenever a zone changes. They are compared in slices, one after another. */
export class JournalKeeper {
  readonly #limits: JournalLimits;
  readonly #journals = new Map<string, ZoneJournal>();
  #last: Promise<void> = Promise.resolve();

  constructor(limits: JournalLimits = JOURNAL_LIMITS) {
    this.#limits = limits;
  }

  /** Null: nothing is known of earlier versions of this zone. */
  get(apex: Uint8Array): ZoneJournal | null {
    return this.#journals.get(formatName(apex)) ?? null;
  }

  /** A zone has changed. The promise resolves when the difference is in the journal. */
  note(apex: Uint8Array, before: ZoneData | null, after: ZoneData): Promise<void> {
    const done = this.#last.then(() => this.#note(formatName(apex), before, after));
    this.#last = done.catch(() => undefined);
    return done;
  }

  forget(apex: Uint8Array): void {
    this.#journals.delete(formatName(apex));
  }

  async #note(name: string, before: ZoneData | null, after: ZoneData): Promise<void> {
    const journal = this.#journals.get(name) ?? new ZoneJournal(this.#limits);
    this.#journals.set(name, journal);
    if (before === null) {
      journal.clear();
      return;
    }
    const difference = await inSlices(diffZones(before, after, this.#limits.records));
    // So different that the whole zone is sent in any case.
    if (difference === null) journal.clear();
    else journal.add(difference);
  }
}
