import type { ListenAddress } from "../contract/plan.ts";
import type { EdgeControl } from "../control/edge-control.ts";

/** What whoever started an edge has of it. */
export interface Edge {
  readonly listeners: readonly ListenAddress[];
  readonly admin: { readonly host: string; readonly port: number; readonly token: string } | null;
  readonly control: EdgeControl;
  /** Resolves when it has stopped, whoever wanted that. */
  readonly stopped: Promise<void>;
  /** Drains within `timeouts.drain`, then cuts what is left. Resolves when nothing runs any more. */
  stop(): Promise<void>;
}
