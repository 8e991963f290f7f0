/** What the owner of a zone should know about it: for `roundtrip check`, not for the loading of zones. */
import { atOnce } from "../../time/slices.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { checkDelegations } from "./check-delegations.ts";
import { checkRecords } from "./check-records.ts";
import { checkSoa } from "./check-soa.ts";
import { checkTargets } from "./check-targets.ts";
import { checkTtls } from "./check-ttls.ts";
import { checkUsable } from "./check-usable.ts";
import type { Finding } from "./finding.ts";
import { FindingList } from "./finding-list.ts";

/**
 * Everything that is to be said about a zone, the gravest first.
 * @param dynamic nodes whose addresses are made when they are asked for, such as ALIAS and steered names.
 * @param now milliseconds since the epoch: whether signatures hold.
 */
export function checkZone(zone: ZoneData, dynamic: ReadonlySet<number> = new Set(), now = Date.now()): Finding[] {
  const unusable = atOnce(checkUsable(zone));
  const findings = new FindingList(zone, dynamic);
  checkSoa(findings);
  checkTargets(findings);
  checkDelegations(findings);
  checkTtls(findings);
  checkRecords(findings, now);
  return [...unusable, ...findings.finish()];
}
