/**
 * Time to first byte as a peak-sensitive moving average: it rises at once to a peak and falls exponentially. While
 * nothing is measured it falls towards 0, so that a target that was slow once is tried again.
 *
 * Of equal targets the one whose peak came last waits while the others serve: the time constant is what that costs. With
 * 2 s an answer that took ten times as long as usual (the first one of a cold server) keeps its target out for 4.6 s, and
 * a target that stays a hundred times slower gets a request in 9 s.
 */
import type { WheelMilliseconds } from "../contract/time.ts";
import type { Target } from "../contract/target.ts";

/** Time constant, milliseconds: in so long a difference falls to 1/e (37 %). */
export const LATENCY_DECAY = 2_000;
/** Below it a measure says nothing; 0 would mean "none". Milliseconds. */
const LEAST = 0.001;

/** An answer's head came `elapsedMs` after the request was sent. `now`: wheel milliseconds. */
export function noteLatency(target: Target, elapsedMs: number, now: WheelMilliseconds): void {
  const elapsed = Math.max(elapsedMs, LEAST);
  const { latency, latencyAt } = target;
  if (elapsed >= latency) target.latency = elapsed;
  else if (now > latencyAt)
    target.latency = elapsed + (latency - elapsed) * Math.exp((latencyAt - now) / LATENCY_DECAY);
  target.latencyAt = now;
}

/**
 * An answer that failed: how soon it came says nothing about how soon a good one would, so it may raise the average, and
 * else holds it where it is.
 */
export function noteFailedLatency(target: Target, elapsedMs: number, now: WheelMilliseconds): void {
  if (target.latency > 0) noteLatency(target, Math.max(elapsedMs, latencyNow(target, now)), now);
}

/** What the average has fallen to by now, milliseconds; 0: nothing was measured yet. */
export function latencyNow(target: Target, now: WheelMilliseconds): number {
  const { latency, latencyAt } = target;
  return now > latencyAt ? latency * Math.exp((latencyAt - now) / LATENCY_DECAY) : latency;
}
