import type { BalanceName, Balancer } from "../contract/balancer.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { Target } from "../contract/target.ts";
import type { PickReason, TargetConsidered } from "../contract/trace-record.ts";
import type { Chooser } from "./chooser.ts";
import { noteTargets } from "./note-targets.ts";
import { pickReason } from "./pick-reason.ts";
import { arrange } from "./tiers.ts";
import type { Tier } from "./tiers.ts";

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
  /** The exchange's key decides everything, the tier too. */
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
    // One that has left the pool may still give connections back: then another's slot is looked at for nothing, or none.
    const { index } = target;
    const level = this.#levelOf[index]!;
    if (level >= 0) this.#levels[level]!.chooser.onLoad(this.#slotOf[index]!);
  }

  pick(exchange: Exchange, now: number, considered: TargetConsidered[] | null, peek: boolean): Target | null {
    // Scores are those that the choice is made by, so they are noted before it changes them.
    if (considered !== null) this.#note(exchange, now, considered);
    const levels = this.#levels;
    if (levels.length === 0) return null;
    const first = this.#shared ? this.#firstLevel(exchange, peek) : 0;
    const { chooser } = levels[first]!;
    const target = chooser.choose(exchange, peek);
    if (target === null) return levels.length === 1 ? null : this.#pickElsewhere(first, exchange, peek);
    if (this.#ordinary && exchange.tried === null) this.lastReason = chooser.moved ? "hash-next" : this.reason;
    else this.#say(first, exchange);
    return target;
  }

  /**
   * In which tier an exchange begins: in the shares that `arrange` gave them, evenly interleaved and without dice; with
   * a key, always the same for the same key.
   */
  #firstLevel(exchange: Exchange, peek: boolean): number {
    let point: number;
    if (this.#keyed) {
      // Other bits than those by which the tier's own target is found.
      point = Math.imul(exchange.balanceKey ^ (exchange.balanceKey >>> 15), GOLDEN) >>> 0;
    } else {
      point = this.#turn;
      if (!peek) this.#turn = (point + GOLDEN) >>> 0;
    }
    const share = point / 0x1_0000_0000;
    const levels = this.#levels;
    let level = 0;
    while (level < levels.length - 1 && levels[level]!.tier.until <= share) level++;
    return level;
  }

  /** All of a tier are full or tried: the tiers after it, then those before it. */
  #pickElsewhere(first: number, exchange: Exchange, peek: boolean): Target | null {
    const levels = this.#levels;
    for (let step = 1; step < levels.length; step++) {
      const level = first + step < levels.length ? first + step : levels.length - 1 - step;
      const target = levels[level]!.chooser.choose(exchange, peek);
      if (target === null) continue;
      this.#say(level, exchange);
      return target;
    }
    return null;
  }

  #say(level: number, exchange: Exchange): void {
    const { tier, chooser } = this.#levels[level]!;
    const count = this.#targets.length;
    this.lastReason = pickReason(exchange, this.#panic, tier.spill, count, chooser.moved ? "hash-next" : this.reason);
  }

  #note(exchange: Exchange, now: number, notes: TargetConsidered[]): void {
    const picked = this.pick(exchange, now, null, true);
    for (const { chooser } of this.#levels) chooser.beginScores(exchange);
    noteTargets({
      targets: this.#targets,
      exchange,
      now,
      picked,
      panic: this.#panic,
      chooserOf: ({ index }) => this.#levels[this.#levelOf[index]!]?.chooser ?? null,
      slotOf: ({ index }) => this.#slotOf[index]!,
      notes,
    });
  }
}
