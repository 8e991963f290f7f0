import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import type { Target } from "../contract/target.ts";
import { headOf } from "../route/head-for-tests.ts";
import { PoolTarget } from "./pool-target.ts";
import { createStickiness, type StickinessOptions } from "./stickiness.ts";

const SECRET = Buffer.from("a secret of the tests, 32 bytes.");
const OPTIONS: StickinessOptions = {
  cookie: "rt-target",
  secret: SECRET,
  pool: "shop",
  path: "/",
  maxAge: 0,
  sameSite: "Lax",
  secure: false,
  httpOnly: true,
  domain: "",
};

function targetsOf(...hosts: readonly string[]): Target[] {
  return hosts.map((host, index) => {
    const target = new PoolTarget({ host, port: 80, weight: 1, tier: 0, backup: false, mode: "ready" }, "config", 0);
    target.index = index;
    return target;
  });
}

function cookieOf(target: Target, options = OPTIONS): string {
  return /^Set-Cookie: ([^;]+)/.exec(createStickiness(options).line(target).toString())![1]!;
}

function request(...cookies: readonly string[]) {
  return headOf({ fields: cookies.map((cookie) => ["Cookie", cookie] as const) });
}

describe("the cookie", () => {
  const [target] = targetsOf("10.0.0.1");

  test("is HMAC-SHA256 of pool and address, cut to 128 bits, and shows neither", () => {
    const tag = createHmac("sha256", SECRET)
      .update("shop\0" + target!.address)
      .digest()
      .subarray(0, 16);
    expect(createStickiness(OPTIONS).line(target!).toString()).toBe(
      `Set-Cookie: rt-target=${tag.toString("base64url")}; Path=/; SameSite=Lax; HttpOnly\r\n`,
    );
  });

  test("has the attributes of RFC 6265", () => {
    const line = createStickiness({
      ...OPTIONS,
      path: "/api",
      maxAge: 86_400,
      sameSite: "None",
      secure: true,
      httpOnly: false,
      domain: "shop.test",
    }).line(target!);
    expect(line.toString()).toMatch(
      /^Set-Cookie: rt-target=[\w-]{22}; Path=\/api; Domain=shop\.test; Max-Age=86400; SameSite=None; Secure\r\n$/,
    );
    expect(
      createStickiness({ ...OPTIONS, path: "", sameSite: "", httpOnly: false })
        .line(target!)
        .toString(),
    ).toMatch(/^Set-Cookie: rt-target=[\w-]{22}\r\n$/);
  });

  test("is another one in another pool, for another address or with another secret", () => {
    const [other] = targetsOf("10.0.0.2");
    const cookies = [
      cookieOf(target!),
      cookieOf(other!),
      cookieOf(target!, { ...OPTIONS, pool: "users" }),
      cookieOf(target!, { ...OPTIONS, secret: Buffer.from("another secret") }),
    ];
    expect(new Set(cookies).size).toBe(4);
  });
});

describe("reading", () => {
  const targets = targetsOf("10.0.0.1", "10.0.0.2", "2001:db8::1");

  test("finds the target that was written, also after a restart with the same secret", () => {
    const stickiness = createStickiness(OPTIONS);
    for (const target of targets) {
      const head = request(`a=b; ${cookieOf(target)}; c=d`);
      expect(stickiness.read(head, targets)).toBe(target);
      expect(stickiness.present(head)).toBe(true);
      expect(createStickiness(OPTIONS).read(head, targetsOf("10.0.0.3", target.host))!.address).toBe(target.address);
    }
  });

  test.each<[string, string]>([
    ["no value", "rt-target="],
    ["an address", "rt-target=10.0.0.1:80"],
    ["a forged tag", "rt-target=AAAAAAAAAAAAAAAAAAAAAA"],
    ["a tag with something behind", `${cookieOf(targets[0]!)}x`],
    ["a tag cut short", cookieOf(targets[0]!).slice(0, -1)],
    ["another pool's", cookieOf(targets[0]!, { ...OPTIONS, pool: "users" })],
  ])("%s names no client, but was there", (_, cookie) => {
    const stickiness = createStickiness(OPTIONS);
    expect(stickiness.read(request(cookie), targets)).toBeNull();
    expect(stickiness.present(request(cookie))).toBe(true);
  });

  test("no cookie, or one with another name, is none", () => {
    const stickiness = createStickiness(OPTIONS);
    for (const head of [request(), request("rt-targets=1; RT-TARGET=2")]) {
      expect(stickiness.read(head, targets)).toBeNull();
      expect(stickiness.present(head)).toBe(false);
    }
  });

  test("of several with the name the first that names a target counts", () => {
    const stickiness = createStickiness(OPTIONS);
    const head = request("rt-target=old", `${cookieOf(targets[1]!)}; ${cookieOf(targets[0]!)}`);
    expect(stickiness.read(head, targets)).toBe(targets[1]!);
  });

  test("follows the pool's list", () => {
    const stickiness = createStickiness(OPTIONS);
    const head = request(cookieOf(targets[1]!));
    expect(stickiness.read(head, targets)).toBe(targets[1]!);
    expect(stickiness.read(head, [targets[0]!])).toBeNull();
    expect(stickiness.read(head, [])).toBeNull();
    expect(stickiness.read(head, [targets[1]!])).toBe(targets[1]!);
  });

  test("finds each of ten thousand", () => {
    const many = targetsOf(...Array.from({ length: 10_000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`));
    const stickiness = createStickiness(OPTIONS);
    for (let index = 0; index < many.length; index += 997) {
      expect(stickiness.read(request(cookieOf(many[index]!)), many)).toBe(many[index]!);
    }
  });
});
