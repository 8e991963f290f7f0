import { STAMP_COUNT, TraceRecord } from "../contract/trace-record.ts";
import { IDS_LENGTH } from "./trace-context.ts";

/**
 * How the block of a record is laid out. The line comes last, since only as much of it is copied as is used.
 */
export const IDS_AT = STAMP_COUNT * Float64Array.BYTES_PER_ELEMENT;
export const AUTHORITY_AT = IDS_AT + IDS_LENGTH;
/** Longest authority and longest request line that a block takes, bytes. */
export const AUTHORITY_ROOM = 64;
export const LINE_AT = AUTHORITY_AT + AUTHORITY_ROOM;
export const LINE_ROOM = 216;
export const BLOCK_LENGTH = LINE_AT + LINE_ROOM;

/** A record whose stamps, ids, authority and line lie in one block of memory, so that one copy keeps them all. */
export class BlockRecord extends TraceRecord {
  readonly #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_LENGTH);
  readonly #ownAuthority = this.#part(AUTHORITY_AT, AUTHORITY_ROOM);
  readonly #ownLine = this.#part(LINE_AT, LINE_ROOM);
  override readonly stamps: Float64Array = new Float64Array(this.#block.buffer, this.#block.byteOffset, STAMP_COUNT);
  override readonly ids: Buffer = this.#part(IDS_AT, IDS_LENGTH);
  /** Stamps and ids, which lie side by side. */
  readonly #cleared = new Float64Array(this.#block.buffer, this.#block.byteOffset, STAMP_COUNT + IDS_LENGTH / 8);
  override authority: Buffer = this.#ownAuthority;
  override line: Buffer = this.#ownLine;

  /** What `copyBlock` copies is all of stamps, ids, authority and line. */
  get fitsBlock(): boolean {
    return this.lineLength <= LINE_ROOM && this.authorityLength <= AUTHORITY_ROOM;
  }

  /** Copies the block to `at`. Needs `fitsBlock`. */
  copyBlock(into: Buffer, at: number): void {
    this.#block.copy(into, at, 0, LINE_AT + this.lineLength);
    // A longer one came before, for which the listener made larger buffers.
    if (this.line !== this.#ownLine) this.line.copy(into, at + LINE_AT, 0, this.lineLength);
    if (this.authority !== this.#ownAuthority) this.authority.copy(into, at + AUTHORITY_AT, 0, this.authorityLength);
  }

  protected override clearBytes(): void {
    this.#cleared.fill(0);
  }

  #part(at: number, length: number): Buffer {
    return Buffer.from(this.#block.buffer, this.#block.byteOffset + at, length);
  }
}
