import { describe, expect, test } from "bun:test";
import { FieldEdits } from "../../contract/field-edits.ts";
import { editedFields, exchangeFor, requestHead, responseHead } from "../../http/head-for-tests.ts";
import { systemEnv } from "../../time/clocks.ts";
import { expiresSchema } from "./config.ts";
import { ExpiresPolicy } from "./expires.ts";

const NOON = Date.UTC(2026, 10, 28, 12);
const REQUEST = requestHead("/", [["Host", "h"]]);

function reply(options: unknown, fields: Array<[string, string]> = [], { status = 200, time = NOON } = {}): string[] {
  const policy = new ExpiresPolicy(expiresSchema.parse(options), { env: { ...systemEnv, time: () => time } });
  const head = responseHead(fields);
  head.status = status;
  const edits = new FieldEdits();
  policy.onReply(head, edits, exchangeFor(REQUEST));
  return editedFields(head, edits);
}

const HOUR = ["Cache-Control: max-age=3600", "Expires: Sat, 28 Nov 2026 13:00:00 GMT"];

describe("a lifetime", () => {
  test("counts from the reply, in whole seconds", () => {
    expect(reply("1h")).toEqual(HOUR);
    expect(reply("1h", [], { time: NOON + 999 })).toEqual(HOUR);
    expect(reply("1h", [], { time: NOON + 1000 })[1]).toBe("Expires: Sat, 28 Nov 2026 13:00:01 GMT");
  });

  test("moves on with the clock", () => {
    let time = NOON;
    const policy = new ExpiresPolicy({ after: 3_600_000 }, { env: { ...systemEnv, time: () => time } });
    const once = (): string[] => {
      const head = responseHead([]);
      const edits = new FieldEdits();
      policy.onReply(head, edits, exchangeFor(REQUEST));
      return editedFields(head, edits);
    };
    expect(once()).toEqual(HOUR);
    time += 60_000;
    expect(once()[1]).toBe("Expires: Sat, 28 Nov 2026 13:01:00 GMT");
  });

  test("of nothing is no-cache, and over", () => {
    expect(reply("0s")).toEqual(["Cache-Control: no-cache", "Expires: Sat, 28 Nov 2026 12:00:00 GMT"]);
  });

  test.each([200, 201, 204, 206, 301, 302, 303, 304, 307, 308])("is told of %d", (status) => {
    expect(reply("1h", [], { status })).toEqual(HOUR);
  });

  test.each([101, 203, 400, 404, 410, 500, 503])("is not told of %d", (status) => {
    expect(reply("1h", [], { status })).toEqual([]);
  });
});

describe("a reply that says itself how long it is fresh", () => {
  test.each([
    ["Cache-Control", "private"],
    ["expires", "0"],
  ])("is left alone (%s)", (name, value) => {
    expect(reply("1h", [[name, value]])).toEqual([`${name}: ${value}`]);
  });

  test("is told otherwise when the config says so, in every line of it", () => {
    const fields: Array<[string, string]> = [
      ["Cache-Control", "private"],
      ["X-A", "1"],
      ["Expires", "0"],
      ["cache-control", "no-store"],
    ];
    expect(reply({ after: "1h", override: true }, fields)).toEqual(["X-A: 1", ...HOUR]);
  });
});

describe("by media type", () => {
  const options = { types: { "text/html": "0s", "IMAGE/*": "1h" }, after: "2h" };
  test.each([
    ["text/html; charset=utf-8", "no-cache"],
    ["TEXT/HTML", "no-cache"],
    ["image/png", "max-age=3600"],
    ["text/css", "max-age=7200"],
    ["nonsense", "max-age=7200"],
  ])("%s is %s", (type, directive) => {
    expect(reply(options, [["Content-Type", type]])).toContain(`Cache-Control: ${directive}`);
  });

  test("nothing is said of what is not named, without `after`", () => {
    expect(reply({ types: { "text/css": "1h" } }, [["Content-Type", "text/html"]])).toEqual([
      "Content-Type: text/html",
    ]);
    expect(reply({ types: { "text/css": "1h" } })).toEqual([]);
  });
});

test.each([
  ["1 hour"],
  [{}],
  [{ types: {} }],
  [{ types: { html: "1h" } }],
  [{ after: "1h", overide: true }],
  ["11000d"],
])("%p is refused", (options) => {
  expect(expiresSchema.safeParse(options).success).toBeFalse();
});

test("it is described", () => {
  const describe = (options: unknown): string =>
    new ExpiresPolicy(expiresSchema.parse(options), { env: systemEnv }).describe();
  expect(describe("1h")).toBe("fresh for 1h, where the reply does not say");
  expect(describe({ types: { "image/*": "30d" }, after: "90s", override: true })).toBe(
    "fresh for image/* 720h, others 90s, in place of what the reply says",
  );
});
