import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_ENDPOINTS } from "./pool-sink.ts";
import { TargetFileError, formatPlace } from "./target-file-error.ts";
import { readTargetList } from "./target-list.ts";
import type { TargetFormat } from "./target-list.ts";

/** "2:5: what is wrong", or "" when nothing is. */
function faultOf(text: string, format: TargetFormat = "json"): string {
  try {
    readTargetList(text, format);
    return "";
  } catch (error) {
    if (!(error instanceof TargetFileError)) throw error;
    const place = formatPlace(text, error.offset);
    return place === "" ? error.message : `${place}: ${error.message}`;
  }
}

const all = [
  { host: "10.0.0.1", port: 8080, weight: 1, tier: 0, backup: false, mode: "ready" },
  { host: "::1", port: 80, weight: 0, tier: 15, backup: true, mode: "drain" },
] as const;

describe("a list of targets", () => {
  test("as JSON", () => {
    const text = `["10.0.0.1:8080", { "address": "[::1]:80", "weight": 0, "priority": 15, "backup": true, "mode": "drain" }]`;
    expect(readTargetList(text, "json")).toEqual([...all]);
    expect(readTargetList("[]", "json")).toEqual([]);
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
    expect(readTargetList(text, "yaml")).toEqual([...all]);
    expect(readTargetList("- {address: 'Users.Internal:80', weight: 256}", "yaml")).toEqual([
      { host: "users.internal", port: 80, weight: 256, tier: 0, backup: false, mode: "ready" },
    ]);
  });

  test("syntax that is wrong has a place", () => {
    expect(faultOf('[\n  "10.0.0.1:80",\n]')).toBe("3:1: a value is expected");
    expect(faultOf("")).toBe("1:1: a value is expected, but the file ends");
    expect(faultOf('["10.0.0.1:80"')).toStartWith("1:15: ");
    expect(faultOf("- [a", "yaml")).toStartWith("1:5: ");
    expect(faultOf("- address: a:1\n  address: b:1", "yaml")).toBe("2:3: map keys must be unique");
    expect(faultOf("- *nobody", "yaml")).toContain("nobody");
  });

  test("what is no list", () => {
    expect(faultOf('{ "targets": [] }')).toBe("1:1: a list of targets is expected");
    expect(faultOf("", "yaml")).toBe("1:1: a list of targets is expected");
    expect(faultOf("null")).toBe("1:1: a list of targets is expected");
  });

  for (const [item, expected] of [
    ["17", '3:3: a target such as "10.0.0.1:8080" or'],
    ["[]", "3:3: a target such as"],
    ['"10.0.0.1"', '3:3: "10.0.0.1" has no port'],
    ['":80"', '3:3: ":80" has no host'],
    ['"::1"', '3:3: "::1" an IPv6 address stands in brackets'],
    ['"http://a:80"', "3:3: "],
    ['"a:0"', '3:3: "a:0" has no port that can be connected to'],
    ['"a:65536"', "3:3: "],
    ['"10.0.0.256:80"', '3:3: "10.0.0.256:80" "10.0.0.256" is no host'],
    ['"[10.0.0.1]:80"', "3:3: "],
    ['"a..b:80"', "3:3: "],
    ['{ "weight": 2 }', "3:3: an address is expected"],
    ['{ "address": 80 }', "3:5: an address is expected"],
    ['{ "address": "b:1", "weight": 257 }', "3:23: weight: 257 is no whole number from 0 to 256"],
    ['{ "address": "b:1", "weight": "2" }', '3:23: weight: "2" is no whole number'],
    ['{ "address": "b:1", "priority": 16 }', "3:23: priority: 16 is no whole number from 0 to 15"],
    ['{ "address": "b:1", "backup": "yes" }', '3:23: backup: "yes" is neither true nor false'],
    ['{ "address": "b:1", "mode": "off" }', '3:23: mode: "off" is none of ready, drain, maintenance'],
    ['{ "address": "b:1", "wieght": 2 }', '3:23: "wieght" is no property of a target'],
    ['"a:1"', "3:3: this target stands in the list already"],
    ['{ "address": "A:1" }', "3:3: this target stands in the list already"],
  ] as const) {
    test(`refuses ${item}`, () => {
      expect(faultOf(`[\n  "a:1",\n  ${item}\n]`)).toStartWith(expected);
      expect(faultOf(`- a:1\n- c:1\n- ${item}`, "yaml")).toStartWith(expected);
    });
  }

  test("places are found in YAML blocks", () => {
    expect(faultOf("- a:1\n- address: b:1\n  weight: lots\n", "yaml")).toStartWith("3:3: weight: ");
  });

  test("too many", () => {
    const list = Array.from({ length: MAX_ENDPOINTS + 1 }, (_, index) => `a${index}:1`);
    expect(faultOf(JSON.stringify(list))).toBe("16385 targets are too many: at most 16384 are used");
    expect(readTargetList(JSON.stringify(list.slice(1)), "json")).toHaveLength(MAX_ENDPOINTS);
  });

  test("nesting beyond any sense, and aliases without end", () => {
    expect(faultOf("[".repeat(100_000))).toContain("the file ends");
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
