import type { Transport } from "../contract/transport.ts";

/**
 * What a connection keeps of bytes: those that came and cannot be used yet, and those that cannot be written yet.
 */

/** So much is kept as it lies rather than copied, when the buffer that it was read into may be kept. */
const INPUT_KEEP = 16_384;
const OUTPUT_KEEP = 8_192;
/** Of our own for input. */
const SMALLEST = 2_048;

/**
 * Bytes of one connection that came and could not be used yet: a head that is not complete, a body whose consumer
 * is full, requests that were pipelined. The reader bounds it by pausing its transport.
 */
export class Input {
  bytes: Buffer | null = null;
  start = 0;
  end = 0;
  /** Whose read buffer `bytes` is; null when it is ours to write into. */
  #owner: Transport | null = null;

  get length(): number {
    return this.end - this.start;
  }

  /** Keeps bytes [start, end) behind what is kept already. `owner`: whose read buffer it is, null to copy. */
  append(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const more = end - start;
    if (more <= 0) return;
    if (this.bytes === null) {
      const kept = owner !== null && more >= INPUT_KEEP ? owner.retain(bytes, start, end) : null;
      if (kept !== null) {
        this.bytes = kept;
        this.#owner = owner;
        this.start = start;
        this.end = end;
        return;
      }
      this.#replace(Math.max(SMALLEST, more));
    } else if (this.#owner !== null || this.end + more > this.bytes.length) {
      const have = this.length;
      if (this.#owner === null && have + more <= this.bytes.length) {
        this.bytes.copyWithin(0, this.start, this.end);
        this.start = 0;
        this.end = have;
      } else {
        this.#replace((have + more) * 2);
      }
    }
    bytes.copy(this.bytes!, this.end, start, end);
    this.end += more;
  }

  /** Bytes before `position` were used. */
  consume(position: number): void {
    this.start = position;
    if (this.start >= this.end) this.clear();
  }

  clear(): void {
    this.#giveBack();
    this.bytes = null;
    this.start = this.end = 0;
  }

  #replace(size: number): void {
    const old = this.bytes;
    const grown = Buffer.allocUnsafeSlow(size);
    const have = this.length;
    if (old !== null) old.copy(grown, 0, this.start, this.end);
    this.#giveBack();
    this.bytes = grown;
    this.start = 0;
    this.end = have;
  }

  #giveBack(): void {
    const owner = this.#owner;
    if (owner === null) return;
    this.#owner = null;
    owner.release(this.bytes!);
  }
}

/**
 * Writes to one connection. What the kernel does not take at once is queued; whoever writes is told and must stop
 * until `onWritable` answers true, so the queue never holds more than one read's worth and a few small heads.
 */
export class Output {
  transport: Transport | null = null;
  #pending: Buffer | null = null;
  #start = 0;
  #end = 0;
  /** Whose read buffer `#pending` is; null when it is a copy of our own. */
  #owner: Transport | null = null;

  /** Something is queued. */
  get blocked(): boolean {
    return this.#pending !== null;
  }

  get queued(): number {
    return this.#end - this.#start;
  }

  /**
   * Writes bytes [start, end). False: a remainder is queued (or the connection is gone, which `onClose` will tell).
   * `owner` is the transport whose read buffer this is; null for memory that will be used again, which is copied.
   */
  write(bytes: Buffer, start: number, end: number, owner: Transport | null): boolean {
    const transport = this.transport;
    if (transport === null) return false;
    if (this.#pending !== null) {
      this.#append(bytes, start, end);
      return false;
    }
    const taken = transport.write(bytes, start, end);
    if (taken === end - start) return true;
    if (taken < 0) return false;
    this.#queue(bytes, start + taken, end, owner);
    return false;
  }

  /** Writes what is queued. True: nothing is queued any more. */
  onWritable(): boolean {
    const pending = this.#pending;
    if (pending === null) return true;
    const taken = this.transport === null ? -1 : this.transport.write(pending, this.#start, this.#end);
    if (taken < 0) return false;
    this.#start += taken;
    if (this.#start < this.#end) return false;
    this.clear();
    return true;
  }

  clear(): void {
    this.#giveUp();
    this.#pending = null;
    this.#start = this.#end = 0;
  }

  #queue(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const kept = owner !== null && end - start >= OUTPUT_KEEP ? owner.retain(bytes, start, end) : null;
    if (kept !== null) {
      this.#pending = kept;
      this.#owner = owner;
      this.#start = start;
      this.#end = end;
      return;
    }
    const copy = Buffer.allocUnsafeSlow(end - start);
    bytes.copy(copy, 0, start, end);
    this.#pending = copy;
    this.#start = 0;
    this.#end = copy.length;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    // A kept buffer belongs to its reader beyond `#end`: never written into, always copied once.
    const have = this.#end - this.#start;
    const grown = Buffer.allocUnsafeSlow(have + end - start);
    this.#pending!.copy(grown, 0, this.#start, this.#end);
    bytes.copy(grown, have, start, end);
    this.#giveUp();
    this.#pending = grown;
    this.#start = 0;
    this.#end = grown.length;
  }

  /** `#pending` is written or of no use any more. */
  #giveUp(): void {
    const pending = this.#pending;
    if (pending === null) return;
    const owner = this.#owner;
    this.#owner = null;
    if (owner !== null) owner.release(pending);
    // A copy of ours that nobody else has seen: its memory is free at once, not at the next garbage collection.
    else if (pending.length >= OUTPUT_KEEP) (pending.buffer as ArrayBuffer).transfer(0);
  }
}

/**
 * Memory that any encoder may use. Whoever leaves bytes in it for a later write is its holder; who wants it next
 * takes it, and then the holder has to write out or copy what it left. So no one's bytes ever end up in another's
 * message, however calls are nested and whatever waits.
 */

/** Whoever has left bytes in SCRATCH. */
export interface ScratchHolder {
  /** Somebody else takes SCRATCH now. */
  releaseScratch(): void;
}

export const SCRATCH: Buffer = Buffer.allocUnsafeSlow(262_144);

let holder: ScratchHolder | null = null;

/** Must be called before writing into SCRATCH; `by` is null when nothing is left in it after the call that writes. */
export function takeScratch(by: ScratchHolder | null): void {
  if (holder === by) return;
  const before = holder;
  holder = by;
  before?.releaseScratch();
}

/** What was left has been written. */
export function leaveScratch(by: ScratchHolder): void {
  if (holder === by) holder = null;
}
