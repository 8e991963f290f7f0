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
