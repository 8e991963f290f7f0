/** Runs `bun test` and counts from its JUnit report, so that what is printed at the end is what was run. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** `file: group > name` of each test that did not run. */
  readonly skipped: readonly string[];
}

/** Milliseconds a single test may take; those that start processes need more than Bun's 5 s on a slow machine. */
const TEST_TIMEOUT = 30_000;

const root = join(import.meta.dir, "..");

/** Tests that run programs, and so wait most of their time. */
const OF_PROGRAMS = /^tests\/(?:e2e|conformance)\//;

/**
 * `filters` are passed on to `bun test`: files, folders, `-t name`. Without one, the tests that run programs go on beside all
 * others, and what they print comes at the end.
 */
export async function runTests(filters: readonly string[]): Promise<TestCounts> {
  if (filters.length > 0) return run(filters, "as it comes");
  const files = [...new Bun.Glob("{src,tests,scripts,bench,fuzz,examples}/**/*.test.ts").scanSync(root)].toSorted();
  const [others, ofPrograms] = await Promise.all([
    run(
      files.filter((file) => !OF_PROGRAMS.test(file)).map((file) => `./${file}`),
      "as it comes",
    ),
    run(
      files.filter((file) => OF_PROGRAMS.test(file)).map((file) => `./${file}`),
      "at the end",
    ),
  ]);
  return {
    passed: others.passed + ofPrograms.passed,
    failed: others.failed + ofPrograms.failed,
    skipped: [...others.skipped, ...ofPrograms.skipped],
  };
}

async function run(filters: readonly string[], shown: "as it comes" | "at the end"): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-tests-"));
  const outfile = join(folder, "junit.xml");
  try {
    const reporters = ["--dots", "--reporter=junit", `--reporter-outfile=${outfile}`];
    const child = Bun.spawn([process.execPath, "test", `--timeout=${TEST_TIMEOUT}`, ...reporters, ...filters], {
      stdin: "ignore",
      stdout: shown === "as it comes" ? "inherit" : "pipe",
      stderr: "pipe",
    });
    const printed = child.stdout === undefined ? Promise.resolve("") : new Response(child.stdout).text();
    let said = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      if (shown === "as it comes") process.stderr.write(chunk);
      said += decoder.decode(chunk, { stream: true });
    }
    if (shown === "at the end") process.stderr.write(`${await printed}${said}`);
    return count(readReport(outfile), said, await child.exited);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Exported for its test. `said` is what `bun test` wrote to standard error. */
export function count(report: string | null, said: string, exitCode: number): TestCounts {
  if (report === null) return { passed: 0, failed: 1, skipped: [] };
  const [root] = /<testsuites [^>]*>/.exec(report) ?? [""];
  const number = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const skipped = skippedTests(report);
  // A file that cannot be loaded stands only in the summary, not in the report.
  const errors = Number(/^ *(\d+) errors?$/m.exec(said)?.[1] ?? 0);
  const failures = number("failures");
  const failed = failures + errors;
  return {
    passed: number("tests") - failures - number("skipped"),
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped,
  };
}

function skippedTests(report: string): string[] {
  const names: string[] = [];
  for (const [, attributes = ""] of report.matchAll(/<testcase ([^>]*[^/])>\s*<skipped/g)) {
    const attribute = (name: string): string =>
      unescape(new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
    const group = attribute("classname");
    names.push(`${attribute("file")}: ${group === "" ? "" : `${group} > `}${attribute("name")}`);
  }
  return names;
}

function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

function readReport(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
