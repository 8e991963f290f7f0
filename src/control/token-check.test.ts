import { describe, expect, test } from "bun:test";
import { TokenCheck } from "./token-check.ts";

const TOKEN = "correct-horse-battery";

describe("TokenCheck", () => {
  test("takes the token as a bearer token alone", async () => {
    const tokens = new TokenCheck(TOKEN, 0);
    expect(await tokens.check(`Bearer ${TOKEN}`)).toBe("right");
    expect(await tokens.check(`bearer  ${TOKEN} `)).toBe("right");
    for (const wrong of [
      null,
      "",
      TOKEN,
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      "Bearer",
      "Bearer ",
    ]) {
      expect(await tokens.check(wrong)).toBe("wrong");
    }
  });

  test("answers wrong ones one after another, and turns away who do not wait", async () => {
    const tokens = new TokenCheck(TOKEN, 5);
    const begun = performance.now();
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => tokens.check("Bearer guess")));
    expect(performance.now() - begun).toBeGreaterThan(32 * 4);
    expect(verdicts.filter((verdict) => verdict === "wrong")).toHaveLength(32);
    expect(verdicts.filter((verdict) => verdict === "too-many")).toHaveLength(8);
  });

  test("a flood of wrong ones does not refuse the right one, nor makes wait who gives none", async () => {
    const tokens = new TokenCheck(TOKEN, 20);
    const flood = Promise.all(Array.from({ length: 100 }, () => tokens.check("Bearer guess")));
    const quick = Promise.all([tokens.check(`Bearer ${TOKEN}`), tokens.check(null)]);
    expect(await Promise.race([flood, quick])).toEqual(["right", "wrong"]);
    await flood;
    expect(await tokens.check(`Bearer ${TOKEN}`)).toBe("right");
  });

  test("a right one does not wait behind a few wrong ones", async () => {
    const tokens = new TokenCheck(TOKEN, 50);
    const wrong = tokens.check("Bearer guess");
    const first = await Promise.race([wrong, tokens.check(`Bearer ${TOKEN}`)]);
    expect(first).toBe("right");
    expect(await wrong).toBe("wrong");
  });
});
