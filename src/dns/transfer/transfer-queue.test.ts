import { expect, test } from "bun:test";
import { TransferQueue } from "./transfer-queue.ts";

const LIMITS = { total: 6, quick: 3, perPrimary: 2, patience: 10_000 };

class Setup {
  now = 0;
  readonly queue = new TransferQueue(() => this.now, LIMITS);
  readonly began: string[] = [];
  readonly #ends = new Map<string, () => void>();

  enter(...names: readonly string[]): void {
    for (const name of names) {
      this.queue.enter(name[0]!, () => {
        this.began.push(name);
        return new Promise((resolve) => this.#ends.set(name, resolve));
      });
    }
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)!();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("primaries take turns, and none has more than its share", async () => {
  const setup = new Setup();
  setup.enter("a1", "a2", "a3", "a4", "b1", "b2", "c1");
  expect(setup.began.join()).toBe("a1,a2,b1");
  await setup.end("a1");
  await setup.end("a2");
  await setup.end("b1");
  // After its turn "a" stands behind the others again.
  expect(setup.began.join()).toBe("a1,a2,b1,a3,b2,c1");
});

test("transfers that drip hold up nobody until there are as many as can be, and then only for their time", async () => {
  const setup = new Setup();
  setup.enter("a1", "b1", "c1", "d1", "e1", "f1", "g1");
  expect(setup.began).toHaveLength(3);
  setup.now = 9_999;
  setup.queue.tick();
  expect(setup.began).toHaveLength(3);
  setup.now = 10_000;
  setup.queue.tick();
  expect(setup.began.join()).toBe("a1,b1,c1,d1,e1,f1");
  setup.now = 20_000;
  setup.queue.tick();
  expect(setup.began).toHaveLength(6);
  await setup.end("b1");
  expect(setup.began.at(-1)).toBe("g1");
});

test("one that fails at once does not keep those behind it", async () => {
  const setup = new Setup();
  let began = 0;
  for (let count = 0; count < 100; count++) {
    setup.queue.enter("a", () => {
      began++;
      return Promise.resolve();
    });
  }
  while (began < 100) await new Promise((resolve) => setImmediate(resolve));
  setup.enter("a1", "b1", "c1");
  expect(setup.began.join()).toBe("a1,b1,c1");
});
