import { describe, expect, test } from "bun:test";
import { parseDnsperf, parseH2load } from "./load.ts";
import { parseOptions } from "./options.ts";
import { questions } from "./zones.ts";

const DNSPERF = `
Statistics:

  Queries sent:         40362
  Queries completed:    40360 (99.99%)
  Queries lost:         2 (0.01%)

  Response codes:       NOERROR 30270 (75.00%), NXDOMAIN 10090 (25.00%)
  Average packet size:  request 42, response 110
  Run time (s):         1.002000
  Queries per second:   40279.441118

  Average Latency (s):  0.002105 (min 0.000101, max 0.023456)
  Latency StdDev (s):   0.000900
`;

const H2LOAD = `
finished in 1.00s, 20750.00 req/s, 3.52MB/s
requests: 20750 total, 20850 started, 20750 done, 20750 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 20740 2xx, 0 3xx, 10 4xx, 0 5xx
                     min         max         mean         sd        +/- sd
time for request:     1.02ms     20.52ms      4.81ms      1.14ms    82.02%
time for connect:      118us       923us       512us       201us    60.00%
`;

describe("what the load tools print", () => {
  test("dnsperf", () => {
    expect(parseDnsperf(DNSPERF)).toEqual({
      queries: 40_360,
      seconds: 1.002,
      latency: 2_105,
      errors: ["2 queries were not answered"],
    });
    expect(parseDnsperf(DNSPERF.replace("NXDOMAIN", "REFUSED")).errors).toContain("answers REFUSED");
    expect(parseDnsperf("").errors).toEqual(["no query was answered"]);
  });

  test("h2load", () => {
    expect(parseH2load(H2LOAD, 1)).toEqual({
      queries: 20_750,
      seconds: 1,
      latency: 4_810,
      errors: ["10 replies were not 2xx"],
    });
    expect(parseH2load("", 1).errors).toEqual(["no query was answered"]);
  });
});

test("every kind of question comes as often, and the same ones in every run", () => {
  const mix = questions("mix");
  expect(mix.filter((question) => question.startsWith("no")).length).toBe(mix.length / 4);
  expect(questions("mix")).toEqual(mix);
});

test("options that are wrong are told", () => {
  expect(() => parseOptions(["--peers", "dnsmasq"])).toThrow('no peer "dnsmasq"');
  expect(() => parseOptions(["--rounds", "0"])).toThrow("at least 1");
  expect(parseOptions(["--quick"])).toMatchObject({ rounds: 3, seconds: 1, name: "quick", keep: false });
});
