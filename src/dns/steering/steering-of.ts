import type { AuthoritativeZone } from "../authority/authoritative-zone.ts";
import { locate } from "../authority/place.ts";
import { NO_NODE } from "../zone/name-table.ts";
import { type ExplainedAnswer, isExplained } from "./steering-step.ts";

/** What steers this name (lower case, in the zone), itself or as a wildcard; null: nothing. */
export function steeringOf(zone: AuthoritativeZone, name: Uint8Array): ExplainedAnswer | null {
  const place = locate(zone.data, name);
  const node = place.node === NO_NODE ? zone.data.names.wildcardOf(place.encloser) : place.node;
  const dynamic = zone.dynamic.get(node);
  return dynamic !== undefined && isExplained(dynamic) ? dynamic : null;
}
