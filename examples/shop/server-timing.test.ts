import { describe, expect, test } from "bun:test";
import { ServerTiming } from "./server-timing.ts";

describe("ServerTiming", () => {
  test("names the handler alone when the database was not asked", () => {
    expect(new ServerTiming().toString()).toMatch(/^handler;dur=\d+\.\d{3}$/);
  });

  test("adds up the pool's waits and names every statement", () => {
    const timing = new ServerTiming();
    timing.addPoolWait(1.5);
    timing.addPoolWait(2);
    timing.addQuery("SELECT 1", 0.25);
    timing.addQuery("SELECT\n   2", 0.5);
    expect(timing.toString()).toStartWith(
      'pool;dur=3.500;desc="wait for a database connection", query;dur=0.250;desc="SELECT 1", query;dur=0.500;desc="SELECT 2", handler;dur=',
    );
  });

  test("writes a description as quoted-string: escaped, ASCII, of limited length (RFC 9110 §5.6.4)", () => {
    const timing = new ServerTiming();
    timing.addQuery('SELECT "é\\" FROM \u0000t', 1);
    expect(timing.toString()).toContain('desc="SELECT \\" \\\\\\" FROM t"');
    const long = new ServerTiming();
    long.addQuery("x".repeat(1000), 1);
    expect(/desc="(x+) \.\.\."/.exec(long.toString())?.[1]?.length).toBe(156);
  });
});
