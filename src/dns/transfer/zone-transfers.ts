/**
 * All that a server does about transfers: it answers AXFR, IXFR, NOTIFY and signed queries (`handler`), keeps journals
 * and tells secondaries when a zone changes, and fetches the zones that it is a secondary for.
 */
import { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import { Responder } from "../authority/responder.ts";
import type { ZoneSet } from "../authority/zone-set.ts";
import type { ZoneReport } from "../store/zone-report.ts";
import type { ZoneChanged, ZoneRemoved } from "../store/zone-store.ts";
import { formatName } from "../wire/name.ts";
import { ResponseCode } from "../wire/record-type.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { JournalKeeper } from "./journal-keeper.ts";
import type { Dial } from "./message-stream.ts";
import { NotifySender, type NotifyTarget } from "./notify-sender.ts";
import { NotifySocket } from "./notify-socket.ts";
import { placeholderZone } from "./placeholder-zone.ts";
import { soaOf } from "./record-source.ts";
import { SavedZone } from "./saved-zone.ts";
import { type SecondaryEvent, SecondaryZone } from "./secondary-zone.ts";
import type { SentTransfer } from "./send-transfer.ts";
import { dialTcp } from "./tcp-message-stream.ts";
import { TransferHandler } from "./transfer-handler.ts";
import { TransferQueue } from "./transfer-queue.ts";
import { planTransfers, type TransferPlan, type ZoneTransferOptions } from "./transfer-options.ts";
import { createTsigKey, type TsigKey, TsigKeyring, type TsigKeyOptions } from "./tsig-key.ts";
import type { JournalLimits } from "./zone-journal.ts";
import { type SecondaryStatus, secondaryStatus } from "./zone-status.ts";
import { errorMessage } from "../../error-message.ts";

/** For logs. `zone`: presentation form. */
export type TransferEvent =
  | { readonly zone: string; readonly kind: "sent"; readonly address: string; readonly transfer: SentTransfer }
  | { readonly zone: string; readonly kind: "notified"; readonly target: NotifyTarget; readonly problem: string }
  | { readonly zone: string; readonly kind: "unsaved"; readonly file: string; readonly problem: string }
  /** Its saved file is damaged. */
  | { readonly zone: string; readonly kind: "unrestored"; readonly file: string; readonly problem: string }
  | ({ readonly zone: string } & SecondaryEvent);

export interface ZoneTransfersOptions {
  /** What is served. */
  readonly zones: ZoneSet;
  /** Where fetched zones go and changes come from; each secondary zone is a source of the kind `transfer` there. */
  readonly store: {
    adopt(zone: ZoneData): Promise<ZoneReport>;
    onZoneChanged(listener: ZoneChanged): () => void;
    onZoneRemoved(listener: ZoneRemoved): () => void;
  };
  readonly onEvent?: (event: TransferEvent) => void;
  readonly journal?: JournalLimits;
  /** Zones sent at the same time. Default 32. */
  readonly transfers?: number;
  readonly dial?: Dial;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Milliseconds between two looks at what is due. */
const TICK = 500;

interface Entry {
  readonly plan: TransferPlan;
  readonly secondary: SecondaryZone | null;
  readonly saved: SavedZone | null;
}

export class ZoneTransfers {
  readonly handler: TransferHandler;
  readonly #options: ZoneTransfersOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #journals: JournalKeeper;
  readonly #notifier: NotifySender;
  readonly #socket: NotifySocket;
  readonly #responder: Responder;
  readonly #unlisten: ReadonlyArray<() => void>;
  #keys = new TsigKeyring();
  readonly #queue = new TransferQueue(() => this.#now());
  #timer: Timer | null = null;

  constructor(options: ZoneTransfersOptions) {
    this.#options = options;
    const { zones, store, transfers } = options;
    const now = (): number => this.#now();
    this.#journals = new JournalKeeper(options.journal);
    this.#socket = new NotifySocket((packet, address, port) => this.#notifier.received(packet, address, port, now()));
    this.#notifier = new NotifySender({
      send: (packet, address, port) => this.#socket.send(packet, address, port),
      told: (apex, target, problem) => this.#event({ zone: formatName(apex), kind: "notified", target, problem }),
    });
    // Of its own: signed queries are answered while the server's responder may be in the middle of another.
    this.#responder = new Responder(zones);
    this.handler = new TransferHandler({
      keys: () => this.#keys,
      zones: {
        served: (apex) => zones.get(apex),
        // The steered names of a zone above may lie in this one: what is not in the zone cannot be sent.
        access: (apex) => (isWhole(zones.get(apex)) ? (this.#entry(apex)?.plan.access ?? null) : null),
        journal: (apex) => this.#journals.get(apex),
        notified: (apex, address, key, serial) => this.#notified(apex, address, key, serial),
      },
      respond: (bytes, start, end, out, at, limit, client) =>
        this.#responder.respond(bytes, start, end, out, at, limit, client),
      now,
      ...(transfers !== undefined && { transfers }),
      sent: (apex, address, transfer) => this.#event({ zone: formatName(apex), kind: "sent", address, transfer }),
    });
    this.#unlisten = [
      store.onZoneChanged((apex, before, after) => void this.#changed(apex, before, after)),
      store.onZoneRemoved((apex) => {
        this.#journals.forget(apex);
        this.#notifier.forget(apex);
      }),
    ];
  }

  /**
   * Takes the keys and the zones' options; to be called again when they change. Zones whose options are as before go on
   * as they are. To be called before the store loads its zones, so that their secondaries are told of them.
   * @throws RangeError that says what is wrong; everything is then as it was.
   */
  sync(keys: readonly TsigKeyOptions[], zones: readonly ZoneTransferOptions[]): void {
    const ring = new TsigKeyring(keys.map(createTsigKey));
    const plans = new Map(zones.map((options) => planTransfers(options, ring)).map((plan) => [plan.name, plan]));
    if (plans.size < zones.length) throw new RangeError("a zone is named twice");
    const sameKeys = ring.equals(this.#keys);
    this.#keys = ring;
    const before = new Map(this.#entries);
    for (const [name, entry] of before) {
      const plan = plans.get(name);
      if (sameKeys && plan !== undefined && Bun.deepEquals(plan.options, entry.plan.options)) plans.delete(name);
      else this.#drop(name, entry, plan);
    }
    for (const [name, plan] of plans) this.#add(plan, before.get(name)?.secondary ?? null);
  }

  /** Looks twice a second at what is due, until `stop`. To be called when the store knows its sources. */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK);
    this.tick();
  }

  tick(): void {
    const now = this.#now();
    this.#responder.tick(now);
    this.#notifier.tick(now);
    this.#queue.tick();
    for (const [name, { secondary, saved }] of this.#entries) {
      if (secondary === null) continue;
      if (saved === null || saved.loaded) secondary.tick();
      else if (!saved.loading) void this.#restore(name, secondary, saved);
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const stop of this.#unlisten) stop();
    for (const { secondary } of this.#entries.values()) secondary?.stop();
    this.#entries.clear();
    this.#socket.close();
  }

  /** Asks the primaries of these zones now, as `nsd-control transfer` and `knotc zone-refresh` do. */
  refresh(names: readonly string[]): void {
    for (const name of names) this.#entries.get(name)?.secondary?.notified(null);
  }

  /** Of a zone by its name in presentation form; null: it does not come by transfer. */
  statusOf(name: string): SecondaryStatus | null {
    const entry = this.#entries.get(name);
    return entry === undefined || entry.secondary === null ? null : secondaryStatus(entry.secondary, entry.saved);
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #event(event: TransferEvent): void {
    this.#options.onEvent?.(event);
  }

  #entry(apex: Uint8Array): Entry | null {
    return this.#entries.get(formatName(apex)) ?? null;
  }

  async #changed(apex: Uint8Array, before: ZoneData | null, after: ZoneData): Promise<void> {
    const entry = this.#entry(apex);
    if (entry === null) return;
    // Told before the journal is written, secondaries would have to take the whole zone.
    await this.#journals.note(apex, before, after);
    if (entry.plan.notify.length > 0) this.#notifier.notify(apex, soaOf(after), entry.plan.notify, this.#now());
  }

  #notified(apex: Uint8Array, address: string, key: TsigKey | null, serial: number | null): number {
    const entry = this.#entry(apex);
    if (entry === null || entry.secondary === null) return ResponseCode.NOTAUTH;
    if (!entry.plan.notifyAccess.allows(address, key)) return ResponseCode.REFUSED;
    entry.secondary.notified(serial);
    return ResponseCode.NOERROR;
  }

  // ---- secondary zones

  /** `before`: the same zone with other options. */
  #add(plan: TransferPlan, before: SecondaryZone | null): void {
    const secondary = plan.primaries.length === 0 ? null : this.#createSecondary(plan);
    const { file } = plan.options;
    const saved = secondary === null || file === undefined ? null : new SavedZone(plan.apex, file);
    this.#entries.set(plan.name, { plan, secondary, saved });
    if (secondary === null) return;
    if (this.#options.zones.get(plan.apex) === null) this.#serve(plan.apex, false);
    if (before === null) return;
    secondary.succeed(before);
    saved?.skip();
  }

  #createSecondary(plan: TransferPlan): SecondaryZone {
    const { apex, name, primaries, options } = plan;
    return new SecondaryZone({
      apex,
      primaries,
      dial: this.#options.dial ?? dialTcp(),
      now: () => this.#now(),
      ...(options.timers !== undefined && { timers: options.timers }),
      ...(options.limits !== undefined && { limits: options.limits }),
      ...(options.time !== undefined && { time: options.time }),
      // Those behind the first are asked when it fails; mostly it is the first that is kept busy.
      enter: (transfer) => this.#queue.enter(primaries[0]!.address, transfer),
      onZone: async (data) => {
        const problem = await this.#adopt(data);
        if (problem === "") this.#save(name, (saved) => saved.save(data));
        return problem;
      },
      onFresh: (data) => this.#save(name, (saved) => saved.touch(data, this.#now())),
      onExpired: () => this.#serve(apex, false),
      onEvent: (event) => this.#event({ zone: name, ...event }),
    });
  }

  async #adopt(data: ZoneData): Promise<string> {
    try {
      const { outcome, problems, findings } = await this.#options.store.adopt(data);
      if (outcome === "failed" || outcome === "kept") {
        return [...problems, ...findings].map(({ message }) => message).join("; ") || outcome;
      }
    } catch (error) {
      // The store does not know the zone (any more).
      return errorMessage(error);
    }
    this.#serve(data.apex, true);
    return "";
  }

  /** Whether the zone answers, or says SERVFAIL. */
  #serve(apex: Uint8Array, usable: boolean): void {
    const { zones } = this.#options;
    let zone = zones.get(apex);
    if (zone === null) {
      zone = new AuthoritativeZone(placeholderZone(apex));
      zones.set(zone);
    }
    zone.usable = usable;
  }

  #drop(name: string, { plan, secondary }: Entry, next: TransferPlan | undefined): void {
    secondary?.stop();
    this.#notifier.forget(plan.apex);
    this.#entries.delete(name);
    if (next !== undefined) return;
    this.#journals.forget(plan.apex);
    // A zone that never came is not in the store either, which would otherwise take it away.
    if (secondary?.state === "missing") this.#options.zones.delete(plan.apex);
  }

  async #restore(name: string, secondary: SecondaryZone, saved: SavedZone): Promise<void> {
    const { zone, time } = await saved.load();
    if (zone !== null && secondary.data === null) {
      const problem = await this.#adopt(zone);
      if (problem === "") secondary.restore(zone, time);
      else saved.problem = problem;
    }
    if (saved.problem === "") return;
    this.#event({ zone: name, kind: "unrestored", file: saved.path, problem: saved.problem });
  }

  #save(name: string, write: (saved: SavedZone) => Promise<void>): void {
    const saved = this.#entries.get(name)?.saved;
    if (saved === null || saved === undefined) return;
    write(saved).catch((error: unknown) => {
      this.#event({ zone: name, kind: "unsaved", file: saved.path, problem: errorMessage(error) });
    });
  }
}

/** All that the zone answers stands in it. */
function isWhole(zone: AuthoritativeZone | null): boolean {
  return zone === null || zone.dynamic.size === 0;
}
