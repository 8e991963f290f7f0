/** The reference of the config and its JSON Schema are what the sections say, and what they say holds. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { compile } from "../src/config/compile.ts";
import type { Config } from "../src/config/config.ts";
import { loadConfig, loadValue } from "../src/config/load.ts";
import { optionRows } from "../src/schema/option-rows.ts";
import { options } from "../src/schema/walk.ts";
import { CONFIG_SCHEMA } from "../src/config/validate.ts";
import { codeBlocks } from "../tests/support/markdown.ts";
import { fillTables, PAGE } from "./config-reference.ts";
import { configJsonSchema, FILE } from "./config-schema.ts";
import { withoutWords, writtenOptions } from "./written-options-for-tests.ts";

const page = readFileSync(PAGE, "utf8");
const rows = optionRows(CONFIG_SCHEMA);
const PAGES = { "404": { file: import.meta.path } };

describe("docs/reference/config.md", () => {
  test("is current: else run `npm run docs`", () => {
    expect(fillTables(page)).toBe(page);
  });

  test("has words for every option: each section wraps its own in `option`", () => {
    expect(rows.filter(({ words }) => words === undefined).map(({ path }) => path)).toEqual([]);
  });

  // A config with everything that an option can be below; `*` is its first entry.
  const actions: Readonly<Record<string, object>> = {
    respond: { respond: { body: "x" } },
    redirect: { redirect: { to: "/" } },
    static: { static: { root: "." } },
    proxy: { proxy: { pool: "app" } },
    policies: { respond: {}, policies: [{ expires: { after: "1h" } }] },
    errorPages: { respond: {}, errorPages: PAGES },
  };

  /** A pool in which this option has a meaning. */
  function poolFor(path: string): object {
    const targets = [path.includes(".refresh") ? { dns: "app.internal:1" } : { address: "127.0.0.1:1" }];
    const [first, second, third] = path.split(".");
    if (first === "balance" && second !== undefined)
      return { targets, balance: { algorithm: second === "tableSize" ? "maglev" : "ring-hash" } };
    if (first === "sticky" && second !== undefined) return { targets, sticky: {} };
    if (second !== "check" || third === undefined) return { targets };
    const tls = path.includes(".tls.") ? { tls: {} } : {};
    return { targets, health: { check: { kind: third === "service" ? "grpc" : "http", ...tls } } };
  }

  /** A name server in which this option has a meaning. */
  function dnsFor(path: string): object {
    const [, part = "", , option = ""] = path.split(".");
    if (path.startsWith("dns.tls")) return { listeners: [{ tls: "127.0.0.1:0" }], zones: {} };
    if (path.startsWith("dns.keys.")) return { zones: {}, keys: { key: { secret: "c2VjcmV0IG9mIHR3byBzZXJ2ZXJz" } } };
    if (part !== "zones") return { zones: {} };
    const zone: Record<string, unknown> = { records: {} };
    if (option === "secondary") return { zones: { "shop.test": { secondary: { primaries: ["127.0.0.1"] } } } };
    if (option === "dnssec" && path !== "dns.zones.*.dnssec") zone["dnssec"] = { keys: ["key.pem"] };
    if (option === "steering" && path.includes(".steering.*.")) {
      const addresses = [{ address: "192.0.2.1" }, "192.0.2.2"];
      const pop = { addresses, latitude: 0, longitude: 0 };
      const pick = path.endsWith("addresses.*.weight") ? { pick: "one" } : {};
      const isAlias = /\.(minimum|maximum)Ttl$/.test(path);
      zone["steering"] = {
        www: isAlias ? { alias: "shop.example", ...boundsFor(path) } : { pops: { here: pop }, ...pick },
      };
    }
    return { zones: { "shop.test": zone } };
  }

  /** The other bound, so that this one can have any value. */
  function boundsFor(path: string): object {
    return path.endsWith("minimumTtl") ? { maximumTtl: 604_800 } : { minimumTtl: 1 };
  }

  /** The config with this value at the path. */
  function withValue(path: string, value: unknown): Config {
    const [, , action = "", below] = path.split(".");
    const config: Record<string, unknown> = {
      ...(path.startsWith("errorPages.") ? { errorPages: PAGES } : {}),
      ...(action === "proxy" ? { pools: { app: { targets: ["127.0.0.1:1"] } } } : {}),
      ...(path.startsWith("pools.") ? { pools: { app: poolFor(path.slice("pools.*.".length)) } } : {}),
      ...(path.startsWith("dns.") ? { dns: dnsFor(path) } : {}),
      ...(path.startsWith("listeners.") ? { listeners: [{ address: "127.0.0.1:8080" }] } : {}),
      routes: [(below === undefined ? undefined : actions[action]) ?? { respond: {} }],
      admin: { token: "0123456789abcdef" },
    };
    const copy = structuredClone(config);
    if (value === undefined) return copy as unknown as Config;
    let node = copy;
    const steps = path.split(".");
    const last = steps.pop()!;
    for (const step of steps) {
      const key = step === "*" ? Object.keys(node)[0]! : step;
      node[key] ??= {};
      node = node[key] as Record<string, unknown>;
    }
    node[last] = value;
    return copy as unknown as Config;
  }

  describe("the types that a person writes by", () => {
    const files = [
      "config/config.ts",
      "config/pool-config.ts",
      "config/route-config.ts",
      "dns/config/dns-config.ts",
      "dns/steering/options.ts",
      "dns/store/zone-records.ts",
    ];
    const sources = files.map((file) => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8"));
    const known = options(CONFIG_SCHEMA).filter(({ path }) => path !== "$schema");
    const leaves = known.filter(({ path }) => !known.some((other) => other.path.startsWith(`${path}.`)));
    // A value of which the schema knows no parts may have them in the types: `{ regex: string }`.
    const written = writtenOptions(sources, "Config").filter(
      ({ path }) => !leaves.some((leaf) => path.startsWith(`${leaf.path}.`)),
    );

    test("have every option, and no other", () => {
      expect(written.map(({ path }) => path).toSorted()).toEqual(known.map(({ path }) => path).toSorted());
    });

    test("say what each is, for editors to show", () => {
      const all = [...sources, readFileSync(new URL("../src/contract/handler.ts", import.meta.url), "utf8")];
      expect(all.flatMap(withoutWords)).toEqual([]);
      expect(withoutWords("export interface A {\n  /** Said. */\n  b: 1;\n  c?: 2;\n}\n")).toEqual(["A.c"]);
    });

    test("ask for the same ones", () => {
      const mayBeMissing = (schema: z.core.$ZodType): boolean => z.safeParse(schema, undefined).success;
      // A target or a zone is one of several kinds, each with an option of its own.
      const ofKinds =
        /^(?:pools\.\*\.targets\.\*\.(?:address|dns|srv|file|admin)|dns\.zones\.\*\.steering\.\*\.(?:alias|pops)|routes\.\*\.policies\.\*\.\w+)$/;
      const differ = written.filter(({ path, required }) => {
        const { schema } = known.find((option) => option.path === path)!;
        return required === mayBeMissing(schema) && !ofKinds.test(path);
      });
      expect(differ).toEqual([]);
    });
  });

  const withDefault = rows.filter(({ initial }) => /^`[^`]*`$/.test(initial));

  test.each(withDefault.map(({ path, initial }) => [path, initial.slice(1, -1)] as const))(
    "%s is %s when nothing is said",
    (path, initial) => {
      const explicit = loadValue(withValue(path, parse(initial)), "explicit");
      expect(explicit.config).toEqual(loadValue(withValue(path, undefined), "default").config);
    },
  );

  test("tells the default of every option that has a simple one", () => {
    expect(withDefault.length).toBeGreaterThan(45);
  });

  const ranges = rows.flatMap(({ path, values }) => {
    const range = /^(\S+) to ([\w.]+)(?:, or `none`)?$/.exec(values);
    return range === null ? [] : [{ path, least: range[1]!, most: range[2]! }];
  });

  test.each(ranges.map(({ path, least, most }) => [path, least, most] as const))(
    "%s may be %s to %s",
    (path, least, most) => {
      const accepted = (value: unknown): boolean => {
        try {
          loadValue(withValue(path, value), "test");
          return true;
        } catch {
          return false;
        }
      };
      if (path === "pools.*.targets") return;
      // As YAML reads it: a number, or a string with a unit.
      const [low, high] = [parse(least), parse(most)] as [unknown, unknown];
      expect([accepted(low), accepted(high)]).toEqual([true, true]);
      expect([accepted(beyond(low, -1)), accepted(beyond(high, 1))]).toEqual([false, false]);
    },
  );

  /** A little below or above a bound. */
  function beyond(bound: unknown, sign: 1 | -1): unknown {
    if (typeof bound === "number") return bound + sign;
    const [, digits, unit] = /^(\d+)(\w+)$/.exec(String(bound))!;
    return `${Number(digits) + sign}${unit}`;
  }

  const blocks = codeBlocks(page).filter(({ language }) => language === "ts" || language === "yaml");

  test("has examples in both languages", () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(["ts", "yaml"]));
  });

  test.each(blocks.map((block) => [block.line, block] as const))(
    "the example in line %d compiles",
    async (_line, block) => {
      const folder = mkdtempSync(join(tmpdir(), "roundtrip-reference-"));
      mkdirSync(join(folder, "public"));
      const file = join(folder, `roundtrip.config.${block.language}`);
      writeFileSync(file, block.text);
      try {
        expect(compile(await loadConfig(file), { version: 1, previous: null }).routes.length).toBeGreaterThan(0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe("docs/reference/config.schema.json", () => {
  test("is current: else run `npm run docs`", () => {
    expect(JSON.parse(readFileSync(FILE, "utf8"))).toEqual(configJsonSchema());
  });

  test("has the words of the reference", () => {
    const schema = configJsonSchema() as {
      properties: { limits: { properties: { head: { description: string } } } };
    };
    expect(schema.properties.limits.properties.head.description).toBe("431. First line and all fields together.");
  });
});
