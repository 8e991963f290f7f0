import { formatName } from "../wire/name.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { JOURNAL_LIMITS, type JournalLimits, ZoneJournal } from "./zone-journal.ts";
import { ZoneDiffer } from "./zone-difference.ts";

/** Nodes compared at a stretch: a few milliseconds. */
const STRETCH = 10_000;

/** The journals of all zones, written whenever a zone changes. Large zones are compared in stretches, one after another. */
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
    const differ = new ZoneDiffer(before, after);
    while (differ.step(STRETCH)) {
      // So different that the whole zone is sent in any case.
      if (differ.count > this.#limits.records) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (differ.count > this.#limits.records) journal.clear();
    else journal.add(differ.difference());
  }
}
