/**
 * The zones that are served, and where they come from. Everything is read first, while the zones before go on being
 * served, and opened (signed, put in order) in slices; then all that is good is put in place within one turn of the event
 * loop, so that no query meets half of a change. A zone that is bad changes nothing: the one before stays, and the report says why.
 */
import { inSlices, type Slices } from "../../time/slices.ts";
import { errorMessage } from "../../error-message.ts";
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import type { ZoneSet } from "../authority/zone-set.ts";
import { checkUsable } from "../check/check-usable.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { contentDigest } from "./content-digest.ts";
import { type FileChange, FilesWatcher, type WatchTimes } from "./files-watcher.ts";
import { lossProblem, shortName } from "./zone-loss.ts";
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
  readonly open?: (zone: ZoneData) => Slices<AuthoritativeZone>;
}

export interface ZoneStoreOptions extends ZoneHooks {
  /** Default: forgotten with the process, which is safe, since serials begin with the time. */
  readonly serials?: SerialMemory;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly watchTimes?: WatchTimes;
}

/** How zones are read again. */
export interface ReloadOptions {
  /** In presentation form; default: all. */
  readonly apexes?: readonly string[];
  /** Also those of which more names are gone than `maxLoss` allows. */
  readonly force?: boolean;
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

/** What came of a zone that was read, before it is in place. */
interface Opened {
  readonly entry: Entry;
  /** What is served until then. */
  readonly before: ZoneData | null;
  readonly files: readonly string[];
  readonly raw: ZoneData | null;
  /** Null: nothing changes. */
  readonly zone: AuthoritativeZone | null;
  /** What opened it. */
  readonly hooks: ZoneHooks;
  readonly report: ZoneReport;
  /** Others are to be told of a change. */
  readonly isChanged: boolean;
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
  readonly #watchTimes: WatchTimes | undefined;
  /** Share of a zone's names. */
  #maxLoss = 1;
  /** When the last reading began, milliseconds since 1970. */
  #readAt = 0;
  /** Of the last load, the zones that it took away. */
  #removed: readonly ZoneReport[] = [];
  /** Loads follow one another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(zones: ZoneSet, options: ZoneStoreOptions = {}) {
    this.#zones = zones;
    this.#hooks = options;
    this.#serials = options.serials ?? new Map<string, SerialEntry>();
    this.#now = options.now ?? Date.now;
    this.#watchTimes = options.watchTimes;
  }

  /** A zone file that has lost more than this share of its zone's names is not served unless that is forced. */
  set maxLoss(share: number) {
    this.#maxLoss = share;
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

  /** Reads zones again. */
  reload({ apexes, force = false }: ReloadOptions = {}): Promise<ZoneReport[]> {
    return this.#inTurn(async () => {
      const chosen = [...this.#entries.values()].filter(({ named }) => apexes?.includes(named.name) ?? true);
      const read = await this.#read(chosen.map(({ named }) => named));
      return this.#place(this.#entries, read, force);
    });
  }

  /** Opens every zone by the hooks as they are now, as it was read last: no source is read, whatever stands in it. */
  reopen(): Promise<ZoneReport[]> {
    return this.#inTurn(() => {
      const read = new Map<string, ReadZone>();
      for (const { named, raw, files } of this.#entries.values()) {
        if (raw !== null && named.source.kind !== "reverse") read.set(named.name, asRead(raw, files));
      }
      return this.#place(this.#entries, read);
    });
  }

  /**
   * Puts a zone that was transferred in the place of the one before.
   * @throws RangeError when the zone's apex has no source of the kind `transfer`.
   */
  async adopt(zone: ZoneData): Promise<ZoneReport> {
    const [report] = await this.#inTurn(async () => {
      const entry = [...this.#entries.values()].find(({ named }) => Buffer.compare(named.apex, zone.apex) === 0);
      if (entry?.named.source.kind !== "transfer") throw new RangeError("the zone does not come by transfer");
      return this.#place(this.#entries, new Map([[entry.named.name, asRead(zone)]]));
    });
    return report!;
  }

  /** The last report of each zone. */
  reports(): ZoneReport[] {
    return [...this.#entries.values()].map(({ report }) => report);
  }

  /** Reads zones again whenever their files change, and tells what came of it. */
  watch(told: (reports: ZoneReport[]) => void): void {
    this.#watcher?.close();
    this.#watcher = new FilesWatcher((changes) => void this.#followFiles(changes).then(told), this.#watchTimes);
    void this.#watcher.watch(this.#files(), this.#readAt);
  }

  /** Stops watching. Zones are served on. */
  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  async #followFiles(changes: ReadonlyMap<string, FileChange>): Promise<ZoneReport[]> {
    const unfinished: ZoneReport[] = [];
    const apexes: string[] = [];
    for (const entry of this.#entries.values()) {
      const file = entry.files.find((one) => changes.get(one) === "unfinished");
      if (file !== undefined) unfinished.push(this.#refuseUnfinished(entry, file));
      else if (entry.files.some((one) => changes.has(one))) apexes.push(entry.named.name);
    }
    return apexes.length === 0 ? unfinished : [...unfinished, ...(await this.reload({ apexes }))];
  }

  #refuseUnfinished(entry: Entry, file: string): ZoneReport {
    const { name } = entry.named;
    const before = entry.served?.data ?? null;
    const message =
      `${file} has changed and does not end in a newline, as if it were still being written; ` +
      `when it is whole, add one or run: roundtrip dns reload ${shortName(name)}`;
    return (entry.report = reportOf(name, before === null ? "failed" : "kept", before, { problems: [{ message }] }));
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
    const entries = new Map(
      named.map((one): [string, Entry] => {
        const old = before.get(one.name);
        const report = reportOf(one.name, "awaited", null);
        return [one.name, { raw: null, isStale: false, served: null, files: [], ...old, named: one, report }];
      }),
    );
    const transferred: Entry[] = [];
    for (const entry of entries.values()) {
      if (entry.named.source.kind !== "transfer") continue;
      // What came before the sources were named again is served on.
      if (entry.raw !== null && entry.isStale) read.set(entry.named.name, asRead(entry.raw));
      else transferred.push(entry);
      if (entry.served !== null) entry.report = reportOf(entry.named.name, "unchanged", entry.served.data);
    }
    const placed = await this.#place(entries, read);
    return [...refused, ...this.#removed, ...transferred.map(({ report }) => report), ...placed];
  }

  /** By name. Zones that come by transfer, and those that follow from others, are not read. */
  async #read(named: readonly NamedSource[]): Promise<Map<string, ReadZone>> {
    const read = new Map<string, ReadZone>();
    // Of the clock that files are stamped by.
    this.#readAt = Date.now();
    for (const { source, apex, name } of named) {
      if (source.kind !== "file" && source.kind !== "records") continue;
      read.set(name, await readSource(source, apex, this.#hooks.addMore));
    }
    return read;
  }

  /**
   * Opens what was read, and the reverse zones that follow from it, in slices; then puts all in place within one turn of
   * the event loop, `entries` in the place of those before.
   */
  async #place(entries: Map<string, Entry>, read: ReadonlyMap<string, ReadZone>, force = false): Promise<ZoneReport[]> {
    const opened: Opened[] = [];
    const open = async (entry: Entry, one: ReadZone): Promise<void> => {
      opened.push(await inSlices(this.#open(entry, one, force)));
    };
    for (const entry of entries.values()) {
      const one = read.get(entry.named.name);
      if (one !== undefined) await open(entry, one);
    }
    const isChanged = opened.some(({ zone }) => zone !== null);
    const forward = forwardZones(entries, opened);
    for (const entry of entries.values()) {
      const { source } = entry.named;
      if (source.kind !== "reverse") continue;
      if (isChanged || entry.report.outcome === "awaited") await open(entry, await readReverse(source, forward));
    }
    this.#removed = this.#remove(entries);
    this.#entries = entries;
    const changes = opened.filter((one) => this.#put(one));
    for (const { entry, before } of changes) {
      for (const listener of this.#onChanged) listener(entry.named.apex, before, entry.served!.data);
    }
    void this.#watcher?.watch(this.#files(), this.#readAt);
    return opened.map(({ entry }) => entry.report);
  }

  /** Takes away what `entries` has no more. */
  #remove(entries: ReadonlyMap<string, Entry>): ZoneReport[] {
    const gone = [...this.#entries.values()].filter(({ named: { name } }) => !entries.has(name));
    for (const { named, served } of gone) {
      if (served === null) continue;
      this.#zones.delete(named.apex);
      for (const listener of this.#onRemoved) listener(named.apex, served.data);
    }
    return gone.map(({ named }) => reportOf(named.name, "removed", null));
  }

  /** Whether others are to be told of a change. */
  #put({ entry, files, raw, zone, hooks, report, isChanged }: Opened): boolean {
    entry.files = files;
    entry.report = report;
    if (zone === null) return false;
    // Whoever fetches the zone may have found it expired.
    if (entry.raw === raw && entry.served !== null) zone.usable = entry.served.usable;
    entry.raw = raw;
    entry.isStale = hooks !== this.#hooks;
    entry.served = zone;
    this.#zones.set(zone);
    return isChanged;
  }

  *#open(entry: Entry, { zone: raw, problems, files, needsSerial }: ReadZone, force: boolean): Slices<Opened> {
    const { name } = entry.named;
    const before = entry.served?.data ?? null;
    const hooks = this.#hooks;
    const bad = (more: Parameters<typeof reportOf>[3]): Opened => {
      const report = reportOf(name, before === null ? "failed" : "kept", before, more);
      return { entry, before, files, raw, zone: null, hooks, report, isChanged: false };
    };
    const findings = raw === null ? [] : yield* checkUsable(raw);
    if (raw === null || findings.length > 0) return bad({ problems, findings });
    const loss = force || entry.named.source.kind !== "file" ? "" : lossProblem(entry.raw, raw, this.#maxLoss, name);
    if (loss !== "") return bad({ problems: [{ message: loss }] });
    const notes: string[] = [];
    if (needsSerial) yield* this.#stamp(name, raw, notes);
    const isSame = entry.raw !== null && (yield* hasSameContent(entry.raw, raw));
    if (isSame && !entry.isStale) {
      const report = reportOf(name, "unchanged", before);
      return { entry, before, files, raw, zone: null, hooks, report, isChanged: false };
    }
    let zone: AuthoritativeZone;
    try {
      zone = yield* hooks.open?.(raw) ?? AuthoritativeZone.of(raw);
    } catch (error) {
      return bad({ problems: [{ message: `the zone cannot be served: ${errorMessage(error)}` }] });
    }
    // As it is served: signing may have raised the serial.
    if (before !== null && !isSame) notes.push(...serialNotes(before.serial, zone.data.serial));
    const isUnchanged = before !== null && (yield* hasSameContent(before, zone.data));
    const outcome = before === null ? "new" : isUnchanged ? "unchanged" : "changed";
    // Opened again it is no better than its source was found to be.
    const isReopened = raw === entry.raw && entry.report.outcome === "kept";
    const report = isReopened
      ? reportOf(name, "kept", zone.data, entry.report)
      : reportOf(name, outcome, zone.data, { notes });
    return { entry, before, files, raw, zone, hooks, report, isChanged: outcome !== "unchanged" };
  }

  /** The serial rises when the content is another than it was. */
  *#stamp(name: string, zone: ZoneData, notes: string[]): Slices<void> {
    const digest = yield* contentDigest(zone);
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

  #files(): Set<string> {
    const files = new Set<string>();
    for (const entry of this.#entries.values()) for (const file of entry.files) files.add(file);
    return files;
  }
}

/** The zones with addresses, as they are about to be served. */
function forwardZones(entries: ReadonlyMap<string, Entry>, opened: readonly Opened[]): Map<string, ZoneData> {
  const forward = new Map<string, ZoneData>();
  for (const { named, raw } of entries.values()) {
    if (named.source.kind !== "reverse" && raw !== null) forward.set(named.name, raw);
  }
  for (const { entry, raw, zone } of opened) if (zone !== null && raw !== null) forward.set(entry.named.name, raw);
  return forward;
}

/** A zone that is there already, as a source would give it. */
function asRead(zone: ZoneData, files: readonly string[] = []): ReadZone {
  return { zone, problems: [], files, needsSerial: false };
}

function* hasSameContent(a: ZoneData, b: ZoneData): Slices<boolean> {
  return a === b || (a.serial === b.serial && (yield* contentDigest(a)) === (yield* contentDigest(b)));
}
