import type { WheelMilliseconds } from "../contract/time.ts";
import type { PickRequest } from "../contract/balancer.ts";
import { type Target, isFull } from "../contract/target.ts";

/**
 * An algorithm at work on the targets of one tier. It knows nothing of tiers, health and reasons (`Algorithm` does): the
 * targets it is given may all be picked, as long as they are not full and the request has not tried them.
 */
export abstract class Chooser {
  /** In the order of the pool. A target's slot is its position here. */
  targets: readonly Target[] = [];
  /** What was found last is not what the key leads to. */
  moved = false;
  /** What `score` counts. */
  abstract readonly scoreUnit: string;

  /** The tier's targets or their weights have changed. What is to be remembered of those that stay is kept. */
  update(targets: readonly Target[]): void {
    this.targets = targets;
  }

  /** `active`, `latency` or the fullness of the target in this slot has changed. */
  onLoad(_slot: number): void {}

  /** The slot for this request; -1: all are full or tried. Until `take` it is found again and again. Allocates nothing. */
  abstract find(request: PickRequest): number;

  /** What was just found for the request is taken: the next one may find another. */
  take(_slot: number, _request: PickRequest): void {}

  /** Before `score` is asked about this request. */
  beginScores(_request: PickRequest): void {}

  /** What the choice goes by, for the explanation. `now`: wheel milliseconds. */
  abstract score(slot: number, now: WheelMilliseconds): number;
}

/** This request failed there before. */
export function wasTried(target: Target, { tried }: PickRequest): boolean {
  return tried !== null && tried.includes(target);
}

/** One of a chooser's targets can take this request now. */
export function isOpen(target: Target, request: PickRequest): boolean {
  return !isFull(target) && !wasTried(target, request);
}
