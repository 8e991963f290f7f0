import { bind } from "./bind.ts";
import { knot } from "./knot.ts";
import { nsd } from "./nsd.ts";
import type { DnsPeer } from "./peer.ts";
import { roundtrip } from "./roundtrip.ts";

/** The first is what others are compared with. */
export const peers: readonly DnsPeer[] = [roundtrip, nsd, knot, bind];
