import { describe, expect, test } from "bun:test";
import { ATTEMPT_DELAY, ConnectionRace } from "./connection-race.ts";
import { FakeTimers } from "./timers-for-tests.ts";

/** Notes what a race does; an attempt is its address. */
class Course {
  readonly timers = new FakeTimers();
  readonly events: string[] = [];
  readonly race: ConnectionRace<string>;

  constructor(...addresses: string[]) {
    this.race = new ConnectionRace(
      addresses,
      {
        begin: (address) => {
          this.events.push(`${this.timers.now} ${address}`);
          return address;
        },
        giveUp: (address) => void this.events.push(`close ${address}`),
        onLost: (reason) => void this.events.push(`lost ${reason}`),
      },
      this.timers.after,
    );
  }
}

test("the delay is within the bounds of RFC 8305 §5", () => {
  expect(ATTEMPT_DELAY).toBeWithin(100, 2001);
});

describe("a race", () => {
  test("asks the next address after the delay, and closes the others when one wins", () => {
    const { race, timers, events } = new Course("10.0.0.1", "10.0.0.2", "10.0.0.3");
    timers.advance(ATTEMPT_DELAY - 1);
    expect(events).toEqual(["0 10.0.0.1"]);
    timers.advance(1);
    expect(events).toEqual(["0 10.0.0.1", "250 10.0.0.2"]);
    expect(race.won("10.0.0.2")).toEqual({ address: "10.0.0.2", others: "10.0.0.1 (no answer)" });
    expect(events.slice(2)).toEqual(["close 10.0.0.1"]);
    timers.advance(10_000);
    expect(events).toHaveLength(3);
    expect(timers.size).toBe(0);
  });

  test("the first address may still win after the second was asked", () => {
    const { race, timers, events } = new Course("10.0.0.1", "10.0.0.2");
    timers.advance(300);
    expect(race.won("10.0.0.1")).toEqual({ address: "10.0.0.1", others: "10.0.0.2 (no answer)" });
    expect(events.slice(2)).toEqual(["close 10.0.0.2"]);
  });

  test("asks the next one at once when one fails, and the delay begins again", () => {
    const { race, timers, events } = new Course("10.0.0.1", "10.0.0.2", "10.0.0.3");
    timers.advance(100);
    race.failed("10.0.0.1", "ECONNREFUSED");
    timers.advance(249);
    expect(events).toEqual(["0 10.0.0.1", "100 10.0.0.2"]);
    timers.advance(1);
    expect(events.slice(2)).toEqual(["350 10.0.0.3"]);
    expect(race.won("10.0.0.3").others).toBe("10.0.0.1 (ECONNREFUSED), 10.0.0.2 (no answer)");
    expect(events.slice(3)).toEqual(["close 10.0.0.2"]);
  });

  test("is lost when the last address under way has failed", () => {
    const { race, timers, events } = new Course("10.0.0.1", "10.0.0.2");
    timers.advance(300);
    race.failed("10.0.0.2", "ECONNREFUSED");
    expect(events.slice(2)).toEqual([]);
    race.failed("10.0.0.1", "EHOSTUNREACH");
    expect(events.slice(2)).toEqual(["lost EHOSTUNREACH"]);
    expect(race.tried()).toBe("10.0.0.1 (EHOSTUNREACH), 10.0.0.2 (ECONNREFUSED)");
    expect(timers.size).toBe(0);
  });

  test("that the edge lost for want of sockets is not the other side's fault", () => {
    const { race, events } = new Course("10.0.0.1", "10.0.0.2");
    race.failed("10.0.0.1", "EMFILE");
    race.failed("10.0.0.2", "ECONNREFUSED");
    expect(events.slice(2)).toEqual(["lost EMFILE"]);
  });

  test("that is called off closes what is under way, and tells nothing more", () => {
    const { race, timers, events } = new Course("10.0.0.1", "10.0.0.2", "10.0.0.3");
    race.failed("10.0.0.1", "ECONNREFUSED");
    race.cancel();
    race.failed("10.0.0.2", "ECONNREFUSED");
    timers.advance(1_000);
    expect(events).toEqual(["0 10.0.0.1", "0 10.0.0.2", "close 10.0.0.2"]);
  });

  test("tries sixteen addresses of a name and no more", () => {
    const { timers, events } = new Course(...Array.from({ length: 40 }, (_, index) => `10.0.0.${index}`));
    timers.advance(60_000);
    expect(events).toHaveLength(16);
  });
});
