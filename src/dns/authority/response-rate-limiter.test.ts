import { describe, expect, test } from "bun:test";
import { createAddressSet } from "../../bytes/address-set.ts";
import { ClientAddress } from "./client-address.ts";
import {
  AnswerKind,
  RATE_LIMIT,
  type RateLimitOptions,
  ResponseRateLimiter,
  Verdict,
} from "./response-rate-limiter.ts";

/** A limiter and how it judges. */
function limiter(
  options: Partial<RateLimitOptions> = {},
): (client: string, now: number, name?: number, kind?: number) => number {
  const limits = new ResponseRateLimiter({ ...RATE_LIMIT, rate: 10, window: 2, size: 256, seed: 7, ...options });
  const address = new ClientAddress();
  return (client, now, name = 1, kind = AnswerKind.POSITIVE) => {
    address.read(client);
    return limits.judge(address, client, kind, name, now);
  };
}

function count(verdicts: readonly number[], verdict: number): number {
  return verdicts.filter((one) => one === verdict).length;
}

const NOW = 1_800_000_000_000;

describe("ResponseRateLimiter", () => {
  test("lets a second's worth through at once, then drops and slips in turn", () => {
    const judge = limiter();
    const verdicts = Array.from({ length: 20 }, () => judge("192.0.2.1", NOW));
    expect(verdicts.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => Verdict.SEND));
    expect(verdicts.slice(10, 14)).toEqual([Verdict.DROP, Verdict.SLIP, Verdict.DROP, Verdict.SLIP]);
  });

  test("never limits who stays below the rate", () => {
    const judge = limiter();
    for (let index = 0; index < 1_000; index++) expect(judge("192.0.2.1", NOW + index * 100)).toBe(Verdict.SEND);
  });

  test("who goes on asking stays limited; who stops is free again after the window", () => {
    const judge = limiter();
    const flood = Array.from({ length: 1_000 }, (_, index) => judge("192.0.2.1", NOW + index * 10));
    expect(count(flood, Verdict.SEND)).toBeLessThan(15);
    const after = NOW + 10_000;
    expect(judge("192.0.2.1", after + 500)).not.toBe(Verdict.SEND);
    expect(judge("192.0.2.1", after + 2_000)).toBe(Verdict.SEND);
  });

  test("counts a network as one client, and others not with it", () => {
    const judge = limiter();
    for (let index = 0; index < 10; index++) judge(`192.0.2.${index}`, NOW);
    expect(judge("192.0.2.200", NOW)).not.toBe(Verdict.SEND);
    expect(judge("192.0.3.1", NOW)).toBe(Verdict.SEND);
    for (let index = 0; index < 10; index++) judge(`2001:db8:0:10${index}::1`, NOW);
    expect(judge("2001:db8:0:1ff::1", NOW)).not.toBe(Verdict.SEND);
    expect(judge("2001:db8:0:200::1", NOW)).toBe(Verdict.SEND);
  });

  test("counts kinds and names apart", () => {
    const judge = limiter();
    for (let index = 0; index < 30; index++) judge("192.0.2.1", NOW, 1, AnswerKind.NO_SUCH_NAME);
    expect(judge("192.0.2.1", NOW, 1, AnswerKind.NO_SUCH_NAME)).not.toBe(Verdict.SEND);
    expect(judge("192.0.2.1", NOW, 1, AnswerKind.POSITIVE)).toBe(Verdict.SEND);
    expect(judge("192.0.2.1", NOW, 2, AnswerKind.NO_SUCH_NAME)).toBe(Verdict.SEND);
  });

  test("slip 0 drops all, slip 1 truncates all", () => {
    for (const [slip, verdict] of [
      [0, Verdict.DROP],
      [1, Verdict.SLIP],
    ] as const) {
      const judge = limiter({ slip });
      const verdicts = Array.from({ length: 20 }, () => judge("192.0.2.1", NOW));
      expect(count(verdicts, verdict)).toBe(10);
    }
  });

  test("exempt clients are never limited", () => {
    const judge = limiter({ exempt: createAddressSet(["192.0.2.0/28"]) });
    for (let index = 0; index < 50; index++) expect(judge("192.0.2.1", NOW)).toBe(Verdict.SEND);
    for (let index = 0; index < 50; index++) judge("192.0.2.77", NOW);
    expect(judge("192.0.2.77", NOW)).not.toBe(Verdict.SEND);
  });

  test("a full table forgets the quiet ones first, so that a flood stays limited", () => {
    const judge = limiter({ size: 4 });
    for (let index = 0; index < 40; index++) judge("192.0.2.1", NOW);
    for (let index = 0; index < 500; index++) judge(`10.${index & 255}.${index >> 8}.1`, NOW);
    expect(judge("192.0.2.1", NOW)).not.toBe(Verdict.SEND);
  });
});
