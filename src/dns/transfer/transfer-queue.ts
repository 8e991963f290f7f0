/**
 * Which zones are fetched now, and which wait. Three bounds hold: so many transfers at once, so many of them quick, so
 * many from one primary. A transfer that goes on for longer than `patience` is slow from then on and makes room for a
 * quick one, so that primaries that drip hold up nobody. Primaries take turns; the zones of one come in their order.
 */

export interface QueueLimits {
  /** Transfers at once, slow ones with them. */
  readonly total: number;
  /** Transfers at once that are not slow. */
  readonly quick: number;
  /** Transfers at once from one primary. */
  readonly perPrimary: number;
  /** Milliseconds. */
  readonly patience: number;
}

export const QUEUE_LIMITS: QueueLimits = { total: 50, quick: 10, perPrimary: 4, patience: 10_000 };

/** Resolves when the transfer is over, however it ended. */
export type Transfer = () => Promise<void>;

interface Peer {
  readonly waiting: Set<Transfer>;
  running: number;
}

export class TransferQueue {
  readonly #limits: QueueLimits;
  readonly #now: () => number;
  /** By address; whose turn is next comes first. */
  readonly #peers = new Map<string, Peer>();
  /** When each of the quick ones began; in that order. */
  readonly #quick = new Map<Transfer, number>();
  #running = 0;

  constructor(now: () => number, limits: QueueLimits = QUEUE_LIMITS) {
    this.#now = now;
    this.#limits = limits;
  }

  /** Begins the transfer when it is its turn, which may be at once. */
  enter(primary: string, transfer: Transfer): void {
    let peer = this.#peers.get(primary);
    if (peer === undefined) this.#peers.set(primary, (peer = { waiting: new Set(), running: 0 }));
    peer.waiting.add(transfer);
    this.#startMore();
  }

  /** To be called about once a second. */
  tick(): void {
    const before = this.#now() - this.#limits.patience;
    for (const [transfer, began] of this.#quick) {
      if (began > before) break;
      this.#quick.delete(transfer);
    }
    this.#startMore();
  }

  #startMore(): void {
    const { total, quick, perPrimary } = this.#limits;
    // Who has had a turn goes behind all others, and is met again there.
    for (const [primary, peer] of this.#peers) {
      if (this.#running >= total || this.#quick.size >= quick) return;
      const [next] = peer.waiting;
      if (next === undefined || peer.running >= perPrimary) continue;
      this.#peers.delete(primary);
      this.#peers.set(primary, peer);
      peer.waiting.delete(next);
      void this.#run(primary, peer, next);
    }
  }

  async #run(primary: string, peer: Peer, transfer: Transfer): Promise<void> {
    this.#running++;
    peer.running++;
    this.#quick.set(transfer, this.#now());
    try {
      await transfer();
    } finally {
      this.#quick.delete(transfer);
      peer.running--;
      this.#running--;
      if (peer.running === 0 && peer.waiting.size === 0) this.#peers.delete(primary);
      this.#startMore();
    }
  }
}
