/** What a target's load is reckoned from, beside its exchanges: what its links can take, how soon it answers, how it fails. */
import type { WheelMilliseconds } from "../contract/time.ts";
import type { Target, UpstreamLink } from "../contract/target.ts";

// ---- room: what its links can take; `room` and `free` are kept in step with it

/** The link is new, or has another `capacity` or `active`. */
export function countLink(link: UpstreamLink): void {
  const room = link.capacity > link.active ? link.capacity - link.active : 0;
  const before = link.room;
  if (room === before) return;
  const { target } = link;
  link.room = room;
  target.room += room - before;
  if (before === 0) target.free.push(link);
  else if (room === 0) removeLink(target.free, link);
}

/** It is no connection any more. */
export function discountLink(link: UpstreamLink): void {
  const { target } = link;
  target.links.delete(link);
  if (link.room === 0) return;
  target.room -= link.room;
  link.room = 0;
  removeLink(target.free, link);
}

function removeLink(links: UpstreamLink[], link: UpstreamLink): void {
  // The one that is taken is nearly always the last.
  if (links[links.length - 1] === link) links.pop();
  else links.splice(links.indexOf(link), 1);
}

// ---- latency: how soon it answers

/**
 * Time to first byte as a peak-sensitive moving average: it rises at once to a peak and falls exponentially. While
 * nothing is measured it falls towards 0, so that a target that was slow once is tried again.
 *
 * Of equal targets the one whose peak came last waits while the others serve: the time constant is what that costs. With
 * 2 s an answer that took ten times as long as usual (the first one of a cold server) keeps its target out for 4.6 s, and
 * a target that stays a hundred times slower gets a request in 9 s.
 */

/** Time constant, milliseconds: in so long a difference falls to 1/e (37 %). */
export const LATENCY_DECAY = 2_000;
/** Below it a measure says nothing; 0 would mean "none". Milliseconds. */
const LEAST_LATENCY = 0.001;

/** An answer's head came `elapsedMs` after the request was sent. `now`: wheel milliseconds. */
export function noteLatency(target: Target, elapsedMs: number, now: WheelMilliseconds): void {
  const elapsed = Math.max(elapsedMs, LEAST_LATENCY);
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

// ---- penalty: what its failures count as

/**
 * Failures as load. A target that fails at once is always free and always quick, so whatever goes by exchanges or by time
 * would send it everything. Therefore each failure counts as an exchange that is still there (`Target.penalty`), and is
 * forgotten in the course of some seconds: what a target gets beyond its failures shrinks with every one of them, and
 * failures that all targets have alike move nothing.
 */

/** Milliseconds between two steps. */
const STEP = 1000;
/** What is left of a penalty after a step: half of it after three seconds. */
const LEFT = 0.8;
/** Less is none. */
const LEAST_PENALTY = 0.5;
/** More is not counted: after an outage it must be over in half a minute. */
const MOST = 256;

/** The penalties of a pool's targets. */
export class Penalties {
  readonly #targets: Target[] = [];
  #due = 0;

  /** The target failed once more. */
  add(target: Target, now: WheelMilliseconds): void {
    if (target.penalty === 0) {
      if (this.#targets.length === 0) this.#due = now + STEP;
      this.#targets.push(target);
    }
    target.penalty = Math.min(target.penalty + 1, MOST);
  }

  /** Makes them less with the time; `onLoad` hears of each. */
  ease(now: WheelMilliseconds, onLoad: (target: Target) => void): void {
    if (this.#targets.length === 0 || now < this.#due) return;
    this.#due = now + STEP;
    let kept = 0;
    for (const target of this.#targets) {
      const left = target.penalty * LEFT;
      target.penalty = left < LEAST_PENALTY ? 0 : left;
      if (target.penalty > 0) this.#targets[kept++] = target;
      onLoad(target);
    }
    this.#targets.length = kept;
  }
}
