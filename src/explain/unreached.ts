import { node, NOT_REACHED } from "./explaining.ts";
import type { Station, TreeNode } from "./tree.ts";

/** Stations in a row that the request never came to, as one line. */
export function joinUnreached(stations: readonly Station[]): TreeNode[] {
  const nodes: TreeNode[] = [];
  let unreached: string[] = [];
  for (const station of [...stations, null]) {
    if (station?.mark === "skipped" && station.text.startsWith(NOT_REACHED)) {
      unreached.push(station.label);
      continue;
    }
    if (unreached.length > 0) nodes.push(node("…", `${NOT_REACHED}: ${unreached.join(", ")}`, "skipped"));
    unreached = [];
    if (station !== null) nodes.push(station);
  }
  return nodes;
}
