import type { WheelMilliseconds } from "../../contract/time.ts";
import type { RefreshPlan } from "../../contract/plan.ts";

/** Never more often than the ticks come, whatever the plan says. Milliseconds. */
const FLOOR = 100;

/** When a name is asked for again: its TTL within the plan's bounds, or a growing back-off after failures. */
export class RefreshTimer {
  private readonly minimum: number;
  private readonly maximum: number;
  private readonly random: () => number;
  /** Wheel milliseconds; 0 = at once. */
  private dueAt = 0;
  private failures = 0;

  constructor(refresh: RefreshPlan, random: () => number) {
    this.minimum = Math.max(FLOOR, refresh.minimum);
    this.maximum = Math.max(this.minimum, refresh.maximum);
    this.random = random;
  }

  isDue(now: WheelMilliseconds): boolean {
    return now >= this.dueAt;
  }

  /** `ttl`: seconds. */
  answered(now: WheelMilliseconds, ttl: number): void {
    this.failures = 0;
    this.dueAt = now + this.lifetime(ttl);
  }

  failed(now: WheelMilliseconds): void {
    this.dueAt = now + this.backOff();
  }

  /** A part of the answer is missing: asked again like after a failure, but never later than the TTL wants. */
  answeredInPart(now: WheelMilliseconds, ttl: number): void {
    this.dueAt = now + Math.min(this.lifetime(ttl), this.backOff());
  }

  private lifetime(ttl: number): number {
    return Math.min(this.maximum, Math.max(this.minimum, ttl * 1000));
  }

  /** Twice as long each time, and somewhere in its second half, so that edges which failed together do not ask together. */
  private backOff(): number {
    this.failures++;
    const longest = Math.min(this.maximum, this.minimum * 2 ** Math.min(this.failures, 30));
    return Math.max(this.minimum, longest * (0.5 + this.random() / 2));
  }
}
