/** What docs/reference/json.md (and admin.md) say of JSON is what there is: no member more, none less. */
import { afterAll, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCommand } from "../src/commands/check.ts";
import { createKey } from "../src/commands/dns-key.ts";
import { NO_RETRY } from "../src/contract/no-retry.ts";
import type { TraceRecord } from "../src/contract/trace-record.ts";
import { AdminForTests, FakeControl } from "../src/control/control-for-tests.ts";
import { reportOf } from "../src/dns/store/zone-report.ts";
import { analysis } from "../src/explain/analysis.ts";
import { sendClientRequest } from "../src/explain/client-request.ts";
import { explainTree } from "../src/explain/explain-tree.ts";
import { failedRecord, proxiedRecord, stampAt } from "../src/explain/records-for-tests.ts";
import type { ExplainTree } from "../src/explain/tree.ts";
import { JsonLine } from "../src/trace/log-format-json.ts";
import { LogBuffer } from "../src/trace/log-buffer.ts";
import { LOG_VARIABLE_NAMES } from "../src/trace/log-variables.ts";

const reference = join(import.meta.dir, "..", "docs", "reference");

/** Names in code in the first cells of the table below a heading. */
function documented(page: string, heading: string): string[] {
  const text = readFileSync(join(reference, page), "utf8");
  const section = text.split(/^#{2,4} /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${page} has no section "${heading}"`);
  const rows = [...section.matchAll(/^\| (`.*?) \|/gm)].map((match) => match[1]!);
  return rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)).toSorted();
}

function members(...values: readonly unknown[]): string[] {
  return [...new Set(values.flatMap((value) => Object.keys(value as object)))].toSorted();
}

function treeOf(record: TraceRecord): ExplainTree {
  return explainTree({ record, plan: null, sent: true, reply: null });
}

function logged(record: TraceRecord): object {
  const into = new LogBuffer(65_536);
  return JSON.parse(into.bytes.latin1Slice(0, new JsonLine().put(record, into, 0))) as object;
}

const folder = mkdtempSync(join(tmpdir(), "roundtrip-json-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function checked(config: string): Promise<Record<string, unknown>> {
  const file = join(folder, "edge.yaml");
  writeFileSync(file, config);
  let out = "";
  await checkCommand(file, { json: true }, { out: (text) => void (out += text), error: () => {}, colour: false });
  return JSON.parse(out) as Record<string, unknown>;
}

describe("the access log", () => {
  test("has the members that are documented", () => {
    const slow = Object.assign(proxiedRecord(), { protocol: "HTTP/1.0", retries: 1 });
    stampAt(slow, { headParsed: 1000, routed: 2000, policiesDone: 3000, bodyHeld: 4000, balanced: 5000 });
    stampAt(slow, { queued: 6000, dequeued: 7000, connectBegun: 8000, connected: 9000, lastByte: 99_000 });
    const failed = Object.assign(failedRecord(), { target: "" });
    expect(members(logged(slow), logged(failed))).toEqual(documented("json.md", "The access log"));
  });

  test("has the variables that are documented", () => {
    expect(documented("json.md", "A format of your own")).toEqual(LOG_VARIABLE_NAMES.toSorted());
  });

  test("and its reasons are", () => {
    expect(documented("json.md", "Why a request was not tried again")).toEqual([...NO_RETRY].toSorted());
  });
});

describe("explanations", () => {
  const tree = treeOf(proxiedRecord());
  const failed = treeOf(failedRecord());

  test.each([
    ["Explanations", tree],
    ["The request", tree.request],
    ["The outcome", tree.outcome],
    ["The fault", failed.fault],
    ["Stations", tree.stations[0]],
    ["Routes", tree.routes[0]],
    ["Candidates", tree.candidates[0]],
    ["Attempts", failed.attempts[0]],
    ["Server timing", tree.serverTiming[0]],
  ])("%s", (heading, value) => {
    expect(documented("json.md", heading)).toEqual(members(value));
  });

  test("Analyses, and the client's view", async () => {
    const url = new URL("http://127.0.0.1:1/");
    const view = await sendClientRequest({ method: "GET", url, fields: () => [], body: null, timeout: 1000 });
    const made = analysis({ method: "GET", url: url.href, traceId: "" }, view, null, "none");
    expect(documented("json.md", "Analyses")).toEqual(members(made));
    expect(documented("json.md", "The client's view")).toEqual(members(view));
  });
});

describe("what an edge answers", () => {
  test("status, pools, targets and kept requests", async () => {
    const admin = new AdminForTests();
    await admin.start(new FakeControl());
    try {
      const status = (await admin.call("/status")).body as { pools: Array<{ targets: object[] }> };
      expect(documented("json.md", "The status")).toEqual(members(status));
      expect(documented("admin.md", "Pools")).toEqual(members(status.pools[0]));
      expect(documented("admin.md", "Targets")).toEqual(members(status.pools[0]!.targets[0]));
      const [kept] = (await admin.call("/traces")).body as object[];
      expect(documented("json.md", "Requests that are kept")).toEqual(members(kept));
    } finally {
      await admin.stop();
    }
  });

  test("zones", () => {
    expect(documented("json.md", "Zones")).toEqual(members(reportOf("shop.test.", "failed", null)));
  });
});

describe("what commands print", () => {
  test("check, and its problems", async () => {
    const plan = await checked('listeners: ["127.0.0.1:8080"]\nroutes: [{ match: {}, respond: { status: 200 } }]\n');
    expect(documented("json.md", "A checked config")).toEqual(members(plan));
    const { ok, problems } = await checked("routs: []\n");
    expect(ok).toBe(false);
    expect(documented("json.md", "A config with problems")).toEqual(members((problems as object[])[0]));
  });

  test("keys", () => {
    let out = "";
    const written = spyOn(process.stdout, "write").mockImplementation((text) => {
      out += String(text);
      return true;
    });
    try {
      createKey("shop.test", { algorithm: "ed25519", role: "ksk", folder, json: true });
    } finally {
      written.mockRestore();
    }
    expect(documented("json.md", "Keys")).toEqual(members(JSON.parse(out)));
  });
});
