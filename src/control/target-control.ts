/** Changes targets of a live pool as the admin API asks for it. Every change can be asked for twice. */
import { formatHostPort, type HostPort } from "../bytes/address.ts";
import type { WheelMilliseconds } from "../contract/time.ts";
import type { PoolPlan, TargetSourcePlan } from "../contract/plan.ts";
import type { Endpoint, Target } from "../contract/target.ts";
import { AdminProblem } from "./admin-answer.ts";
import { checkAddress, checkBody, endpointBody, newTargetBody, targetChangeBody } from "./admin-body.ts";
import { nearestHint } from "./nearest-hint.ts";
import { type TargetReport, targetReport } from "./target-report.ts";

export interface TargetOutcome {
  /** False: it was so already. */
  readonly changed: boolean;
  readonly created: boolean;
  /** What the caller should know beside; "" = nothing. */
  readonly warning: string;
  /** Null: it is gone. */
  readonly target: TargetReport | null;
}

type Share = Pick<Endpoint, "weight" | "backup"> & { readonly priority: number };

export class TargetControl {
  readonly #plan: PoolPlan;
  readonly #now: WheelMilliseconds;

  /** `now`: wheel milliseconds. */
  constructor(plan: PoolPlan, now: WheelMilliseconds) {
    this.#plan = plan;
    this.#now = now;
  }

  report(address: string): TargetReport {
    return this.#report(this.#find(address));
  }

  /** Mode and weight. @throws AdminProblem */
  change(address: string, body: unknown): TargetOutcome {
    const { mode, timeout, weight } = checkBody(targetChangeBody, body);
    if (mode === undefined && weight === undefined)
      throw new AdminProblem(400, "nothing to change", "Give mode or weight.");
    if (timeout !== undefined && (mode === undefined || mode === "ready")) {
      throw new AdminProblem(400, "timeout goes with mode drain or maintenance");
    }
    const target = this.#find(address);
    const { live, drain } = this.#plan;
    if (target.removed) {
      const remedy = "It cannot be changed any more; its source may name it again.";
      throw new AdminProblem(409, `${target.address} is removed: ${target.source} does not name it any more`, remedy);
    }
    let changed = false;
    // To make an ejected target ready is to say that it is well again.
    const ejected = mode === "ready" && target.health.ejectedUntil > this.#now;
    if (mode !== undefined && (mode !== target.mode || timeout !== undefined || ejected)) {
      const limit = mode === "ready" ? 0 : (timeout ?? drain);
      live.setMode(target, mode, this.#now, limit === 0 ? 0 : this.#now + limit);
      changed = true;
    }
    if (weight !== undefined && (weight === null ? target.weightPinned : !isPinnedAt(target, weight))) {
      live.setWeight(target, weight, this.#now);
      changed = true;
    }
    return { changed, created: false, warning: this.#warning(), target: this.#report(target) };
  }

  /** A target that must not be there yet. @throws AdminProblem */
  add(body: unknown): TargetOutcome {
    const { address, ...share } = checkBody(newTargetBody, body);
    const name = formatHostPort(address);
    const present = this.#lookup(name);
    if (present !== null && !present.removed)
      throw new AdminProblem(409, `pool "${this.#plan.name}" has ${name} already`);
    return this.#set(address, share);
  }

  /** The same, whether it is there or not. @throws AdminProblem */
  put(address: string, body: unknown): TargetOutcome {
    return this.#set(checkAddress(address), checkBody(endpointBody, body));
  }

  /** Takes away one that was added; it drains first. @throws AdminProblem */
  remove(address: string): TargetOutcome {
    const target = this.#find(address);
    const unchanged = { changed: false, created: false, warning: "" };
    if (target.removed) return { ...unchanged, target: this.#report(target) };
    const source = this.#source();
    if (source === null || target.source !== source.text) {
      throw new AdminProblem(
        409,
        `${target.address} comes from ${target.source}, which alone can take it away`,
        "Drain it instead, or set it to maintenance.",
      );
    }
    const others = this.#plan.live.targets.filter((other) => other !== target && !other.removed);
    if (others.length === 0) {
      const remedy = "Add another one first, or drain it.";
      throw new AdminProblem(409, `${target.address} is the last target of pool "${this.#plan.name}"`, remedy);
    }
    this.#plan.live.setEndpoints(source.text, this.#added(source.text, target.address), this.#now);
    const left = this.#lookup(target.address);
    return {
      changed: true,
      created: false,
      warning: this.#warning(),
      target: left === null ? null : this.#report(left),
    };
  }

  #set(address: HostPort, { weight, priority, backup }: Share): TargetOutcome {
    const name = formatHostPort(address);
    const source = this.#source();
    if (source === null) {
      throw new AdminProblem(
        422,
        `pool "${this.#plan.name}" takes no targets at run time`,
        "Add { admin: true } to its targets in the config.",
      );
    }
    const present = this.#lookup(name);
    const created = present === null || present.removed;
    if (!created && present.source !== source.text) {
      throw new AdminProblem(
        409,
        `pool "${this.#plan.name}" has ${name} already, from ${present.source}`,
        "Its weight and mode can be set.",
      );
    }
    const same = !created && present.sourceWeight === weight && present.tier === priority && present.backup === backup;
    if (!same) {
      const endpoint: Endpoint = { ...address, weight, tier: priority, backup, mode: "ready" };
      this.#plan.live.setEndpoints(source.text, [...this.#added(source.text, name), endpoint], this.#now);
    }
    const target = this.#lookup(name);
    const report = target === null ? null : this.#report(target);
    return { changed: !same, created, warning: "", target: report };
  }

  /** Who was added so far, but for one. What was set at run time (weight, mode) is no part of it and stays. */
  #added(source: string, except: string): Endpoint[] {
    return this.#plan.live.targets
      .filter((target) => target.source === source && !target.removed && target.address !== except)
      .map(({ host, port, sourceWeight, tier, backup }) => ({
        host,
        port,
        weight: sourceWeight,
        tier,
        backup,
        mode: "ready",
      }));
  }

  #source(): TargetSourcePlan | null {
    return this.#plan.sources.find(({ kind }) => kind === "admin") ?? null;
  }

  /** @throws AdminProblem with the nearest one, when there is none of this address. */
  #find(address: string): Target {
    const target = this.#lookup(address);
    if (target !== null) return target;
    const addresses = this.#plan.live.targets.map((known) => known.address);
    throw new AdminProblem(
      404,
      `pool "${this.#plan.name}" has no target ${JSON.stringify(address)}`,
      nearestHint(address, addresses),
    );
  }

  /** One that is in use rather than one of the same address that still drains. */
  #lookup(address: string): Target | null {
    const name = address.toLowerCase();
    const { targets } = this.#plan.live;
    const all = targets.filter((target) => target.address.toLowerCase() === name);
    return all.find(({ removed }) => !removed) ?? all[0] ?? null;
  }

  /** Who takes the last target out of use should be told. */
  #warning(): string {
    const { live, name } = this.#plan;
    if (live.targets.some((target) => !target.draining && target.weight > 0)) return "";
    return `no target of pool "${name}" takes new requests now: they are answered 503`;
  }

  #report(target: Target): TargetReport {
    return targetReport(target, this.#plan.health.check, this.#plan.live.panic, this.#now);
  }
}

function isPinnedAt(target: Target, weight: number): boolean {
  return target.weightPinned && target.weight === weight;
}
