import { RecordType } from "../wire/record-type.ts";
import { AddressAnswers, type Pick, type SteeredAddress, type Variants } from "./address-answers.ts";
import type { HealthView } from "./health-view.ts";
import { seedOf } from "./weighted-turn.ts";

/** Indices of what is there for each address type. */
export const IPV4 = 0;
export const IPV6 = 1;

export interface GroupPlan {
  readonly name: string;
  readonly addresses: readonly SteeredAddress[];
  /** Asked of the `HealthView` for the group as a whole; empty: its addresses alone decide. */
  readonly health: string;
  /** Asked of `HealthView.load`; empty: no capacity is known. */
  readonly load: string;
  readonly weight: number;
  /** Degrees; NaN: not known. */
  readonly latitude: number;
  readonly longitude: number;
}

/** Addresses that are chosen together: those of a point of presence, a provider, a version. */
export class AddressGroup {
  readonly name: string;
  readonly plan: GroupPlan;
  readonly seed: number;
  /** By address type. */
  readonly byType: readonly [AddressAnswers, AddressAnswers];
  /** What it answers now, by address type; null: no such record. */
  readonly current: [Variants | null, Variants | null];
  /** Bits of the addresses that are up, by address type. */
  readonly mask = new Int32Array(2);
  /** Something in it is up. When nothing is, `current` has all of its addresses. */
  up = true;
  /** It has reached its capacity. */
  full = false;
  /** Share of the capacity used, as asked last; NaN: not known. */
  load = Number.NaN;

  constructor(plan: GroupPlan, ttl: number, pick: Pick) {
    this.name = plan.name;
    this.plan = plan;
    this.seed = seedOf(plan.name);
    const ipv4 = plan.addresses.filter(({ bytes }) => bytes.length === 4);
    const ipv6 = plan.addresses.filter(({ bytes }) => bytes.length === 16);
    this.byType = [
      new AddressAnswers(RecordType.A, ttl, ipv4, pick),
      new AddressAnswers(RecordType.AAAA, ttl, ipv6, pick),
    ];
    this.current = [null, null];
    this.#take(all(ipv4), all(ipv6));
  }

  /** Asks for the health of each part. */
  refresh(health: HealthView): void {
    const ipv4 = upOf(this.byType[IPV4].addresses, health);
    const ipv6 = upOf(this.byType[IPV6].addresses, health);
    const whole = this.plan.health === "" || health.isUp(this.plan.health) !== false;
    this.up = whole && (ipv4 | ipv6) !== 0;
    if (this.up) this.#take(ipv4, ipv6);
    // Fail open: who is sent to a group that is down had better get an address that may work than none.
    else this.#take(all(this.byType[IPV4].addresses), all(this.byType[IPV6].addresses));
  }

  /** Full from `spillAbove` on, until the load is below `returnBelow`. Answers whether that changed. */
  refreshLoad(health: HealthView, spillAbove: number, returnBelow: number): boolean {
    const load = this.plan.load === "" ? null : (health.load?.(this.plan.load) ?? null);
    this.load = load ?? Number.NaN;
    const full = load !== null && (this.full ? load >= returnBelow : load >= spillAbove);
    if (full === this.full) return false;
    this.full = full;
    return true;
  }

  /** "fra is up", "fra is up but for 192.0.2.2", "fra is down". */
  describeHealth(): string {
    if (!this.up) return `${this.name} is down`;
    const down = this.byType.flatMap(({ addresses }, type) =>
      addresses.filter((_, index) => ((this.mask[type]! >>> index) & 1) === 0).map(({ text }) => text),
    );
    const load = Number.isNaN(this.load) ? "" : ` at ${Math.round(this.load * 100)} % of its capacity`;
    return `${this.name} is up${down.length > 0 ? ` but for ${down.join(", ")}` : ""}${load}`;
  }

  #take(ipv4: number, ipv6: number): void {
    this.mask[IPV4] = ipv4;
    this.mask[IPV6] = ipv6;
    this.current[IPV4] = ipv4 === 0 ? null : this.byType[IPV4].variants(ipv4);
    this.current[IPV6] = ipv6 === 0 ? null : this.byType[IPV6].variants(ipv6);
  }
}

function all(addresses: readonly SteeredAddress[]): number {
  return addresses.length === 32 ? -1 : (1 << addresses.length) - 1;
}

function upOf(addresses: readonly SteeredAddress[], health: HealthView): number {
  let mask = 0;
  for (const [index, { health: key }] of addresses.entries()) {
    if (key === "" || health.isUp(key) !== false) mask |= 1 << index;
  }
  return mask;
}
