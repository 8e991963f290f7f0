/**
 * `dns`: the A and AAAA records of one name. Every address is a target. While the name cannot be resolved, or has no
 * address, what it said last holds: a name server's trouble is no reason to stop serving.
 */
import type { Resolver } from "../../contract/resolver.ts";
import { describeLookupProblem } from "./lookup-problem.ts";
import { LookupRunner } from "./lookup-runner.ts";
import type { LookupOutcome } from "./lookup-runner.ts";
import { sortAddresses } from "./sort-addresses.ts";
import type { CreateRunner, PlanOf } from "./source-runner.ts";

export const createDnsRunner: CreateRunner<"dns"> = (plan, sink, tools) =>
  new LookupRunner(() => askAddresses(plan, tools.resolver), plan.refresh, sink, tools);

async function askAddresses(plan: PlanOf<"dns">, resolver: Resolver): Promise<LookupOutcome> {
  try {
    const found = await resolver.resolveAddresses(plan.name);
    // NODATA says nothing that NXDOMAIN does not: both keep the targets, and both are asked again soon.
    if (found.length === 0) return { kind: "failure", problem: `${plan.name}: the name has no address` };
    const hosts = sortAddresses(found.map(({ address }) => address));
    return {
      kind: "answer",
      endpoints: hosts.map((host) => ({ ...plan.endpoint, host })),
      remark: "",
      ttl: found.reduce((least, { ttl }) => Math.min(least, ttl), Infinity),
      partial: false,
    };
  } catch (error) {
    return { kind: "failure", problem: `${plan.name}: ${describeLookupProblem(error, "address")}` };
  }
}
