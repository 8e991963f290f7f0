/**
 * Deadlines for connections. Moving one further away is a store: the node is looked at when its slot comes round and
 * put back then. Only a deadline nearer than the slot moves the node, so a busy connection costs nothing per request.
 */

import type { WheelMilliseconds } from "../contract/time.ts";

/** Resolution, milliseconds: a deadline never fires early, and at most two of these late. */
export const TICK = 100;
const SLOTS = 1024;

export abstract class TimerNode {
  /** Milliseconds on the wheel's clock; 0 = none. Set through the wheel. */
  deadline: WheelMilliseconds = 0;
  /** Slot, place in it and the slot's time; slot -1 = not on the wheel. Owned by the wheel. */
  wheelSlot = -1;
  wheelPlace = -1;
  wheelTime: WheelMilliseconds = 0;

  /** The deadline has passed. The node may set a new one, or leave the wheel. */
  abstract onDeadline(): void;
}

export class TimerWheel {
  /** Coarse clock, milliseconds, moved by `advance`. Never 0, which means "none". */
  now: WheelMilliseconds = 1;
  readonly #slots: TimerNode[][] = Array.from({ length: SLOTS }, () => []);
  #tick = 0;
  #size = 0;

  /** Nodes on the wheel. */
  get size(): number {
    return this.#size;
  }

  /** `onDeadline` after `delay` milliseconds, instead of any earlier deadline. 0 = none, the node stays watched. */
  set(node: TimerNode, delay: number): void {
    if (delay === 0) {
      node.deadline = 0;
      return;
    }
    // `now` may be a tick behind: a deadline is late rather than early.
    this.setAt(node, this.now + delay + TICK);
  }

  /** The same at a time of the wheel's clock. */
  setAt(node: TimerNode, deadline: WheelMilliseconds): void {
    node.deadline = deadline;
    if (node.wheelSlot >= 0 && node.wheelTime <= deadline) return;
    if (node.wheelSlot >= 0) this.#take(node);
    this.#place(node);
  }

  /** The node has no deadline any more, also when it is due in the very tick that is being looked at. */
  remove(node: TimerNode): void {
    node.deadline = 0;
    if (node.wheelSlot >= 0) this.#take(node);
  }

  #take(node: TimerNode): void {
    const slot = this.#slots[node.wheelSlot]!;
    const last = slot.pop()!;
    if (last !== node) {
      slot[node.wheelPlace] = last;
      last.wheelPlace = node.wheelPlace;
    }
    node.wheelSlot = -1;
    this.#size--;
  }

  /** Moves the clock to `now` milliseconds and fires what is due. A clock that jumps visits each slot once. */
  advance(now: WheelMilliseconds): void {
    if (now <= this.now) return;
    this.now = now;
    const until = Math.floor(now / TICK);
    for (let tick = Math.max(this.#tick, until - SLOTS) + 1; tick <= until; tick++) {
      this.#tick = tick;
      this.#visit(tick % SLOTS);
    }
  }

  #place(node: TimerNode): void {
    const wanted = Math.ceil((node.deadline - this.now) / TICK);
    const ticks = Math.max(1, Math.min(wanted, SLOTS - 1));
    const index = (this.#tick + ticks) % SLOTS;
    const slot = this.#slots[index]!;
    node.wheelSlot = index;
    node.wheelTime = (this.#tick + ticks) * TICK;
    node.wheelPlace = slot.length;
    slot.push(node);
    this.#size++;
  }

  #visit(index: number): void {
    const slot = this.#slots[index]!;
    if (slot.length === 0) return;
    const nodes = slot.splice(0);
    this.#size -= nodes.length;
    for (const node of nodes) node.wheelSlot = -1;
    for (const node of nodes) {
      // An earlier node's deadline may have set this one again; without a deadline it leaves until the next `set`.
      if (node.wheelSlot >= 0 || node.deadline === 0) continue;
      if (node.deadline <= this.now) {
        node.deadline = 0;
        node.onDeadline();
      } else {
        this.#place(node);
      }
    }
  }
}
