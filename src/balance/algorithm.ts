import type { WheelMilliseconds } from "../contract/time.ts";
import type { BalanceName, Balancer, PickRequest } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import type { PickReason, TargetConsidered } from "../contract/trace-record.ts";
import type { Chooser } from "./chooser.ts";
import { noteTargets } from "./note-targets.ts";
import { arrange, type Tier } from "./tiers.ts";

/** 2^32 divided by the golden ratio: steps of it fill the circle most evenly, however many are made. */
const GOLDEN = 0x9e3779b9;

/** A tier and who chooses in it. */
interface Level {
  readonly tier: Tier;
  readonly chooser: Chooser;
}

/**
 * What all algorithms share: tiers and what spills between them, backups, panic, the reason and the notes. The algorithm
 * itself is a `Chooser`, one for each tier.
 */
export class Algorithm implements Balancer {
  readonly name: BalanceName;
  readonly reason: PickReason;
  lastReason: PickReason = "only-target";
  readonly #createChooser: () => Chooser;
  /** The request's key decides everything, the tier too. */
  readonly #keyed: boolean;
  #targets: readonly Target[] = [];
  #levels: readonly Level[] = [];
  #panic = false;
  /** The first tier takes only a part of the requests. */
  #shared = false;
  /** Nothing but the algorithm can be the reason of a first attempt. */
  #ordinary = false;
  /** Where a target is, by its position in the pool: level (-1: in none) and slot. */
  #levelOf = new Int8Array(0);
  #slotOf = new Int32Array(0);
  /** Position on the circle of shares. */
  #turn = 0;

  constructor(name: BalanceName, keyed: boolean, createChooser: () => Chooser) {
    this.name = name;
    this.reason = name;
    this.#keyed = keyed;
    this.#createChooser = createChooser;
  }

  update(targets: readonly Target[], panic: boolean): void {
    const { tiers, panic: panics } = arrange(targets, panic);
    const before = this.#levels;
    this.#targets = targets;
    this.#levels = tiers.map((tier) => {
      const chooser = before.find((level) => level.tier.id === tier.id)?.chooser ?? this.#createChooser();
      return { tier, chooser };
    });
    this.#panic = panics;
    this.#shared = tiers.length > 1 && tiers[0]!.until < 1;
    this.#ordinary = !panics && tiers.length === 1 && !tiers[0]!.spill && targets.length > 1;
    this.#locate();
    for (const { tier, chooser } of this.#levels) chooser.update(tier.targets);
  }

  #locate(): void {
    const count = this.#targets.length;
    if (this.#levelOf.length !== count) {
      this.#levelOf = new Int8Array(count);
      this.#slotOf = new Int32Array(count);
    }
    this.#levelOf.fill(-1);
    for (const [level, { tier }] of this.#levels.entries()) {
      for (const [slot, { index }] of tier.targets.entries()) {
        this.#levelOf[index] = level;
        this.#slotOf[index] = slot;
      }
    }
  }

  onLoad(target: Target): void {
    // One that has left the pool may still have links: then another's slot is looked at for nothing, or none.
    const { index } = target;
    const level = this.#levelOf[index]!;
    if (level >= 0) this.#levels[level]!.chooser.onLoad(this.#slotOf[index]!);
  }

  pick(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null {
    // Scores are those that the choice is made by, so they are noted before it changes them.
    if (notes !== null) this.peek(request, now, notes);
    const levels = this.#levels;
    if (levels.length === 0) return null;
    const level = this.#shared ? this.#firstLevel(request) : 0;
    const { chooser } = levels[level]!;
    const slot = chooser.find(request);
    if (slot < 0) return levels.length === 1 ? null : this.#pickElsewhere(level, request);
    chooser.take(slot, request);
    if (this.#shared) this.#turn = (this.#turn + GOLDEN) >>> 0;
    if (this.#ordinary && request.tried === null) this.lastReason = chooser.moved ? "hash-next" : this.reason;
    else this.#say(level, request);
    return chooser.targets[slot]!;
  }

  #pickElsewhere(first: number, request: PickRequest): Target | null {
    const level = this.#levelElsewhere(first, request);
    if (level < 0) return null;
    const { chooser } = this.#levels[level]!;
    const slot = chooser.find(request);
    chooser.take(slot, request);
    this.#turn = (this.#turn + GOLDEN) >>> 0;
    this.#say(level, request);
    return chooser.targets[slot]!;
  }

  peek(request: PickRequest, now: WheelMilliseconds, notes: TargetConsidered[] | null): Target | null {
    let level = this.#shared ? this.#firstLevel(request) : 0;
    let picked: Target | null = null;
    if (level < this.#levels.length) {
      if (this.#levels[level]!.chooser.find(request) < 0) level = this.#levelElsewhere(level, request);
      if (level >= 0) {
        const { chooser } = this.#levels[level]!;
        picked = chooser.targets[chooser.find(request)]!;
        this.#say(level, request);
      }
    }
    if (notes !== null) this.#note(request, now, picked, notes);
    return picked;
  }

  /**
   * In which tier a request begins: in the shares that `arrange` gave them, evenly interleaved and without dice; with
   * a key, always the same for the same key.
   */
  #firstLevel({ key }: PickRequest): number {
    // Other bits of the key than those by which the tier's own target is found.
    const point = this.#keyed ? Math.imul(key ^ (key >>> 15), GOLDEN) >>> 0 : this.#turn;
    const share = point / 0x1_0000_0000;
    const levels = this.#levels;
    let level = 0;
    while (level < levels.length - 1 && levels[level]!.tier.until <= share) level++;
    return level;
  }

  /** All of a tier are full or tried: the tiers after it, then those before it; -1: nobody there either. */
  #levelElsewhere(first: number, request: PickRequest): number {
    const levels = this.#levels;
    for (let step = 1; step < levels.length; step++) {
      const level = first + step < levels.length ? first + step : levels.length - 1 - step;
      if (levels[level]!.chooser.find(request) >= 0) return level;
    }
    return -1;
  }

  #say(level: number, request: PickRequest): void {
    const { tier, chooser } = this.#levels[level]!;
    const count = this.#targets.length;
    this.lastReason = pickReason(request, this.#panic, tier.spill, count, chooser.moved ? "hash-next" : this.reason);
  }

  #note(request: PickRequest, now: WheelMilliseconds, picked: Target | null, notes: TargetConsidered[]): void {
    for (const { chooser } of this.#levels) chooser.beginScores(request);
    noteTargets({
      targets: this.#targets,
      request,
      now,
      picked,
      panic: this.#panic,
      chooserOf: ({ index }) => this.#levels[this.#levelOf[index]!]?.chooser ?? null,
      slotOf: ({ index }) => this.#slotOf[index]!,
      notes,
    });
  }
}

/**
 * Why a pick was what it was: what is most out of the ordinary about it, else the algorithm.
 * `spill`: it is not of the first tier; `count`: targets in the pool.
 */
function pickReason(
  { tried }: PickRequest,
  panic: boolean,
  spill: boolean,
  count: number,
  algorithm: PickReason,
): PickReason {
  if (panic) return "panic";
  if (tried !== null && tried.length > 0) return "retry-elsewhere";
  if (spill) return "spill";
  return count === 1 ? "only-target" : algorithm;
}
