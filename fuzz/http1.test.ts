import { expect, test } from "bun:test";
import { join } from "node:path";

/** The fuzzer itself: it passes on its corpus, and the same seed makes the same run. */

function run(...options: string[]): { code: number; output: string } {
  const child = Bun.spawnSync([process.execPath, join(import.meta.dir, "http1.ts"), ...options]);
  return { code: child.exitCode, output: child.stdout.toString() + child.stderr.toString() };
}

test("the corpus and a few hundred changes of it pass, and a seed can be repeated", () => {
  const first = run("--runs", "400", "--seed", "7");
  expect(first.output).toContain("http1: 400 executions");
  expect(first.code).toBe(0);
  const pace = /\d+\/s/;
  expect(run("--runs", "400", "--seed", "7").output.replace(pace, "")).toBe(first.output.replace(pace, ""));
});

test("an option that is not a number is refused", () => {
  expect(run("--seconds", "x").code).toBe(2);
});
