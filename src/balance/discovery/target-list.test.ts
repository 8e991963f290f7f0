import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_ENDPOINTS } from "./pool-sink.ts";
import { ConfigError, inOneLine } from "../../schema/problem.ts";
import { readTargetList } from "./target-list.ts";
import type { TargetFormat } from "./target-list.ts";

/** "2:5: what is wrong" of each fault, "" when there is none. */
function faultOf(text: string, format: TargetFormat = "json"): string {
  try {
    readTargetList(text, format, "t");
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems
      .map((problem) =>
        inOneLine(problem)
          .replace(/^t:/, "")
          .replace(/\[\d+\]/, "[n]"),
      )
      .join(" | ");
  }
}

const all = [
  { host: "10.0.0.1", port: 8080, weight: 1, tier: 0, backup: false, mode: "ready" },
  { host: "::1", port: 80, weight: 0, tier: 15, backup: true, mode: "drain" },
] as const;

describe("a list of targets", () => {
  test("as JSON", () => {
    const text = `["10.0.0.1:8080", { "address": "[::1]:80", "weight": 0, "priority": 15, "backup": true, "mode": "drain" }]`;
    expect(readTargetList(text, "json", "t")).toEqual([...all]);
    expect(readTargetList("[]", "json", "t")).toEqual([]);
  });

  test("as YAML", () => {
    const text = [
      "# the shop's servers",
      "- 10.0.0.1:8080",
      "- address: '[::1]:80'",
      "  weight: 0",
      "  priority: 15",
      "  backup: true",
      "  mode: drain",
    ].join("\n");
    expect(readTargetList(text, "yaml", "t")).toEqual([...all]);
    expect(readTargetList("- {address: 'Users.Internal:80', weight: 256}", "yaml", "t")).toEqual([
      { host: "users.internal", port: 80, weight: 256, tier: 0, backup: false, mode: "ready" },
    ]);
  });

  test("syntax that is wrong has a place", () => {
    expect(faultOf('[\n  "10.0.0.1:80",\n]')).toBe("3:1: a JSON value is expected");
    expect(faultOf("")).toBe("1:1: a JSON value is expected, but the file ends");
    expect(faultOf('["10.0.0.1:80"')).toStartWith("1:15: ");
    expect(faultOf("- [a", "yaml")).toStartWith("1:5: ");
    expect(faultOf("- address: a:1\n  address: b:1", "yaml")).toBe("2:3: map keys must be unique");
    expect(faultOf("- *nobody", "yaml")).toContain("nobody");
  });

  test("what is not a list", () => {
    expect(faultOf('{ "targets": [] }')).toBe('1:1: {"targets":[]} is not an array; expected: a list');
    expect(faultOf("", "yaml")).toBe(" null is not an array; expected: a list");
    expect(faultOf("null")).toBe("1:1: null is not an array; expected: a list");
  });

  for (const [item, expected] of [
    ["17", "3:3: [n]: 17 is not an address; expected: an address such as"],
    ["[]", "3:3: [n]: [] is not allowed here; expected: an address such as"],
    ['"10.0.0.1"', '3:3: [n]: "10.0.0.1" has no port'],
    ['":80"', '3:3: [n]: ":80" has no host'],
    ['"::1"', '3:3: [n]: "::1" an IPv6 address stands in brackets'],
    ['"http://a:80"', "3:3: "],
    ['"a:0"', '3:3: [n]: "a:0" has no usable port'],
    ['"a:65536"', "3:3: "],
    ['"10.0.0.256:80"', '3:3: [n]: "10.0.0.256:80" "10.0.0.256" is not a host'],
    ['"[10.0.0.1]:80"', "3:3: "],
    ['"a..b:80"', "3:3: "],
    ['{ "weight": 2 }', "3:3: [n].address: is missing"],
    ['{ "address": 80 }', "3:16: [n].address: 80 is not an address"],
    [
      '{ "address": "b:1", "weight": 257 }',
      "3:33: [n].weight: 257 is too large; expected: a whole number from 0 to 256",
    ],
    ['{ "address": "b:1", "weight": "2" }', '3:33: [n].weight: "2" is not a whole number'],
    [
      '{ "address": "b:1", "priority": 16 }',
      "3:35: [n].priority: 16 is too large; expected: a whole number from 0 to 15",
    ],
    ['{ "address": "b:1", "backup": "yes" }', '3:33: [n].backup: "yes" is not a boolean; expected: true or false'],
    [
      '{ "address": "b:1", "mode": "off" }',
      '3:31: [n].mode: "off" is not known here; expected: one of ready, drain, maintenance',
    ],
    [
      '{ "address": "b:1", "wieght": 2 }',
      '3:23: [n].wieght: is not known here; expected: one of address, weight, priority, backup, mode; did you mean "weight"?',
    ],
    ['"a:1"', "3:3: [n]: a:1 is in the list already"],
    ['{ "address": "A:1" }', "3:3: [n]: a:1 is in the list already"],
  ] as const) {
    test(`refuses ${item}`, () => {
      expect(faultOf(`[\n  "a:1",\n  ${item}\n]`)).toStartWith(expected);
      expect(faultOf(`- a:1\n- c:1\n- ${item}`, "yaml")).toStartWith(expected);
    });
  }

  test("places are found in YAML blocks", () => {
    expect(faultOf("- a:1\n- address: b:1\n  weight: lots\n", "yaml")).toStartWith("3:11: [n].weight: ");
  });

  test("too many", () => {
    const list = Array.from({ length: MAX_ENDPOINTS + 1 }, (_, index) => `a${index}:1`);
    expect(faultOf(JSON.stringify(list))).toBe("1:1: is too long; expected: at most 16384");
    expect(readTargetList(JSON.stringify(list.slice(1)), "json", "t")).toHaveLength(MAX_ENDPOINTS);
  });

  test("nesting beyond any sense, and aliases without end", () => {
    expect(faultOf("[".repeat(100_000))).toBe("1:102: is nested deeper than 100");
    const laughs = [
      "- &a [x]",
      ...Array.from({ length: 12 }, (_, index) => {
        const [name, before] = [String.fromCharCode(98 + index), String.fromCharCode(97 + index)];
        return `- &${name} [${`*${before},`.repeat(9)}]`;
      }),
    ].join("\n");
    expect(faultOf(laughs, "yaml")).toContain("alias");
  });

  test("no text is more than refused", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.constantFrom("- ", "a:1", "\n", "{", "}", ":", "  ")).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, fc.constantFrom("json", "yaml"), (some, format) => {
        faultOf(some, format as TargetFormat);
      }),
      { numRuns: 500 },
    );
  });
});
