import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkDns } from "../src/dns/config/check-dns.ts";
import { compile } from "../src/config/compile.ts";
import { loadConfig } from "../src/config/load.ts";

const examples = [...new Bun.Glob("*.config.{ts,yaml}").scanSync(import.meta.dir)].toSorted();

describe("every example", () => {
  test.each(examples)("%s compiles", async (name) => {
    const plan = compile(await loadConfig(join(import.meta.dir, name)), { version: 1, previous: null });
    expect(plan.routes.length).toBeGreaterThan(0);
  });

  test.each([...examples, "shop/roundtrip.config.ts"])("%s has no bad zone", async (name) => {
    const loaded = await loadConfig(join(import.meta.dir, name));
    const { dns } = loaded.config;
    if (dns === null) return;
    const { zones, problems } = await checkDns(dns, loaded);
    expect(problems).toEqual([]);
    expect(zones.flatMap(({ findings }) => findings.map(({ owner, message }) => `${owner} ${message}`))).toEqual([]);
  });

  test("stands in the list", () => {
    const page = readFileSync(join(import.meta.dir, "README.md"), "utf8");
    expect(examples.filter((name) => !page.includes(`(${name})`))).toEqual([]);
    expect(examples.length).toBeGreaterThan(5);
  });
});
