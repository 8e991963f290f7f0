/**
 * `dns`: the A and AAAA records of one name. Every address is a target. While the name cannot be resolved, or has no
 * address, what it said last holds: a name server's trouble is no reason to stop serving. The same holds for one family.
 */
import type { Resolver } from "../../contract/resolver.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { describeLookupProblem } from "./lookup-problem.ts";
import { LookupRunner } from "./lookup-runner.ts";
import type { LookupOutcome } from "./lookup-runner.ts";
import { sortAddresses } from "./sort-addresses.ts";
import type { CreateRunner, PlanOf } from "./source-runner.ts";

export const createDnsRunner: CreateRunner<"dns"> = (plan, sink, tools) => {
  const known = new KnownAddresses();
  return new LookupRunner(() => askAddresses(plan, tools.resolver, known), plan.refresh, sink, tools);
};

async function askAddresses(plan: PlanOf<"dns">, resolver: Resolver, known: KnownAddresses): Promise<LookupOutcome> {
  try {
    // NODATA says nothing that NXDOMAIN does not: both keep the targets, and both are asked again soon.
    const { addresses, ttl, problem } = known.take(await resolver.resolveAddresses(plan.name));
    return {
      kind: "answer",
      endpoints: sortAddresses(addresses).map((host) => ({ ...plan.endpoint, host })),
      remark: problem === "" ? "" : `${plan.name}: ${problem}`,
      ttl,
      partial: problem !== "",
    };
  } catch (error) {
    return { kind: "failure", problem: `${plan.name}: ${describeLookupProblem(error, "address")}` };
  }
}
