import { BATCH, MessageBatch } from "./message-batch.ts";

/** The most that a datagram holds over IPv4 (65,535 less the headers of IP and UDP). */
export const MOST = 65_507;
/** Bytes that are sent together, at most. */
const OUT = 2 * 65_536;

/** What datagrams are received into. */
export class Inbox {
  readonly bytes: Uint8Array;
  readonly messages: MessageBatch;
  readonly stride: number;

  constructor(largest: number) {
    this.stride = largest;
    this.bytes = new Uint8Array(BATCH * largest);
    this.messages = new MessageBatch(this.bytes, largest);
  }
}

/** Sends the messages of an outbox. */
export interface OutboxOwner {
  flush(): void;
}

/** What datagrams are collected in until they are sent. */
export class Outbox {
  readonly bytes = new Uint8Array(OUT);
  readonly messages = new MessageBatch(this.bytes, 0);
  /** How many there are, … */
  count = 0;
  /** … and where the next one begins. */
  at = 0;
  /** Whose they are. */
  owner: OutboxOwner | null = null;

  /** Room for a datagram of `owner`: its offset in `bytes`. */
  reserve(size: number, owner: OutboxOwner): number {
    if (size < 0 || size > MOST) throw new RangeError(`a datagram has at most ${MOST} bytes, not ${size}`);
    if (this.owner !== owner) {
      if (this.count > 0) this.owner!.flush();
      this.owner = owner;
    }
    if (this.count === BATCH || this.at + size > OUT) owner.flush();
    return this.at;
  }

  clear(): void {
    this.count = 0;
    this.at = 0;
  }
}

/** The memory of all datagram sockets of one loop: a batch is handled and sent before the next one is received. */
export class DatagramArena {
  readonly outbox = new Outbox();
  /** By the largest datagram that fits. */
  readonly #inboxes = new Map<number, Inbox>();

  inbox(largest: number): Inbox {
    let inbox = this.#inboxes.get(largest);
    if (inbox === undefined) {
      inbox = new Inbox(largest);
      this.#inboxes.set(largest, inbox);
    }
    return inbox;
  }
}
