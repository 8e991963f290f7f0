import { expect, test } from "bun:test";
import type { ReloadResult } from "../control/edge-control.ts";
import { ReloadQueue } from "./reload-queue.ts";

/** A queue whose reloads read when they begin, and end when they are told to. */
function queue() {
  const running: Array<() => void> = [];
  const announced: number[] = [];
  const queue = new ReloadQueue(
    () => {
      const version = running.length + 1;
      return new Promise<ReloadResult>((resolve) => running.push(() => resolve({ ok: true, version })));
    },
    (result) => announced.push(result.ok ? result.version : 0),
  );
  return { queue, running, announced };
}

const versionOf = async (result: Promise<ReloadResult>): Promise<number> => {
  const reload = await result;
  return reload.ok ? reload.version : 0;
};

test("who asks while a reload runs is answered by one that begins after it, and all such by the same", async () => {
  const { queue: reloads, running } = queue();
  const first = reloads.ask();
  const second = reloads.ask();
  const third = reloads.ask();
  expect(running).toHaveLength(1);
  running[0]!();
  expect(await versionOf(first)).toBe(1);
  expect(running).toHaveLength(2);
  const fourth = reloads.ask();
  running[1]!();
  expect([await versionOf(second), await versionOf(third)]).toEqual([2, 2]);
  running[2]!();
  expect(await versionOf(fourth)).toBe(3);
  expect(running).toHaveLength(3);
  const later = reloads.ask();
  running[3]!();
  expect(await versionOf(later)).toBe(4);
});

test("what nobody can be answered of is announced, once for each reload", async () => {
  const { queue: reloads, running, announced } = queue();
  const first = reloads.ask();
  reloads.askToBeTold();
  reloads.askToBeTold();
  const second = reloads.ask();
  running[0]!();
  await first;
  expect(announced).toEqual([]);
  running[1]!();
  await second;
  expect(announced).toEqual([2]);
});
