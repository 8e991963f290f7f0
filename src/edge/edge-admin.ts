/** The admin API of an edge, and the run file that tells of it. */
import { formatHostPort } from "../bytes/address.ts";
import type { AdminPlan } from "../contract/plan.ts";
import { startAdmin, type RunningAdmin } from "../control/admin.ts";
import type { ExplainTreeMaker } from "../control/admin-traces.ts";
import type { EdgeControl } from "../control/edge-control.ts";
import { writeRunFile } from "../control/run-file.ts";

export interface EdgeAdminOptions {
  readonly control: EdgeControl;
  readonly plan: AdminPlan;
  readonly explainTree: ExplainTreeMaker;
  /** Absolute path of the config, or "". */
  readonly config: string;
}

export interface EdgeAdmin extends RunningAdmin {
  readonly token: string;
  /** Takes the run file away: no command finds the edge any more. */
  withdraw(): void;
}

/** @throws what `startAdmin` and `writeRunFile` throw; then nothing listens. */
export async function startEdgeAdmin({ control, plan, explainTree, config }: EdgeAdminOptions): Promise<EdgeAdmin> {
  const { host, port, token } = plan;
  const admin = await startAdmin({ control, host, port, token, explainTree });
  const { listeners, started } = control.status();
  try {
    const withdraw = writeRunFile({
      pid: process.pid,
      listeners: listeners.map(formatHostPort),
      admin: `http://${formatHostPort(admin)}`,
      token,
      source: control.plan().source,
      config,
      started,
    });
    return { ...admin, token, withdraw };
  } catch (error) {
    await admin.stop();
    throw error;
  }
}
