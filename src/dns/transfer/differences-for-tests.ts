import { atOnce } from "../../time/slices.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { applyInSlices } from "./apply-differences.ts";
import { diffInSlices, type ZoneDifference } from "./zone-difference.ts";

/** @throws TransferError when the differences do not fit the zone. */
export function applyDifferences(zone: ZoneData, differences: readonly ZoneDifference[]): ZoneData {
  return atOnce(applyInSlices(zone, differences));
}

export function diffZones(before: ZoneData, after: ZoneData): ZoneDifference {
  return atOnce(diffInSlices(before, after))!;
}
