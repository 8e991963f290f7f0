import { FieldLines } from "./field-lines.ts";
import { FIELD_STRIDE, MAX_FIELDS } from "./head.ts";

/** Bytes that policies may add to one head; more is refused with a RangeError when the policy is compiled or run. */
export const MAX_ADDED_BYTES = 16_384;

/**
 * What policies change in a head, kept beside it: the head's own bytes are never touched.
 * The encoder copies the runs of the head, leaving out the removed fields, and appends `added`.
 */
export class FieldEdits {
  /** 1 at index i when field number i is removed. */
  readonly removed: Uint8Array = new Uint8Array(MAX_FIELDS);
  removedCount = 0;
  added: FieldLines = new FieldLines(Buffer.allocUnsafeSlow(512), 0);

  get empty(): boolean {
    return this.removedCount === 0 && this.added.length === 0;
  }

  reset(): void {
    if (this.removedCount > 0) {
      this.removed.fill(0);
      this.removedCount = 0;
    }
    this.added.length = 0;
  }

  /** Removes the field at this offset of the head's table. */
  remove(at: number): void {
    const index = at / FIELD_STRIDE;
    if (this.removed[index] === 1) return;
    this.removed[index] = 1;
    this.removedCount++;
  }

  isRemoved(at: number): boolean {
    return this.removed[at / FIELD_STRIDE] === 1;
  }

  /** Appends prepared field lines (`Name: value\r\n…`), checked by whoever prepared them. */
  addLines(lines: Uint8Array): void {
    if (this.added.length + lines.length > MAX_ADDED_BYTES)
      throw new RangeError(`policies added more than ${MAX_ADDED_BYTES} bytes of fields`);
    this.added.append(lines);
  }

  clone(): FieldEdits {
    const copy = new FieldEdits();
    copy.copyFrom(this);
    return copy;
  }

  /** Becomes what the other is. */
  copyFrom(other: FieldEdits): void {
    this.removed.set(other.removed);
    this.removedCount = other.removedCount;
    this.added.length = 0;
    this.added.append(other.added.bytes.subarray(0, other.added.length));
  }
}

/** Of replies that have no edits of their own. */
const LINES_ALONE = new FieldEdits();

/** The edits with field lines (`Name: value\r\n…`) added; where there are none yet, they hold until the next call. */
export function withLines(edits: FieldEdits | null, lines: Buffer): FieldEdits {
  if (edits === null) LINES_ALONE.reset();
  const all = edits ?? LINES_ALONE;
  all.addLines(lines);
  return all;
}
