/**
 * `error`: the zone cannot be served as it is. `warning`: some name will not work as it seems meant. `advice`: it works,
 * and could be better.
 */
export type Severity = "error" | "warning" | "advice";

/** Something about a zone that its owner should know. */
export interface Finding {
  readonly severity: Severity;
  /** The name that it is about, in presentation form. */
  readonly owner: string;
  /** The record type that it is about; empty when it is about the name. */
  readonly type: string;
  /** One clause without a full stop. */
  readonly message: string;
  /** What would fix it, as a request. */
  readonly remedy: string;
}
