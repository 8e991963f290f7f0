/**
 * A zone that is fetched from a primary: when it is asked for, what follows from the answer, when it no longer counts.
 * Time comes from the caller; the dialogue itself is `askPrimary`.
 */
import { isLater } from "../zone/serial.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { type Asked, askPrimary } from "./ask-primary.ts";
import type { Dial, Primary } from "./message-stream.ts";
import { TransferError } from "./record-reader.ts";
import type { Transfer } from "./transfer-queue.ts";
import {
  TIMER_LIMITS,
  type TimerLimits,
  TRANSFER_LIMITS,
  TRANSFER_TIME,
  type TransferLimits,
} from "./transfer-limits.ts";
import { zoneTimers } from "./zone-timers.ts";
import { errorMessage } from "../../error-message.ts";

/** What the last transfer brought. */
export interface Fetched {
  readonly how: Asked["how"];
  readonly primary: Primary;
  readonly ignored: number;
  readonly fallback: string;
}

export interface Failure {
  readonly primary: Primary;
  readonly problem: string;
}

/** Something happened to a secondary zone; for logs. */
export type SecondaryEvent =
  | { readonly kind: "fetched"; readonly primary: Primary; readonly asked: Asked }
  | { readonly kind: "current"; readonly primary: Primary; readonly serial: number }
  /** `repeated`: the last attempt failed for the same reason. */
  | ({ readonly kind: "failed"; readonly repeated: boolean } & Failure)
  | { readonly kind: "expired" };

export interface SecondaryOptions {
  /** Lower case. */
  readonly apex: Uint8Array;
  /** Asked in this order; one at least. */
  readonly primaries: readonly Primary[];
  readonly dial: Dial;
  /** Takes a new zone, all at once; answers "" or why it will not have it. */
  readonly onZone: (data: ZoneData) => string | Promise<string>;
  /** The zone no longer counts: it is to answer SERVFAIL until `onZone` brings it again. */
  readonly onExpired: () => void;
  /** The primary was asked and has nothing newer. */
  readonly onFresh?: (data: ZoneData) => void;
  readonly onEvent?: (event: SecondaryEvent) => void;
  readonly limits?: TransferLimits;
  readonly timers?: TimerLimits;
  /** [0, 1): spreads the refreshes of many zones. */
  readonly random?: () => number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds that one primary may take to answer, with all that it sends. */
  readonly time?: number;
  /** Zones share what there is: begins the transfer when it is its turn. Default: at once. */
  readonly enter?: (transfer: Transfer) => void;
}

/** Milliseconds until a zone that was never fetched is tried again; doubled each time, up to the longest. */
const FIRST_RETRY = 2_000;
const LONGEST_RETRY = 300_000;

export type SecondaryState = "missing" | "current" | "expired";

export class SecondaryZone {
  state: SecondaryState = "missing";
  /** What was fetched last; null when there is nothing that counts. */
  data: ZoneData | null = null;
  /** Milliseconds since the epoch: when the primaries are asked next, and when the zone expires (Infinity without one). */
  refreshAt = 0;
  expireAt = Infinity;
  /** Why the last attempt failed, by primary; empty when one of them has answered. */
  failures: readonly Failure[] = [];
  /** When it was last known to be what a primary has; 0: never. Milliseconds since the epoch. */
  freshAt = 0;
  /** Null: nothing since the start. */
  fetched: Fetched | null = null;
  readonly #options: SecondaryOptions;
  #running = false;
  /** It waits for its turn. */
  #waits = false;
  #stopped = false;
  /** The primary that is being asked, and until when it may answer. */
  #asking: { readonly controller: AbortController; readonly end: number } | null = null;
  /** A primary has told of this serial (or of a change without one, null) since the last attempt began. */
  #told: { readonly serial: number | null } | null = null;
  #failures = 0;

  constructor(options: SecondaryOptions) {
    if (options.primaries.length === 0) throw new RangeError("a secondary zone needs a primary");
    this.#options = options;
  }

  get apex(): Uint8Array {
    return this.#options.apex;
  }

  get primaries(): readonly Primary[] {
    return this.#options.primaries;
  }

  get refreshing(): boolean {
    return this.#running;
  }

  /** Takes the zone as it was saved; it was fresh at `time` (milliseconds since the epoch). It is refreshed at once. */
  restore(data: ZoneData, time: number): void {
    this.data = data;
    this.state = "current";
    this.freshAt = Math.min(time, this.#now());
    this.expireAt = this.freshAt + zoneTimers(data, this.#timers).expire;
    this.refreshAt = 0;
    this.#checkExpiry();
  }

  /** Goes on from where another left off that had other options. It is refreshed at once. */
  succeed(other: SecondaryZone): void {
    this.data = other.data;
    this.state = other.state;
    this.expireAt = other.expireAt;
    this.freshAt = other.freshAt;
    this.fetched = other.fetched;
    this.failures = other.failures;
  }

  /** To be called about once a second. */
  tick(): void {
    if (this.#stopped) return;
    this.#checkExpiry();
    const asking = this.#asking;
    if (asking !== null && asking.end <= this.#now()) {
      const seconds = Math.round((this.#options.time ?? TRANSFER_TIME) / 1_000);
      asking.controller.abort(new TransferError(`the transfer took more than ${seconds} s`));
    }
    if (this.#running || this.#waits || this.refreshAt > this.#now()) return;
    const { enter } = this.#options;
    if (enter === undefined) {
      void this.#run();
      return;
    }
    this.#waits = true;
    enter(() => {
      this.#waits = false;
      return this.#run();
    });
  }

  /** RFC 1996 §4.7: a primary says that the zone has changed. Nothing happens when `serial` is not newer than ours. */
  notified(serial: number | null): void {
    if (serial !== null && this.data !== null && !isLater(serial, this.data.serial)) return;
    this.#told = { serial };
    this.refreshAt = 0;
    this.tick();
  }

  /** Ends what is under way; nothing begins any more. */
  stop(): void {
    this.#stopped = true;
    this.#asking?.controller.abort(new TransferError("it was stopped"));
  }

  get #timers(): TimerLimits {
    return this.#options.timers ?? TIMER_LIMITS;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #checkExpiry(): void {
    if (this.data === null || this.#now() < this.expireAt) return;
    this.data = null;
    this.state = "expired";
    this.expireAt = Infinity;
    this.#options.onExpired();
    this.#options.onEvent?.({ kind: "expired" });
  }

  async #run(): Promise<void> {
    if (this.#stopped) return;
    this.#running = true;
    try {
      await this.#refresh();
    } finally {
      this.#running = false;
    }
  }

  async #refresh(): Promise<void> {
    const told = this.#told;
    this.#told = null;
    let answered = false;
    const failures: Failure[] = [];
    for (const primary of this.#options.primaries) {
      const outcome = await this.#ask(primary, failures);
      if (this.#stopped) return;
      if (outcome === "fetched") return this.#schedule([]);
      if (outcome === "failed") continue;
      answered = true;
      // One that has not heard of the change yet does not speak for those behind it.
      if (told === null || this.#has(told.serial)) break;
    }
    this.#schedule(answered ? [] : failures);
  }

  #has(serial: number | null): boolean {
    return serial === null || (this.data !== null && !isLater(serial, this.data.serial));
  }

  async #ask(primary: Primary, failures: Failure[]): Promise<"fetched" | "current" | "failed"> {
    const { dial, apex, limits = TRANSFER_LIMITS, onZone: accept, onFresh, onEvent } = this.#options;
    const controller = new AbortController();
    this.#asking = { controller, end: this.#now() + (this.#options.time ?? TRANSFER_TIME) };
    const now = (): number => this.#now();
    const context = { dial, apex, current: this.data, limits, now, accept, signal: controller.signal };
    try {
      const asked = await askPrimary(primary, context);
      if (this.#stopped) return "failed";
      if (asked.zone === null) {
        const { serial } = asked;
        const { data } = this;
        if (data === null || serial !== data.serial)
          throw new TransferError(`the primary has serial ${serial}, which is not newer`);
        onFresh?.(data);
        onEvent?.({ kind: "current", primary, serial });
        return "current";
      }
      this.data = asked.zone;
      this.state = "current";
      const { how, ignored, fallback } = asked;
      this.fetched = { how, primary, ignored, fallback };
      onEvent?.({ kind: "fetched", primary, asked });
      return "fetched";
    } catch (error) {
      if (this.#stopped) return "failed";
      const failure = { primary, problem: errorMessage(error) };
      failures.push(failure);
      const repeated = this.failures.some((last) => last.primary === primary && last.problem === failure.problem);
      onEvent?.({ kind: "failed", ...failure, repeated });
      return "failed";
    } finally {
      this.#asking = null;
    }
  }

  #schedule(failures: readonly Failure[]): void {
    const now = this.#now();
    const { data } = this;
    const good = failures.length === 0;
    this.failures = failures;
    if (good) {
      this.freshAt = now;
      this.#failures = 0;
    } else {
      this.#failures++;
    }
    let delay: number;
    if (data === null) {
      delay = Math.min(FIRST_RETRY * 2 ** Math.min(this.#failures - 1, 20), LONGEST_RETRY);
    } else {
      const timers = zoneTimers(data, this.#timers);
      if (good) this.expireAt = now + timers.expire;
      delay = good ? timers.refresh : timers.retry;
    }
    // Up to a tenth earlier, so that zones fetched together part.
    const random = this.#options.random?.() ?? Math.random();
    this.refreshAt = this.#told === null ? now + delay * (1 - random / 10) : now;
  }
}
