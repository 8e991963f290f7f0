import { afterEach, describe, expect, test } from "bun:test";
import { ADMIN_SOURCE, configSource, FILE_SOURCE } from "../balance/scenario-for-tests.ts";
import { Stamp } from "../contract/trace-record.ts";
import { AdminForTests, FakeControl, keptRecord } from "./control-for-tests.ts";
import { labelText, metricsText, OPEN_METRICS_TYPE, PROMETHEUS_TYPE } from "./metrics-text.ts";
import { poolReport } from "./pool-report.ts";

const admin = new AdminForTests();
afterEach(() => admin.stop());

async function scrape(control: FakeControl, accept = "text/plain"): Promise<{ text: string; type: string | null }> {
  await admin.start(control);
  const { body, response } = await admin.call("/metrics", "GET", undefined, { accept });
  return { text: body as string, type: response.headers.get("content-type") };
}

/** Value of a sample by its name with labels. */
function valueOf(text: string, sample: string): string | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
  return line?.slice(sample.length + 1);
}

/** What Prometheus' own parser insists on, for both formats. */
function problemsOf(text: string): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  let family = "";
  for (const line of text.trimEnd().split("\n")) {
    const head = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (line === "# EOF") continue;
    if (head !== null) {
      if (head[1] === "HELP" && seen.has(head[2]!)) problems.push(`twice: ${line}`);
      seen.add(head[2]!);
      family = head[2]!;
      continue;
    }
    const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[\d.e+-]+|[+-]Inf|NaN)$/.exec(line);
    if (sample === null) problems.push(`no sample: ${line}`);
    else if (
      sample[1] !== family &&
      ![`${family}_total`, `${family}_bucket`, `${family}_sum`, `${family}_count`].includes(sample[1]!)
    )
      problems.push(`of no family: ${line}`);
  }
  return problems;
}

describe("GET /metrics", () => {
  test("tells of the edge", async () => {
    const { text, type } = await scrape(new FakeControl());
    expect(type).toBe(PROMETHEUS_TYPE);
    expect(problemsOf(text)).toEqual([]);
    expect(valueOf(text, 'roundtrip_info{version="1.2.3"}')).toBe("1");
    expect(valueOf(text, "roundtrip_plan_version")).toBe("3");
    expect(valueOf(text, "roundtrip_connections")).toBe("7");
    expect(valueOf(text, "roundtrip_connections_refused_total")).toBe("6");
    expect(valueOf(text, "roundtrip_exchanges")).toBe("2");
    expect(valueOf(text, "roundtrip_log_lines_lost_total")).toBe("4");
    expect(Number(valueOf(text, "process_resident_memory_bytes"))).toBeGreaterThan(1e6);
    expect(Number(valueOf(text, "process_cpu_seconds_total"))).toBeGreaterThan(0);
    expect(Number(valueOf(text, "roundtrip_uptime_seconds"))).toBeCloseTo(5, 0);
  });

  test("tells of requests that are over, with histograms whose buckets add up", async () => {
    const control = new FakeControl();
    for (const [route, status, ms] of [
      ["a", 200, 0.4],
      ["a", 200, 3],
      ['b "quoted"', 502, 90_000],
    ] as const) {
      const record = Object.assign(keptRecord(), { route, status, pool: "shop", retries: 1, hedged: ms < 1 });
      if (status === 502) Object.assign(record, { fault: "upstream-closed", noRetry: "budget" });
      record.stamps[Stamp.ended] = record.stamps[Stamp.headBegun]! + ms * 1e6;
      control.exchangeCounts.add(record);
    }
    const { text } = await scrape(control);
    expect(problemsOf(text)).toEqual([]);
    expect(valueOf(text, 'roundtrip_requests_total{route="a",class="2xx"}')).toBe("2");
    expect(valueOf(text, 'roundtrip_requests_total{route="b \\"quoted\\"",class="5xx"}')).toBe("1");
    expect(text).not.toContain('route="a",class="5xx"');
    expect(valueOf(text, 'roundtrip_faults_total{code="upstream-closed"}')).toBe("1");
    expect(valueOf(text, 'roundtrip_pool_retries_total{pool="shop"}')).toBe("3");
    const refused = 'roundtrip_pool_retries_refused_total{pool="shop",reason="budget"}';
    expect(valueOf(text, refused)).toBe("1");
    expect(valueOf(text, 'roundtrip_pool_hedged_total{pool="shop"}')).toBe("1");
    const duration = "roundtrip_request_duration_seconds";
    expect(valueOf(text, `${duration}_bucket{route="a",le="0.0005"}`)).toBe("1");
    expect(valueOf(text, `${duration}_bucket{route="a",le="0.0025"}`)).toBe("1");
    expect(valueOf(text, `${duration}_bucket{route="a",le="0.005"}`)).toBe("2");
    expect(valueOf(text, `${duration}_bucket{route="b \\"quoted\\"",le="60"}`)).toBe("0");
    expect(valueOf(text, `${duration}_bucket{route="b \\"quoted\\"",le="+Inf"}`)).toBe("1");
    expect(valueOf(text, `${duration}_count{route="a"}`)).toBe("2");
    expect(Number(valueOf(text, `${duration}_sum{route="a"}`))).toBeCloseTo(0.0034, 6);
    expect(text).toContain(`# TYPE ${duration} histogram`);
  });

  test("tells of pools, targets, their checks, and sources", async () => {
    const sources = [configSource("a b*3 c"), FILE_SOURCE, ADMIN_SOURCE];
    const control = new FakeControl({ sources, check: { fall: 1 }, maxConnections: 9 });
    const { scenario } = control;
    scenario.check("a", "+");
    scenario.check("b", "-");
    scenario.fail("c", "upstream-unreachable");
    scenario.answer("a");
    scenario.mode("c", "drain");
    scenario.set("file t.json", "f");
    scenario.pool.noteSourceProblem("file t.json", "no such file", scenario.now);
    scenario.hold("a");
    scenario.pass(2000);
    const { text } = await scrape(control);
    expect(problemsOf(text)).toEqual([]);
    const of = (name: string, target: string, more = ""): string | undefined =>
      valueOf(text, `roundtrip_${name}{pool="shop",target="${target}:80"${more}}`);
    expect(["a", "b", "c"].map((target) => of("target_up", target))).toEqual(["1", "0", "0"]);
    expect(["a", "b", "c"].map((target) => of("target_checked", target))).toEqual(["1", "0", undefined]);
    expect(["a", "b", "c"].map((target) => of("target_ejected", target))).toEqual(["0", "0", "1"]);
    expect(["a", "b", "c"].map((target) => of("target_check_failures_total", target))).toEqual(["0", "1", "0"]);
    expect(["a", "b", "c"].map((target) => of("target_failures_total", target))).toEqual(["0", "0", "1"]);
    expect(of("target_ejections_total", "c")).toBe("1");
    expect(of("target_responses_total", "a")).toBe("1");
    expect(of("target_active", "a")).toBe("1");
    expect(of("target_connections_max", "a")).toBe("9");
    expect(of("target_weight", "b")).toBe("3");
    expect(of("target_check_age_seconds", "a")).toBe("2");
    expect(of("target_mode", "c", ',mode="drain"')).toBe("1");
    expect(of("target_mode", "c", ',mode="ready"')).toBe("0");
    expect(of("target_check_layer_ok", "b", ',layer="tcp"')).toBe("0");
    expect(valueOf(text, 'roundtrip_pool_targets{pool="shop"}')).toBe("4");
    expect(valueOf(text, 'roundtrip_pool_targets_up{pool="shop"}')).toBe("2");
    expect(valueOf(text, 'roundtrip_pool_panic{pool="shop"}')).toBe("0");
    expect(valueOf(text, 'roundtrip_source_ok{pool="shop",source="file t.json"}')).toBe("0");
    expect(valueOf(text, 'roundtrip_source_ok{pool="shop",source="config"}')).toBe("1");
    expect(valueOf(text, 'roundtrip_source_age_seconds{pool="shop",source="file t.json"}')).toBe("2");
    expect(text).not.toContain('roundtrip_source_age_seconds{pool="shop",source="config"}');
  });

  test("and status show no verdict of a check that a reload took away, a late one neither", async () => {
    const control = new FakeControl({ config: "a b", check: { fall: 1 } });
    const { scenario } = control;
    scenario.check("a", "+");
    scenario.check("b", "-");
    const before = (await scrape(control)).text;
    expect(before).toContain('roundtrip_target_check_layer_ok{pool="shop",target="b:80",layer="tcp"} 0');
    expect(valueOf(before, 'roundtrip_target_up{pool="shop",target="b:80"}')).toBe("0");
    scenario.adopt({ config: "a b" });
    scenario.check("b", "-");
    const { text } = await scrape(control);
    for (const name of ["checked", "check_layer_ok", "check_age_seconds"]) {
      expect(text).not.toContain(`roundtrip_target_${name}{`);
    }
    expect(valueOf(text, 'roundtrip_target_up{pool="shop",target="b:80"}')).toBe("1");
    const report = poolReport(scenario.pool.plan, scenario.now);
    expect(report.check).toBeNull();
    for (const { state, check, evidence } of report.targets) {
      expect([state, check.verdict, check.layers]).toEqual(["up", "unchecked", []]);
      expect(evidence.filter(({ from }) => from === "check")).toEqual([]);
    }
  });

  test("is OpenMetrics for who asks for it", async () => {
    const accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    const { text, type } = await scrape(new FakeControl(), accept);
    expect(type).toBe(OPEN_METRICS_TYPE);
    expect(text).toEndWith("# EOF\n");
    expect(text).toContain("# TYPE roundtrip_target_failures counter\nroundtrip_target_failures_total{");
    expect(problemsOf(text)).toEqual([]);
  });
});

test("label values are escaped, help too, and families without samples are left out", () => {
  const families = [
    {
      name: "x",
      type: "gauge",
      help: 'a "b" \\ \n',
      samples: [[labelText({ label: 'quote " slash \\ line \n' }), Infinity]],
    },
    { name: "none", type: "counter", help: "nothing", samples: [] },
  ] as const;
  expect(metricsText(families, false)).toBe(
    '# HELP x a "b" \\\\ \\n\n# TYPE x gauge\nx{label="quote \\" slash \\\\ line \\n"} +Inf\n',
  );
  expect(metricsText(families, true)).toStartWith('# HELP x a \\"b\\" \\\\ \\n\n');
});
