import { describe, expect, test } from "bun:test";
import { programName, type StartFacts } from "./program-name.ts";

const FACTS: StartFacts = {
  argv0: "bun",
  script: "",
  compiled: false,
  cwd: "/home/ada/shop",
  environment: { PATH: "/usr/local/bin:/usr/bin" },
};
const PATH = FACTS.environment["PATH"];

describe("how the program was called", () => {
  const cases: Array<[what: string, facts: Partial<StartFacts>, name: string]> = [
    ["npx", { script: "/x/bin/roundtrip.mjs", environment: { PATH, npm_command: "exec" } }, "npx roundtrip"],
    ["npm start", { script: "/x/bin/roundtrip.mjs", environment: { PATH, npm_command: "start" } }, "npx roundtrip"],
    ["a link on the path", { script: "/usr/local/bin/roundtrip" }, "roundtrip"],
    ["a link of a project", { script: "/home/ada/shop/node_modules/.bin/roundtrip" }, "npx roundtrip"],
    ["a link elsewhere", { script: "/home/ada/shop/roundtrip" }, "./roundtrip"],
    ["the launcher", { script: "/home/ada/shop/bin/roundtrip.mjs" }, "node bin/roundtrip.mjs"],
    ["the launcher, from elsewhere", { script: "/opt/rt/bin/roundtrip.mjs" }, "node /opt/rt/bin/roundtrip.mjs"],
    ["the source", { script: "/home/ada/shop/src/main.ts" }, "bun src/main.ts"],
    ["an executable here", { compiled: true, argv0: "./dist/roundtrip" }, "./dist/roundtrip"],
    ["an executable on the path", { compiled: true, argv0: "roundtrip" }, "roundtrip"],
    ["an executable on the path, in full", { compiled: true, argv0: "/usr/local/bin/roundtrip" }, "roundtrip"],
    ["an executable elsewhere", { compiled: true, argv0: "/opt/my edge/roundtrip" }, "'/opt/my edge/roundtrip'"],
    ["no script at all", {}, "roundtrip"],
  ];
  test.each(cases)("by %s", (_what, facts, name) => {
    expect(programName({ ...FACTS, ...facts })).toBe(name);
  });
});
