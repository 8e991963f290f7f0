/**
 * The zones that are served, and where they come from. Everything is read first, while the zones before go on being
 * served; then all that is good is put in place within one turn of the event loop, so that no query meets half of a
 * change. A zone that is bad changes nothing: the one before stays, and the report says why.
 */
import { errorMessage } from "../../error-message.ts";
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import type { ZoneSet } from "../authority/zone-set.ts";
import { checkUsable } from "../check/check-usable.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { contentDigest } from "./content-digest.ts";
import { FilesWatcher } from "./files-watcher.ts";
import { type NamedSource, nameSource, readReverse, readSource, type ReadZone } from "./read-source.ts";
import { nextSerial, type SerialEntry, type SerialMemory, serialNotes } from "../zone/serial.ts";
import { stampSerial } from "../zone/soa-serial.ts";
import type { AddMore } from "./zone-from-file.ts";
import { reportOf, type ZoneReport } from "./zone-report.ts";
import type { ZoneSource } from "./zone-source.ts";

/** What is done with every zone between its source and the answers. */
export interface ZoneHooks {
  /** Adds names that are answered without records, to whichever zone is being built; those outside it have no effect. */
  readonly addMore?: AddMore;
  /** Makes what answers of a zone's data; the place where a zone is signed. May throw: the zone is then bad. */
  readonly open?: (zone: ZoneData) => AuthoritativeZone;
}

export interface ZoneStoreOptions extends ZoneHooks {
  /** Default: forgotten with the process, which is safe, since serials begin with the time. */
  readonly serials?: SerialMemory;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** `before` is null for a zone that was not served. Must not throw. */
export type ZoneChanged = (apex: Uint8Array, before: ZoneData | null, after: ZoneData) => void;
/** Must not throw. */
export type ZoneRemoved = (apex: Uint8Array, before: ZoneData) => void;

/** A zone's source, and what is served of it. */
interface Entry {
  readonly named: NamedSource;
  /** As it was read, before it was opened. */
  raw: ZoneData | null;
  /** It was opened by hooks that have been replaced since. */
  isStale: boolean;
  served: AuthoritativeZone | null;
  files: readonly string[];
  report: ZoneReport;
}

export class ZoneStore {
  readonly #zones: ZoneSet;
  #hooks: ZoneHooks;
  readonly #serials: SerialMemory;
  readonly #now: () => number;
  /** By apex in presentation form. */
  #entries = new Map<string, Entry>();
  readonly #onChanged = new Set<ZoneChanged>();
  readonly #onRemoved = new Set<ZoneRemoved>();
  #watcher: FilesWatcher | null = null;
  /** Loads follow one another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(zones: ZoneSet, options: ZoneStoreOptions = {}) {
    this.#zones = zones;
    this.#hooks = options;
    this.#serials = options.serials ?? new Map<string, SerialEntry>();
    this.#now = options.now ?? Date.now;
  }

  /** Answers how to stop listening. */
  onZoneChanged(listener: ZoneChanged): () => void {
    this.#onChanged.add(listener);
    return () => this.#onChanged.delete(listener);
  }

  /** Answers how to stop listening. */
  onZoneRemoved(listener: ZoneRemoved): () => void {
    this.#onRemoved.add(listener);
    return () => this.#onRemoved.delete(listener);
  }

  /** Replaces the hooks. Zones are opened by them as they are loaded next, also those that have not changed. */
  setHooks(hooks: ZoneHooks): void {
    this.#hooks = hooks;
    for (const entry of this.#entries.values()) entry.isStale = true;
  }

  /** Serves these zones and no others; one report a zone. */
  sync(sources: readonly ZoneSource[]): Promise<ZoneReport[]> {
    return this.#inTurn(() => this.#sync(sources));
  }

  /** Reads zones again, all of them or those with these names in presentation form. */
  reload(apexes?: readonly string[]): Promise<ZoneReport[]> {
    return this.#inTurn(async () => {
      const chosen = [...this.#entries.values()].filter(({ named }) => apexes?.includes(named.name) ?? true);
      const read = await this.#read(chosen.map(({ named }) => named));
      return this.#place(read);
    });
  }

  /**
   * Puts a zone that was transferred in the place of the one before.
   * @throws RangeError when the zone's apex has no source of the kind `transfer`.
   */
  adopt(zone: ZoneData): ZoneReport {
    const entry = [...this.#entries.values()].find(({ named }) => Buffer.compare(named.apex, zone.apex) === 0);
    if (entry?.named.source.kind !== "transfer") throw new RangeError("the zone does not come by transfer");
    const read: ReadZone = { zone, problems: [], files: [], needsSerial: false };
    return this.#place(new Map([[entry.named.name, read]]))[0]!;
  }

  /** The last report of each zone. */
  reports(): ZoneReport[] {
    return [...this.#entries.values()].map(({ report }) => report);
  }

  /** The source of a zone by its name in presentation form. */
  sourceOf(apex: string): ZoneSource | null {
    return this.#entries.get(apex)?.named.source ?? null;
  }

  /** Reads zones again whenever their files change, and tells what came of it. */
  watch(told: (reports: ZoneReport[]) => void): void {
    this.#watcher?.close();
    this.#watcher = new FilesWatcher((changed) => {
      const names = [...this.#entries.values()]
        .filter(({ files }) => files.some((file) => changed.has(file)))
        .map(({ named }) => named.name);
      void this.reload(names).then(told);
    });
    this.#watcher.watch(this.#files());
  }

  /** Stops watching. Zones are served on. */
  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #inTurn(load: () => Promise<ZoneReport[]>): Promise<ZoneReport[]> {
    const result = this.#last.then(load);
    // A load that failed for a reason of ours must not keep all later ones from running.
    this.#last = result.catch(() => []);
    return result;
  }

  async #sync(sources: readonly ZoneSource[]): Promise<ZoneReport[]> {
    const named: NamedSource[] = [];
    const refused: ZoneReport[] = [];
    for (const source of sources) {
      const one = nameSource(source);
      const written = source.kind === "reverse" ? source.prefix : source.apex;
      if (typeof one === "string") refused.push(reportOf(written, "failed", null, { problems: [{ message: one }] }));
      else if (named.some(({ name }) => name === one.name)) {
        const problems = [{ message: `there are two zones ${one.name}` }];
        refused.push(reportOf(one.name, "failed", null, { problems }));
      } else named.push(one);
    }
    const read = await this.#read(named);
    const before = this.#entries;
    this.#entries = new Map(
      named.map((one) => {
        const old = before.get(one.name);
        const entry: Entry = {
          named: one,
          raw: old?.raw ?? null,
          isStale: old?.isStale ?? false,
          served: old?.served ?? null,
          files: old?.files ?? [],
          report: reportOf(one.name, "awaited", null),
        };
        return [one.name, entry];
      }),
    );
    const removed = [...before.values()].filter(({ named: { name } }) => !this.#entries.has(name));
    return [...refused, ...this.#remove(removed), ...this.#transferred(), ...this.#place(read)];
  }

  /** Zones that come by transfer: what came before the sources were named again is served on. */
  #transferred(): ZoneReport[] {
    const entries = [...this.#entries.values()].filter(({ named }) => named.source.kind === "transfer");
    for (const entry of entries) {
      if (entry.raw !== null && entry.served !== null && entry.isStale) {
        // Whoever fetches the zone may have found it expired.
        const { usable } = entry.served;
        this.#placeOne(entry, { zone: entry.raw, problems: [], files: [], needsSerial: false });
        entry.served.usable = usable;
      } else if (entry.served !== null) entry.report = reportOf(entry.named.name, "unchanged", entry.served.data);
    }
    return entries.map(({ report }) => report);
  }

  /** By name. Zones that come by transfer, and those that follow from others, are not read. */
  async #read(named: readonly NamedSource[]): Promise<Map<string, ReadZone>> {
    const read = new Map<string, ReadZone>();
    for (const { source, apex, name } of named) {
      if (source.kind !== "file" && source.kind !== "records") continue;
      read.set(name, await readSource(source, apex, this.#hooks.addMore));
    }
    return read;
  }

  #remove(entries: readonly Entry[]): ZoneReport[] {
    for (const { named, served } of entries) {
      if (served === null) continue;
      this.#zones.delete(named.apex);
      for (const listener of this.#onRemoved) listener(named.apex, served.data);
    }
    return entries.map(({ named }) => reportOf(named.name, "removed", null));
  }

  /** Puts what was read in place, and the reverse zones that follow from it; all within this call. */
  #place(read: ReadonlyMap<string, ReadZone>): ZoneReport[] {
    const reports: ZoneReport[] = [];
    const changes: Array<{ entry: Entry; before: ZoneData | null }> = [];
    const place = (entry: Entry, one: ReadZone): void => {
      const before = entry.served?.data ?? null;
      this.#placeOne(entry, one);
      reports.push(entry.report);
      if (entry.report.outcome === "new" || entry.report.outcome === "changed") changes.push({ entry, before });
    };
    for (const entry of this.#entries.values()) {
      const one = read.get(entry.named.name);
      if (one !== undefined) place(entry, one);
    }
    const forward = this.#forward();
    for (const entry of this.#entries.values()) {
      const { source } = entry.named;
      if (source.kind !== "reverse") continue;
      if (changes.length > 0 || entry.report.outcome === "awaited") place(entry, readReverse(source, forward));
    }
    for (const { entry, before } of changes) {
      for (const listener of this.#onChanged) listener(entry.named.apex, before, entry.served!.data);
    }
    this.#watcher?.watch(this.#files());
    return reports;
  }

  #placeOne(entry: Entry, { zone, problems, files, needsSerial }: ReadZone): void {
    const { name } = entry.named;
    const before = entry.served?.data ?? null;
    entry.files = files;
    const findings = zone === null ? [] : checkUsable(zone);
    if (zone === null || findings.length > 0) {
      entry.report = reportOf(name, before === null ? "failed" : "kept", before, { problems, findings });
      return;
    }
    const notes: string[] = [];
    if (needsSerial) this.#stamp(name, zone, notes);
    const isSame = entry.raw !== null && hasSameContent(entry.raw, zone);
    if (isSame && !entry.isStale) {
      entry.report = reportOf(name, "unchanged", before);
      return;
    }
    let opened: AuthoritativeZone;
    try {
      opened = this.#hooks.open?.(zone) ?? new AuthoritativeZone(zone);
    } catch (error) {
      const unopened = [{ message: `the zone cannot be served: ${errorMessage(error)}` }];
      entry.report = reportOf(name, before === null ? "failed" : "kept", before, { problems: unopened });
      return;
    }
    entry.raw = zone;
    entry.isStale = false;
    entry.served = opened;
    this.#zones.set(opened);
    // As it is served: signing may have raised the serial.
    if (before !== null && !isSame) notes.push(...serialNotes(before.serial, opened.data.serial));
    const outcome = before === null ? "new" : hasSameContent(before, opened.data) ? "unchanged" : "changed";
    entry.report = reportOf(name, outcome, opened.data, { notes });
  }

  /** The serial rises when the content is another than it was. */
  #stamp(name: string, zone: ZoneData, notes: string[]): void {
    const digest = contentDigest(zone);
    const entry = this.#serials.get(name);
    if (entry?.digest === digest) {
      stampSerial(zone, entry.serial);
      return;
    }
    const serial = nextSerial(entry?.serial ?? null, this.#now() / 1000);
    stampSerial(zone, serial);
    try {
      this.#serials.set(name, { serial, digest });
    } catch (error) {
      notes.push(`the serial cannot be written down: ${errorMessage(error)}`);
    }
  }

  /** The zones with addresses, as they are served now. */
  #forward(): Map<string, ZoneData> {
    const forward = new Map<string, ZoneData>();
    for (const { named, raw } of this.#entries.values()) {
      if (named.source.kind !== "reverse" && raw !== null) forward.set(named.name, raw);
    }
    return forward;
  }

  #files(): Set<string> {
    const files = new Set<string>();
    for (const entry of this.#entries.values()) for (const file of entry.files) files.add(file);
    return files;
  }
}

function hasSameContent(a: ZoneData, b: ZoneData): boolean {
  return a === b || (a.serial === b.serial && contentDigest(a) === contentDigest(b));
}
