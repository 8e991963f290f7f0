import { describe, expect, test } from "bun:test";
import { ClientAddress } from "./client-address.ts";
import { ServerCookies } from "./server-cookies.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function at(text: string): ClientAddress {
  const address = new ClientAddress();
  address.read(text);
  return address;
}

/** Whether it is valid, and what goes back. */
function check(cookies: ServerCookies, cookie: string, address: string, now: number): [boolean, string] {
  const bytes = hex(`ffff${cookie}ffff`);
  const valid = cookies.check(bytes, 2, cookie.length / 2, at(address), now);
  return [valid, Buffer.from(cookies.cookie).toString("hex")];
}

const SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";
const CLIENT = "2464c4abcf10c957";
const COOKIE = `${CLIENT}010000005cf79f111f8130c3eee29480`;

describe("the vectors of RFC 9018, appendix A", () => {
  test("A.1: a new cookie", () => {
    const cookies = new ServerCookies(hex(SECRET));
    expect(check(cookies, CLIENT, "198.51.100.100", 1_559_731_985)).toEqual([false, COOKIE]);
  });

  test("A.2: the same address, 40 minutes later: renewed", () => {
    const cookies = new ServerCookies(hex(SECRET));
    const renewed = `${CLIENT}010000005cf7a871d4a564a1442aca77`;
    expect(check(cookies, COOKIE, "198.51.100.100", 1_559_734_385)).toEqual([true, renewed]);
  });
});

describe("server cookies", () => {
  const now = 1_800_000_000;
  const made = (cookies: ServerCookies, address = "192.0.2.1"): string => check(cookies, CLIENT, address, now)[1];

  test("hold for an hour, from five minutes ahead", () => {
    const cookies = new ServerCookies();
    const cookie = made(cookies);
    const validAt = (seconds: number): boolean => check(cookies, cookie, "192.0.2.1", now + seconds)[0];
    expect([-301, -300, 0, 1_799, 3_600, 3_601].map(validAt)).toEqual([false, true, true, true, true, false]);
  });

  test("are sent back as they came for half an hour", () => {
    const cookies = new ServerCookies();
    const cookie = made(cookies);
    expect(check(cookies, cookie, "192.0.2.1", now + 1_799)[1]).toBe(cookie);
    expect(check(cookies, cookie, "192.0.2.1", now + 1_800)[1]).not.toBe(cookie);
  });

  test("are of one address, one client cookie and one secret", () => {
    const cookies = new ServerCookies();
    const cookie = made(cookies);
    expect(check(cookies, cookie, "192.0.2.2", now)[0]).toBe(false);
    expect(check(cookies, cookie, "2001:db8::1", now)[0]).toBe(false);
    expect(check(cookies, `00${cookie.slice(2)}`, "192.0.2.1", now)[0]).toBe(false);
    expect(check(new ServerCookies(), cookie, "192.0.2.1", now)[0]).toBe(false);
    const ipv6 = made(cookies, "2001:db8::1");
    expect(check(cookies, ipv6, "2001:db8::1", now)[0]).toBe(true);
    expect(check(cookies, ipv6, "2001:db8::2", now)[0]).toBe(false);
  });

  test("any changed bit makes one invalid", () => {
    const cookies = new ServerCookies();
    const cookie = hex(made(cookies));
    for (let bit = 0; bit < cookie.length * 8; bit++) {
      const changed = cookie.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(check(cookies, Buffer.from(changed).toString("hex"), "192.0.2.1", now)[0]).toBe(false);
    }
  });

  test("of another length or version are none of ours", () => {
    const cookies = new ServerCookies();
    expect(check(cookies, made(cookies).slice(0, -2), "192.0.2.1", now)[0]).toBe(false);
    expect(check(cookies, `${made(cookies)}00`, "192.0.2.1", now)[0]).toBe(false);
  });

  test("survive one rotation of the secret, renewed, and not two", () => {
    const cookies = new ServerCookies();
    const old = made(cookies);
    cookies.rotate();
    const [valid, renewed] = check(cookies, old, "192.0.2.1", now);
    expect(valid).toBe(true);
    expect(renewed).not.toBe(old);
    cookies.rotate();
    expect(check(cookies, old, "192.0.2.1", now)[0]).toBe(false);
    expect(check(cookies, renewed, "192.0.2.1", now)[0]).toBe(true);
  });
});
