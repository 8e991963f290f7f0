import type { AddressGroup } from "./address-group.ts";
import type { HealthView } from "./health-view.ts";

/** How often loads are asked for, milliseconds. */
const LOAD_INTERVAL = 1_000;

/** Shares of a group's capacity. */
export interface CapacityLimits {
  /** From here on others take its clients. */
  readonly spillAbove: number;
  /** Below this it takes them back. */
  readonly returnBelow: number;
}

/** The groups of a name, and when what is known of their health has changed. */
export class GroupStates {
  readonly groups: readonly AddressGroup[];
  /** Grows with every change: choices made before are to be made again. */
  epoch = 1;
  readonly #health: HealthView;
  readonly #limits: CapacityLimits;
  readonly #hasLoads: boolean;
  #version: number;
  #nextLoad = 0;

  constructor(groups: readonly AddressGroup[], health: HealthView, limits: CapacityLimits) {
    this.groups = groups;
    this.#health = health;
    this.#limits = limits;
    this.#hasLoads = health.load !== undefined && groups.some(({ plan }) => plan.load !== "");
    this.#version = health.version;
    for (const group of groups) group.refresh(health);
  }

  /** Takes over what has changed. `now`: milliseconds. */
  refresh(now: number): void {
    const { version } = this.#health;
    if (version !== this.#version) {
      this.#version = version;
      this.epoch++;
      for (const group of this.groups) group.refresh(this.#health);
    }
    if (this.#hasLoads && now >= this.#nextLoad) this.#refreshLoads(now);
  }

  #refreshLoads(now: number): void {
    this.#nextLoad = now + LOAD_INTERVAL;
    const { spillAbove, returnBelow } = this.#limits;
    for (const group of this.groups) {
      if (group.refreshLoad(this.#health, spillAbove, returnBelow)) this.epoch++;
    }
  }
}
