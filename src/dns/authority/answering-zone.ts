import type { ZoneData } from "../zone/zone-data.ts";
import type { DynamicNodes, ZoneSecurity } from "./zone-security.ts";

/** Who answers for a name that a chain leads to (lower case), asked for a type; null: nobody here. */
export type FindZone = (name: Uint8Array, type: number) => AnsweringZone | null;

/** What an answer is compiled from. */
export interface AnsweringZone {
  readonly zone: ZoneData;
  readonly security: ZoneSecurity | null;
  /** Nodes that answer for themselves: a chain of CNAMEs ends in front of them, and the resolver asks again. */
  readonly dynamic: DynamicNodes;
}
