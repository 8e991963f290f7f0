import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { POLICIES } from "./policies.ts";
import { policyContext } from "./policy-context-for-tests.ts";

test.each(Object.entries(POLICIES))("%s has its name, and a folder with a README", (name, definition) => {
  expect(definition.name).toBe(name);
  expect(existsSync(new URL(`./${name}/README.md`, import.meta.url))).toBeTrue();
});

test("a policy is made from options that its schema has checked", () => {
  const { schema, create } = POLICIES.headers!;
  const policy = create(schema.parse({ reply: { remove: ["Server"] } }), policyContext());
  expect(policy.name).toBe("headers");
  expect(policy.describe()).toBe("reply: removes Server");
});
