/**
 * Standard output and error, written without ever waiting for who reads them: a pager that pauses, a pipe into a
 * program that hangs or a full journal must not stop the edge.
 *
 * A pipe or terminal is opened again through `/proc`, since `O_NONBLOCK` on the descriptor itself would change it for
 * every process that shares it. Where that is not possible (sockets, other systems) a thread of the pool does the
 * waiting, one piece at a time while another gathers. Files never wait.
 */
import { constants, fstatSync, openSync, write, writeSync } from "node:fs";

/** What a thread may be given at once, bytes. */
const PIECE = 64 * 1024;
const NOTHING = Buffer.alloc(0);
const LATER: readonly string[] = ["EAGAIN", "EINTR"];

/** The output takes nothing at the moment; trying again later may help. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && LATER.includes(String(error.code));
}

export class StandardStream {
  readonly #descriptor: 1 | 2;
  /** Writes and does not wait; null: not opened yet. */
  #direct: number | null = null;
  /** Only a thread can write without holding up this one. */
  #threaded = false;
  /** A piece is with the thread. */
  #pending = false;
  /** What follows that piece. */
  #waiting: Buffer = NOTHING;
  #failure: Error | null = null;

  constructor(descriptor: 1 | 2) {
    this.#descriptor = descriptor;
  }

  /**
   * Writes bytes [start, end) and answers how many were taken, 0 when none are at the moment.
   * @throws a system error, EAGAIN among them.
   */
  write(bytes: Uint8Array, start: number, end: number): number {
    if (this.#direct === null && !this.#threaded) this.#open();
    return this.#direct === null ? this.#hand(bytes, start, end) : writeSync(this.#direct, bytes, start, end - start);
  }

  #open(): void {
    const kind = fstatSync(this.#descriptor);
    if (kind.isFile()) {
      this.#direct = this.#descriptor;
      return;
    }
    // Elsewhere /dev/fd is the same open file, and the flag would be ignored.
    if (process.platform === "linux" && !kind.isSocket()) {
      try {
        const path = `/proc/self/fd/${this.#descriptor}`;
        this.#direct = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
        return;
      } catch {
        // It belongs to another user, or there is no /proc.
      }
    }
    this.#threaded = true;
  }

  #hand(bytes: Uint8Array, start: number, end: number): number {
    if (this.#failure !== null) {
      const failure = this.#failure;
      this.#failure = null;
      throw failure;
    }
    const length = Math.min(end - start, PIECE);
    if (this.#waiting.length + length > PIECE) return 0;
    // The caller's buffer is overwritten meanwhile.
    this.#waiting = Buffer.concat([this.#waiting, bytes.subarray(start, start + length)]);
    this.#passWaiting();
    return length;
  }

  #passWaiting(): void {
    if (this.#pending || this.#waiting.length === 0) return;
    this.#pending = true;
    this.#pass(this.#waiting, 0);
    this.#waiting = NOTHING;
  }

  #pass(piece: Buffer, from: number): void {
    write(this.#descriptor, piece, from, piece.length - from, null, (error, written) => {
      if (error === null && from + written < piece.length) {
        this.#pass(piece, from + written);
        return;
      }
      this.#failure = error;
      this.#pending = false;
      this.#passWaiting();
    });
  }
}

export const standardOutput = new StandardStream(1);
const errorStream = new StandardStream(2);
let unsaid = 0;

/** Tells whoever watches the process. What standard error does not take is dropped, and counted in the next line. */
export function tell(text: string): void {
  const gap = unsaid === 0 ? "" : `(${unsaid} messages are missing here: nobody read standard error)\n`;
  const bytes = Buffer.from(`${gap}${text}\n`);
  try {
    if (errorStream.write(bytes, 0, bytes.length) > 0) unsaid = 0;
    else unsaid++;
  } catch {
    unsaid++;
  }
}
