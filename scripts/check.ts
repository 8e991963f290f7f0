/**
 * `npm run check`, the gate: types, lint, format, then every test (the import rule among them).
 * Every step runs, also after one failed. Each step and each test counts; the last line is `N passed, N failed`.
 */
import { join } from "node:path";
import { printSkipped } from "./print-skipped.ts";
import { runTests } from "./run-tests.ts";

const root = join(import.meta.dir, "..");

const STEPS = [
  { name: "types", command: ["typescript/bin/tsc", "--noEmit", "-p", root] },
  { name: "lint", command: ["oxlint/bin/oxlint", "--deny-warnings"] },
  { name: "format", command: ["oxfmt/bin/oxfmt", "--check"] },
] as const;

let passed = 0;
const broken: string[] = [];

for (const step of STEPS) {
  console.log(`\n== ${step.name}`);
  const [tool, ...rest] = step.command;
  // The tools are Node programs; Node is there, since npm is.
  const child = Bun.spawn(["node", join(root, "node_modules", tool), ...rest], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if ((await child.exited) === 0) passed++;
  else broken.push(step.name);
}

console.log("\n== tests");
const tests = await runTests([]);
passed += tests.passed;
printSkipped(tests.skipped);
if (broken.length > 0) console.log(`failed: ${broken.join(", ")}`);
const failed = tests.failed + broken.length;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || tests.passed === 0 ? 1 : 0;
