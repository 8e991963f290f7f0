import { Input } from "../bytes/input.ts";
import type { Transport } from "../contract/transport.ts";

const LF = 10;

/** What came of a client and waits for its turn, and whether more is read. */
export class ConnectionInput extends Input {
  readonly #transport: Transport;
  #paused = false;
  /** Length at the last look at an incomplete head. */
  #looked = 0;

  constructor(transport: Transport) {
    super();
    this.#transport = transport;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Keeps what was looked at and could not be used yet. */
  keep(bytes: Buffer, start: number, end: number): void {
    this.append(bytes, start, end, this.#transport);
    this.#looked = this.length;
  }

  /** Bytes up to `position` were used, the rest was looked at. */
  advance(position: number): void {
    this.consume(position);
    this.#looked = this.length;
  }

  /**
   * A head that was incomplete is looked at again when a line came to its end among the new bytes, or when it has
   * doubled: so that a client that drips bytes costs no more than the head's length a line.
   */
  worthLooking(bytes: Buffer, start: number, end: number): boolean {
    return this.length >= 2 * this.#looked || bytes.lastIndexOf(LF, end - 1) >= start;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume();
  }
}
