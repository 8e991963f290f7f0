/** The admin API of an edge, and the run file that tells of it. */
import { formatHostPort } from "../bytes/address.ts";
import type { AdminPlan } from "../contract/plan.ts";
import { startAdmin, type RunningAdmin } from "../control/admin.ts";
import type { ExplainTreeMaker } from "../control/admin-traces.ts";
import type { EdgeControl } from "../control/edge-control.ts";
import { writeRunFile } from "../control/run-file.ts";
import { errorMessage } from "../error-message.ts";
import { SystemFailure } from "../schema/system-failure.ts";

export interface EdgeAdminOptions {
  readonly control: EdgeControl;
  readonly plan: AdminPlan;
  readonly explainTree: ExplainTreeMaker;
  /** Absolute path of the config, or "". */
  readonly config: string;
  readonly report: (line: string) => void;
}

export interface EdgeAdmin extends RunningAdmin {
  readonly token: string;
  /** Takes the run file away: no command finds the edge any more. */
  withdraw(): void;
}

/** An edge without a run file is harder to find, and no worse else. @throws SystemFailure */
export async function startEdgeAdmin({
  control,
  plan,
  explainTree,
  config,
  report,
}: EdgeAdminOptions): Promise<EdgeAdmin> {
  const { host, port, token } = plan;
  const admin = await startAdmin({ control, host, port, token, explainTree }).catch((error: unknown) => {
    throw new SystemFailure(["admin", "address"], { kind: "listen", host, port }, error);
  });
  const { listeners, started } = control.status();
  let withdraw: (() => void) | null = null;
  try {
    withdraw = writeRunFile({
      pid: process.pid,
      // Those of the name server too: "--port 53" finds it.
      listeners: [...new Set([...listeners, ...(control.names()?.listening ?? [])].map(formatHostPort))],
      admin: `http://${formatHostPort(admin)}`,
      token,
      source: control.plan().source,
      config,
      started,
    });
  } catch (error) {
    report(`${errorMessage(error)}; commands find this edge by --admin and --token alone`);
  }
  return { ...admin, token, withdraw: () => withdraw?.() };
}
