import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../schema/problem.ts";
import { Source } from "../schema/source.ts";
import { withEnvironment } from "./env-values.ts";
import { loadConfig } from "./load.ts";
import { CONFIG_SCHEMA } from "./validate.ts";

const VARIABLES = {
  ROUNDTRIP_TEST_LISTEN: "127.0.0.1:8123",
  ROUNDTRIP_TEST_TOKEN: "1234567890123456",
  ROUNDTRIP_TEST_WEIGHT: "7",
  ROUNDTRIP_TEST_OFF: "false",
  ROUNDTRIP_TEST_DRAIN: "12s",
  ROUNDTRIP_TEST_BAD: "not-an-address:at:all",
};
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-env-"));
  Object.assign(process.env, VARIABLES);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const name of Object.keys(VARIABLES)) delete process.env[name];
});

function load(text: string, name = "edge.yaml"): ReturnType<typeof loadConfig> {
  const file = join(folder, name);
  writeFileSync(file, text);
  return loadConfig(file);
}

async function problemOf(text: string): Promise<ConfigError["problems"]> {
  try {
    await load(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error("it is well");
}

describe("values of the environment", () => {
  test("are text, numbers and truth values, by what may stand there", async () => {
    const { config } = await load(`listeners: ["env:ROUNDTRIP_TEST_LISTEN"]
admin: { token: env:ROUNDTRIP_TEST_TOKEN }
accessLog: env:ROUNDTRIP_TEST_OFF
timeouts: { drain: env:ROUNDTRIP_TEST_DRAIN }
pools:
  app: { targets: [{ address: "127.0.0.1:1", weight: env:ROUNDTRIP_TEST_WEIGHT }] }
routes: [{ respond: { body: "env:ROUNDTRIP_TEST_WEIGHT" } }]
`);
    expect(config.listeners[0]).toMatchObject({ host: "127.0.0.1", port: 8123 });
    // Digits alone, and still a token.
    expect(config.admin?.token).toBe("1234567890123456");
    expect(config.accessLog).toBeNull();
    expect(config.timeouts.drain).toBe(12_000);
    expect(JSON.stringify([...config.pools])).toContain('"weight":7');
  });

  test("in JSON too; a string that only begins so stays as it is", async () => {
    const text = '{ "listeners": ["env:ROUNDTRIP_TEST_LISTEN"], "routes": [{ "respond": { "body": "env:a b" } }] }';
    const { config } = await load(text, "edge.json");
    expect(config.listeners[0]).toMatchObject({ port: 8123 });
    expect(JSON.stringify(config.routes)).toContain("env:a b");
  });

  test("that are not set are told with file, line and name, all at once", async () => {
    const problems = await problemOf(`listeners: ["env:ROUNDTRIP_TEST_NONE"]
admin:
  token: env:ROUNDTRIP_TEST_NEITHER
routes: [{ respond: { status: 204 } }]
`);
    expect(problems).toMatchObject([
      { line: 1, column: 13, message: "the environment variable ROUNDTRIP_TEST_NONE is not set" },
      { line: 3, column: 10, message: "the environment variable ROUNDTRIP_TEST_NEITHER is not set" },
    ]);
    expect(problems[0]!.file).toEndWith("edge.yaml");
    expect(problems[0]!.remedy).toContain("ROUNDTRIP_TEST_NONE=");
  });

  test("that are wrong are told at their place, secrets without their value", async () => {
    const [address, token] = await problemOf(`listeners: ["env:ROUNDTRIP_TEST_BAD"]
admin: { token: env:ROUNDTRIP_TEST_WEIGHT, tokn: x }
routes: [{ respond: { status: 204 } }]
`);
    expect(address).toMatchObject({ line: 1, column: 13 });
    expect(address!.message).toContain("not-an-address");
    expect(token).toMatchObject({ line: 2 });
    expect(JSON.stringify(token)).not.toContain('"7"');
  });

  test("parts that YAML shares, and circles, end", async () => {
    const { config } = await load(`listeners: [&here "env:ROUNDTRIP_TEST_LISTEN"]
pools: { app: { targets: [*here] } }
routes: [{ proxy: app }]
`);
    expect(JSON.stringify([...config.pools])).toContain("8123");
    const circle: unknown[] = ["env:LISTEN"];
    circle.push(circle);
    const read = withEnvironment(circle, CONFIG_SCHEMA, new Source("edge.yaml", ""), { LISTEN: "x" }) as unknown[];
    expect(read[0]).toBe("x");
    expect(read[1]).toBe(read);
  });
});
