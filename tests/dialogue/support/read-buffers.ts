/** Room in front of the bytes of a read, which a handler may write into. */
const HEADROOM = 512;
const TAIL = 16;
/** Whoever reads this has looked outside of what came. */
const OUTSIDE = 0x21;
/** Whoever reads this has kept bytes longer than they hold. */
const FREED = 0xa5;

/** Buffers of reads: what nobody retained is made unreadable as soon as it was handled, the rest when it is released. */
export class ReadBuffers {
  /** `retain` answers null, as a transport may whose buffers are better copied. */
  refuses = false;
  /** Buffers that somebody has retained, and how often. */
  readonly #retained = new Map<Buffer, number>();
  /** Those being read, innermost last. */
  readonly #reading: Buffer[] = [];

  get retained(): number {
    return this.#retained.size;
  }

  /** Hands the bytes on. Answers whether what lies behind them was written into. */
  read(bytes: Buffer, handle: (buffer: Buffer, start: number, end: number) => void): boolean {
    const end = HEADROOM + bytes.length;
    const buffer = Buffer.alloc(end + TAIL, OUTSIDE);
    bytes.copy(buffer, HEADROOM);
    this.#reading.push(buffer);
    handle(buffer, HEADROOM, end);
    this.#reading.pop();
    const broken = buffer.subarray(end).some((byte) => byte !== OUTSIDE);
    if (!this.#retained.has(buffer)) buffer.fill(FREED);
    return broken;
  }

  /** Undefined: these bytes are not being read. */
  retain(buffer: Buffer): Buffer | null | undefined {
    const times = this.#retained.get(buffer) ?? 0;
    if (times === 0 && !this.#reading.includes(buffer)) return undefined;
    if (this.refuses) return null;
    this.#retained.set(buffer, times + 1);
    return buffer;
  }

  /** False: nobody has retained it. */
  release(buffer: Buffer): boolean {
    const times = this.#retained.get(buffer);
    if (times === undefined) return false;
    if (times > 1) {
      this.#retained.set(buffer, times - 1);
    } else {
      this.#retained.delete(buffer);
      if (!this.#reading.includes(buffer)) buffer.fill(FREED);
    }
    return true;
  }
}
