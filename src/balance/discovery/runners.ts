import type { TargetSourcePlan } from "../../contract/plan.ts";
import { createDnsRunner } from "./dns-source.ts";
import { createFileRunner } from "./file-source.ts";
import type { CreateRunner, EndpointSink, RunningKind, SourceTools, TargetSourceRunner } from "./source-runner.ts";
import { createSrvRunner } from "./srv-source.ts";

/** Every kind of source that runs. A further kind is its file and a line here. */
const RUNNERS: { readonly [Kind in RunningKind]: CreateRunner<Kind> } = {
  dns: createDnsRunner,
  srv: createSrvRunner,
  file: createFileRunner,
};

/** Null for sources that do not run: the config's list and the admin API tell the pool themselves. */
export function createRunner(
  plan: TargetSourcePlan,
  sink: EndpointSink,
  tools: SourceTools,
): TargetSourceRunner | null {
  if (plan.kind === "config" || plan.kind === "admin") return null;
  // The table's type pairs each kind with its plan, which TypeScript cannot follow through an index.
  const create = RUNNERS[plan.kind] as CreateRunner<RunningKind>;
  return create(plan, sink, tools);
}
