/** What a person is told while an edge stops. */
import { formatDuration } from "../schema/units.ts";
import type { UnderWay } from "./drain.ts";

/** `most`: milliseconds, 0 for no end. */
export function stopWords(by: string, left: UnderWay, most: number): string {
  if (left.requests + left.tunnels === 0) return `${by}: the edge stops; nothing is under way`;
  const deadline = most === 0 ? "as long as it takes" : `at most ${formatDuration(most)}`;
  return `${by}: the edge stops, and waits for ${underWayWords(left)}, ${deadline}; a second Ctrl-C cuts them`;
}

export function cutWords(left: UnderWay): string {
  return `cut: ${underWayWords(left)}`;
}

/** "2 requests and 1 tunnel". */
function underWayWords({ requests, tunnels }: UnderWay): string {
  return [counted(requests, "request"), counted(tunnels, "tunnel")].filter((part) => part !== "").join(" and ");
}

function counted(number: number, noun: string): string {
  if (number === 0) return "";
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
