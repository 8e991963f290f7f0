/** A plan of what a config would do with a request, without a running edge. */
import { compile } from "../config/compile.ts";
import { loadConfig } from "../config/load.ts";
import type { Dialer } from "../contract/transport.ts";
import type { ExplainRequest } from "../control/edge-control.ts";
import { explainTree } from "../explain/explain-tree.ts";
import type { ExplainTree } from "../explain/tree.ts";
import { explainRequest } from "../explain-request.ts";
import { Path } from "../path.ts";
import { systemEnv } from "../time/clocks.ts";
import { TimerWheel } from "../time/wheel.ts";
import { RecordQueue, TraceStore } from "../trace/trace-store.ts";

const NOWHERE: Dialer = {
  dial(host, port) {
    throw new Error(`a plan connects to nobody, so not to ${host}:${port}`);
  },
};

/** Takes the same way as traffic, with nothing listening and nothing connected. @throws ConfigError */
export async function explainOffline(file: string, input: ExplainRequest): Promise<ExplainTree> {
  const plan = compile(await loadConfig(file), { version: 1, previous: null });
  const path = new Path({
    plan,
    env: systemEnv,
    wheel: new TimerWheel(),
    dialer: NOWHERE,
    finished: new RecordQueue(new TraceStore(0, 0, 0), null),
  });
  const { record, reply } = await explainRequest(path, input);
  return explainTree({ record, plan, sent: false, reply });
}
