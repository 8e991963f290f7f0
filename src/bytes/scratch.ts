/**
 * Memory that any encoder may use between two returns to the event loop. Whoever writes into it has to hand it to a
 * transport (or copy it) before anything else can run.
 */
export const SCRATCH: Buffer = Buffer.allocUnsafeSlow(262_144);
