import { expect, test } from "bun:test";

import { WheelTimers } from "./wheel-timers.ts";
import { TICK, TimerWheel } from "./wheel.ts";

test("calls once, never early, and not when it was ended", () => {
  const wheel = new TimerWheel();
  const timers = new WheelTimers(wheel);
  const called: string[] = [];
  timers.after(1_000, () => called.push("first"));
  const end = timers.after(1_000, () => called.push("ended"));
  timers.after(2_000, () => called.push("second"));
  end();
  end();
  wheel.advance(900);
  expect(called).toEqual([]);
  wheel.advance(1_000 + 3 * TICK);
  expect(called).toEqual(["first"]);
  wheel.advance(2_000 + 3 * TICK);
  expect(called).toEqual(["first", "second"]);
  expect(wheel.size).toBe(0);
});
