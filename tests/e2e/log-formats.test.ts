/** The access log in each of its formats, of requests that really were; and what visitors are not told. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccessLogConfig } from "../../src/config/config.ts";
import { startEdge } from "./support/edge-process.ts";

const folder = mkdtempSync(join(tmpdir(), "roundtrip-formats-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const root = join(folder, "site");
mkdirSync(root);
writeFileSync(join(root, "empty.txt"), "");

interface Served {
  readonly lines: readonly string[];
  /** What the visitor got for the file that is missing. */
  readonly page: string;
}

async function serve(format: NonNullable<AccessLogConfig["format"]>): Promise<Served> {
  const path = join(folder, "access.log");
  rmSync(path, { force: true });
  const edge = await startEdge({
    accessLog: { path, format },
    routes: [{ name: "site", match: { path: "/*" }, static: root }],
  });
  let page = "";
  try {
    const headers = { "user-agent": 'test "1"', referer: "http://from.test/" };
    await (await fetch(`http://127.0.0.1:${edge.port}/empty.txt?a=1`, { headers })).text();
    const missing = await fetch(`http://127.0.0.1:${edge.port}/gone.txt`, { headers });
    page = JSON.stringify([...missing.headers]) + (await missing.text());
  } finally {
    // It writes what is left of the log.
    await edge.stop();
  }
  return { lines: readFileSync(path, "latin1").trimEnd().split("\n"), page };
}

const COMBINED =
  /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/\S+ HTTP\/1\.1" (\S+ \S+) "http:\/\/from\.test\/" "test \\"1\\""(.*)$/;

test("combined is Apache's: an empty body is a dash", async () => {
  const { lines } = await serve("combined");
  expect(lines.map((line) => COMBINED.exec(line)?.slice(1))).toEqual([
    ["200 -", ""],
    ["404 23", ""],
  ]);
});

test("combined-trace has the trace id behind it", async () => {
  const { lines } = await serve("combined-trace");
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(COMBINED.exec(line)?.[2]).toMatch(/^ [0-9a-f]{32}$/);
});

test("a format of one's own tells the file that was missing, and the visitor is not told", async () => {
  const { lines, page } = await serve('${method} ${path} ${query} ${status} ${duration} "${user.agent}" ${note}');
  expect(lines[0]).toMatch(/^GET \/empty\.txt a=1 200 \d+\.\d{3} "test \\"1\\"" -$/);
  expect(lines[1]).toMatch(/^GET \/gone\.txt - 404 \d+\.\d{3} "test \\"1\\"" /);
  expect(lines[1]).toEndWith(` ${join(root, "gone.txt")} is not there`);
  expect(page).toContain("There is no such file.");
  expect(page).not.toContain(folder);
});
