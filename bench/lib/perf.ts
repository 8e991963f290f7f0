/**
 * `--perf`: one more round under `perf record`, and the hottest functions of it. JIT-compiled code of Bun shows as
 * addresses without names; kernel and native code is named.
 */
import { join } from "node:path";
import { descendants } from "./cpu.ts";
import { load } from "./load.ts";
import type { Bench, Subject } from "./measure.ts";
import { run, temporaryFolder } from "./processes.ts";
import type { Workload } from "./workloads.ts";

const LINES = 40;

export async function profile(bench: Bench, workload: Workload, subject: Subject): Promise<string> {
  if (subject.process === undefined) return "";
  if (Bun.which("perf") === null) return "perf is not installed (apt install linux-perf)";
  const data = join(temporaryFolder(), "perf.data");
  const pids = [subject.process.pid, ...descendants(subject.process.pid)].join(",");
  bench.progress(`${workload.name}: perf record of ${subject.name}`);
  await Promise.all([
    load(bench.tools, workload, subject.port, bench.seconds + 1),
    run(bench.tools.core, {
      argv: ["perf", "record", "-q", "-F", "997", "-g", "-o", data, "-p", pids, "--", "sleep", String(bench.seconds)],
    }),
  ]);
  const report = await run(bench.tools.core, {
    argv: ["perf", "report", "-i", data, "--stdio", "--no-children", "-g", "none", "--sort", "dso,symbol"],
  });
  const lines = report
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/[\s-]+$/, ""));
  return `perf: ${workload.name}, ${subject.name}\n${lines.slice(0, LINES).join("\n")}\n`;
}
