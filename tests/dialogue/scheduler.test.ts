/**
 * Anything in any order: bytes in fragments, FIN, RST, writes that are cut short, connects, timers, reloads. Whatever
 * happens, every exchange finishes once, nothing is left behind, nobody gets what is another's, and nobody takes a
 * message for whole that was not.
 *
 * SCHEDULER_RUNS: how many worlds (default 3000). A failure prints its seed and path: SCHEDULER_SEED repeats it.
 */
import { test } from "bun:test";
import fc from "fast-check";

import { EVENTS, World, type Event, type EventName, type Settings } from "./model/world.ts";

const runs = Number(process.env["SCHEDULER_RUNS"] ?? 3_000);
const seed = process.env["SCHEDULER_SEED"];

/** How often an event is drawn; 3 when it does not stand here. */
const WEIGHTS: Partial<Record<EventName, number>> = {
  connect: 2,
  ask: 30,
  "client bytes": 45,
  respond: 30,
  "upstream bytes": 45,
  "client FIN": 4,
  "upstream FIN": 4,
  "client blocks": 6,
  "client takes": 8,
  "upstream blocks": 6,
  "upstream takes": 8,
  "dial accepted": 25,
  "dial refused": 4,
  "handler answers": 12,
  time: 15,
  turn: 12,
  drain: 1,
};

const what: fc.Arbitrary<EventName> = fc.oneof(
  ...EVENTS.map((name) => ({ weight: WEIGHTS[name] ?? 3, arbitrary: fc.constant(name) })),
);
const event: fc.Arbitrary<Event> = fc.record({ what, who: fc.nat(11), much: fc.nat(83) });
const settings: fc.Arbitrary<Settings> = fc.record({
  accepts: fc.boolean(),
  segment: fc.constantFrom(0, 0, 1, 7),
  cut: fc.constantFrom(0, 0, 1, 5, 100),
  refusesRetain: fc.boolean(),
  most: fc.constantFrom(0, 1, 2),
  hedges: fc.boolean(),
});

async function isSound(given: Settings, events: readonly Event[], served: boolean): Promise<void> {
  const world = new World(given);
  for (const one of events) {
    world.happens(one);
    await world.settle();
  }
  if (served) await world.finish();
  await world.end();
}

test(`${runs} worlds`, async () => {
  const events = fc.array(event, { minLength: 10, maxLength: 90, size: "max" });
  const property = fc.asyncProperty(settings, events, fc.boolean(), isSound);
  await fc.assert(property, {
    numRuns: runs,
    includeErrorInReport: true,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  });
}, 600_000);
