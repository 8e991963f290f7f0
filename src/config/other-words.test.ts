/** What people write who come from other servers is answered with what it is called here. */
import { afterAll, describe, expect, test } from "bun:test";
import { OTHER_PLACES, otherWord, plainWord } from "../schema/other-words.ts";
import { formatPath } from "../schema/problem.ts";
import { keysAt, options } from "../schema/walk.ts";
import { TestFolder } from "./files-for-tests.ts";
import { CONFIG_SCHEMA } from "./validate.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

/** Message and remedy of the only problem. */
async function told(text: string): Promise<string> {
  const problems = await folder.problems("bad.yaml", text);
  return problems
    .map(({ path, message, remedy = "" }) => `${formatPath(path)}: ${message}; ${remedy}`)
    .filter((line) => !line.includes("has no action"))
    .join(" | ");
}

describe("the table", () => {
  const known = options(CONFIG_SCHEMA).map(({ path }) => path);

  test("names places that there are", () => {
    const places = OTHER_PLACES.flatMap(({ place, within }) => [place, within]).filter((place) => place !== "");
    expect(places.filter((place) => !known.includes(place.replace(/\.\*$/, "")))).toEqual([]);
  });

  test("has words as they are compared, and none that is an option where it is looked for", () => {
    for (const { words, within } of OTHER_PLACES) {
      for (const word of words.split(" ")) expect(plainWord(word)).toBe(word);
      const path = within === "" ? [] : within.split(".").map((step) => (step === "*" ? 0 : step));
      const keys = keysAt(CONFIG_SCHEMA, path);
      // A word that is known is never looked up.
      expect(words.split(" ").filter((word) => keys.includes(word) && within !== "")).toEqual([]);
    }
  });

  test("takes the meaning of the place before that of all places", () => {
    expect(otherWord("max_conn", "pools.*")?.place).toBe("pools.*.connections.max");
    expect(otherWord("maxconn", "limits")?.place).toBe("limits.connections");
    expect(otherWord("banana", "limits")).toBeNull();
  });
});

describe("at the top", () => {
  test.each([
    ["upstreams: {}", "upstreams: is pools here; name the servers as a pool"],
    ["client_max_body_size: 10m", "client_max_body_size: is limits.body here; a size with its unit"],
    ["ssl: true", "ssl: is not known here; TLS for HTTP is not there yet"],
    ["middlewares: []", "middlewares: is routes.*.policies here; policies belong to a route"],
  ])("%s", async (line, expected) => {
    expect(await told(`routes: [{ respond: {} }]\n${line}\n`)).toStartWith(expected);
  });
});

describe("of a pool", () => {
  test.each([
    ["max_fails: 3", "pools.app.max_fails: is pools.app.health.passive.maxFails here; failures within"],
    ["fail_timeout: 10s", "pools.app.fail_timeout: is pools.app.health.passive.rest here; health.passive.window"],
    ["keepalive: 32", "pools.app.keepalive: is pools.app.connections.idle here; as many connections"],
    ["healthCheck: {}", "pools.app.healthCheck: is pools.app.health.check here; such as"],
    ["lb_policy: first", "pools.app.lb_policy: is pools.app.balance here; such as"],
    ["maxFails: 3", "pools.app.maxFails: is pools.app.health.passive.maxFails here; failures within"],
    // Our own words, elsewhere.
    ["panic: 0.5", "pools.app.panic: belongs in pools.app.health.panic; "],
    ["weight: 3", "pools.app.weight: belongs in pools.app.targets.*.weight; "],
  ])("%s", async (line, expected) => {
    const text = `pools: { app: { targets: ["127.0.0.1:1"], ${line} } }\nroutes: [{ proxy: app }]\n`;
    expect(await told(text)).toStartWith(expected);
  });
});

describe("of a target", () => {
  test.each([
    ["max_fails: 3", "pools.app.targets[0].max_fails: is pools.app.health.passive.maxFails here"],
    ["down: true", "pools.app.targets[0].down: is pools.app.targets[0].mode here; mode: maintenance"],
  ])("%s", async (line, expected) => {
    const text = `pools: { app: { targets: [{ address: "127.0.0.1:1", ${line} }] } }\nroutes: [{ proxy: app }]\n`;
    expect(await told(text)).toStartWith(expected);
  });
});

describe("of a route", () => {
  test.each([
    ["proxy_pass: app", "routes[0].proxy_pass: is routes[0].proxy here; give the name of a pool"],
    ["reverse_proxy: app", "routes[0].reverse_proxy: is routes[0].proxy here; give the name of a pool"],
    ["upstream: app", "routes[0].upstream: is routes[0].proxy here"],
    ["backend: app", "routes[0].backend: is routes[0].proxy here"],
    ["service: app", "routes[0].service: is routes[0].proxy here"],
    ["handle: {}", "routes[0].handle: is not known here; a route has one action: proxy, respond"],
    ["response: {}", "routes[0].response: is routes[0].respond here"],
    ["root: /srv", "routes[0].root: is routes[0].static here; give the folder"],
    ["try_files: a", "routes[0].try_files: is routes[0].static.fallback here"],
    ["server_name: a.b", "routes[0].server_name: is routes[0].match.host here"],
    ["path: /a", "routes[0].path: is routes[0].match.path here"],
    ["PathPrefix: /a", "routes[0].PathPrefix: is routes[0].match.path here"],
    ["add_header: { a: b }", "routes[0].add_header: is routes[0].policies.*.headers.reply.add here"],
    [
      "stripPrefix: /a",
      "routes[0].stripPrefix: belongs in routes[0].proxy.rewrite.stripPrefix or routes[0].static.stripPrefix; ",
    ],
    ["match: { header: { a: b } }", "routes[0].match.header: is routes[0].match.field here"],
  ])("%s", async (line, expected) => {
    expect(await told(`routes:\n  - { ${line} }\n`)).toStartWith(expected);
  });
});
