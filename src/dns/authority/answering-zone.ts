import type { ZoneData } from "../zone/zone-data.ts";
import type { DynamicNodes, ZoneSecurity } from "./zone-security.ts";

/** What an answer is compiled from. */
export interface AnsweringZone {
  readonly zone: ZoneData;
  readonly security: ZoneSecurity | null;
  /** Nodes that answer for themselves: a chain of CNAMEs ends in front of them, and the resolver asks again. */
  readonly dynamic: DynamicNodes;
}
