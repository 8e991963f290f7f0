/** `bun tests/stress/run.ts [--seconds 60] [--clients 48] [--seed 1]`: the stress test for as long as wanted. */
import { parseArgs } from "node:util";
import { isClean, renderReport, runStress } from "./stress.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    clients: { type: "string", default: "48" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
const options = { seconds: Number(values.seconds), clients: Number(values.clients), seed: Number(values.seed) };
const report = await runStress(options);
console.log(renderReport(report, options));
process.exitCode = isClean(report) ? 0 : 1;
