import { ptr } from "bun:ffi";

/** Room in front of what is read, for the head of a message that replaces the one that came: see `TransportHandler.onData`. */
export const HEADROOM = 4_096;
/**
 * Bytes of one read, at most. Larger reads are fewer system calls; with 1 MiB replies 512 KiB cost some 10 % less than
 * 256 KiB, and beyond there is no gain.
 */
export const READ_SIZE = 524_288;
/** Fewer bytes than these are copied instead of kept: a slow peer must not hold a whole buffer for the sake of a few. */
const WORTH_KEEPING = READ_SIZE / 4;
/** Free buffers that are kept for the next reads. */
const POOL = 16;

/** One buffer and who keeps it. */
class ReadBuffer {
  readonly bytes: Buffer = Buffer.from(new ArrayBuffer(HEADROOM + READ_SIZE));
  /** Where reads go. The memory is never detached or moved: it is ours alone. */
  readonly address: number = ptr(this.bytes) + HEADROOM;
  /** How many hold it beyond the call that it was handed to. */
  holders = 0;
}

/**
 * The memory that all connections read into, one after the other. A buffer that somebody keeps is replaced by another;
 * it comes back when the last of them gave it up.
 */
export class ReadBuffers {
  /** The buffer that the next read goes into. */
  current: Buffer;
  /** Where in memory that read goes. */
  address: number;
  #buffer: ReadBuffer = new ReadBuffer();
  readonly #free: ReadBuffer[] = [];
  /** By their bytes, those that are kept; weakly, should a keeper forget its buffer. */
  readonly #kept = new WeakMap<Buffer, ReadBuffer>();

  constructor() {
    this.current = this.#buffer.bytes;
    this.address = this.#buffer.address;
  }

  /** Answers the buffer, which is the caller's until `release`; null when it is better copied. */
  retain(bytes: Buffer, start: number, end: number): Buffer | null {
    if (end - start < WORTH_KEEPING) return null;
    let buffer = this.#kept.get(bytes);
    if (buffer === undefined) {
      if (bytes !== this.current) return null;
      buffer = this.#buffer;
      this.#kept.set(bytes, buffer);
      this.#replace();
    }
    buffer.holders++;
    return bytes;
  }

  /** One who kept the bytes does so no more. */
  release(bytes: Buffer): void {
    const buffer = this.#kept.get(bytes);
    if (buffer === undefined || --buffer.holders > 0) return;
    this.#kept.delete(bytes);
    if (this.#free.length < POOL) this.#free.push(buffer);
  }

  #replace(): void {
    this.#buffer = this.#free.pop() ?? new ReadBuffer();
    this.current = this.#buffer.bytes;
    this.address = this.#buffer.address;
  }
}
