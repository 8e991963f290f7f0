import { expect, test } from "bun:test";
import type { Config } from "../config/config.ts";
import { compile } from "../config/compile.ts";
import { loadValue } from "../config/load.ts";
import type { Plan } from "../contract/plan.ts";
import { descriptorLimits } from "../transport/descriptors.ts";
import { descriptorShortage } from "./descriptor-budget.ts";

function planOf(limits: Config["limits"], max: number): Plan {
  const targets = ["10.0.0.1:80", "10.0.0.2:80"];
  const config: Config = {
    ...(limits === undefined ? {} : { limits }),
    pools: { main: { targets, connections: { max } } },
    routes: [{ proxy: "main" }],
  };
  return compile(loadValue(config, "test"), { version: 1, previous: null });
}

test("what fits, and what is the default, is not told", () => {
  expect(descriptorShortage(planOf(undefined, 0), descriptorLimits(64))).toBeNull();
  expect(descriptorShortage(planOf({ connections: 40 }, 0), descriptorLimits(64))).toBeNull();
  expect(descriptorShortage(planOf(undefined, 20), descriptorLimits(64))).toBeNull();
  expect(descriptorShortage(planOf({ connections: 100_000 }, 1_000), descriptorLimits(Infinity))).toBeNull();
});

test("what does not fit is told with figures", () => {
  expect(descriptorShortage(planOf({ connections: 41 }, 0), descriptorLimits(64))).toBe(
    "open files: limits.connections = 41 need 65, and 64 are allowed: from 48 on new clients wait. " +
      "Raise the limit (ulimit -Hn, LimitNOFILE= of systemd), or lower what the config allows",
  );
  expect(descriptorShortage(planOf(undefined, 21), descriptorLimits(64))).toContain(
    "connections.max of all targets together = 42 need 66, and 64 are allowed",
  );
  expect(descriptorShortage(planOf({ connections: 1_000 }, 500), descriptorLimits(1_024))).toContain(
    "limits.connections = 1000 and connections.max of all targets together = 1000 need 2024, and 1024 are allowed",
  );
});
