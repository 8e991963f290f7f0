/** What an operator wants of a target. `drain`: no new requests; `maintenance`: nor health checks. */
export type TargetMode = "ready" | "drain" | "maintenance";
