/** `bun tests/stress/run.ts [--seconds 60] [--clients 48] [--seed 1] [--log FILE]`: the stress test for as long as wanted. */
import type { EdgeProcess } from "../e2e/support/edge-process.ts";
import { parseArgs } from "node:util";
import { isClean, renderReport, runStress } from "./stress.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    clients: { type: "string", default: "48" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    log: { type: "string" },
  },
});
const options = {
  seconds: Number(values.seconds),
  clients: Number(values.clients),
  seed: Number(values.seed),
  ...(values.log === undefined ? {} : { log: values.log }),
  /** What the edge and the kernel know of it. */
  onStall: async (edge: EdgeProcess): Promise<void> => {
    console.log(`stall: ${JSON.stringify(await edge.status())}`);
    const filter = `sport = :${edge.port} or dport = :${edge.port}`;
    if (Bun.which("ss") !== null) console.log(Bun.spawnSync(["ss", "-tnpo", filter]).stdout.toString());
  },
};
const report = await runStress(options);
console.log(renderReport(report, options));
process.exitCode = isClean(report) ? 0 : 1;
