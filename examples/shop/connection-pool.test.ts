import { describe, expect, test } from "bun:test";
import { ConnectionPool, PoolExhausted } from "./connection-pool.ts";

function poolOf(size: number, options: { maxWaiting?: number; timeout?: number } = {}) {
  const opened: number[] = [];
  const closed: number[] = [];
  const pool = new ConnectionPool<number>({
    size,
    open: async () => opened.push(opened.length + 1),
    close: async (connection) => {
      closed.push(connection);
    },
    ...options,
  });
  return { pool, opened, closed };
}

describe("ConnectionPool", () => {
  test("opens a connection when it is needed, and uses it again", async () => {
    const { pool, opened } = poolOf(3);
    expect(opened).toEqual([]);
    pool.release(await pool.acquire());
    pool.release(await pool.acquire());
    expect(opened).toEqual([1]);
  });

  test("never opens more than its size; whoever waits longest is served first", async () => {
    const { pool, opened } = poolOf(2);
    const held = [await pool.acquire(), await pool.acquire()];
    const served: string[] = [];
    const first = pool.acquire().then((connection) => served.push(`first ${connection}`));
    const second = pool.acquire().then((connection) => served.push(`second ${connection}`));
    expect(pool.waiting).toBe(2);
    for (const connection of held) pool.release(connection);
    await Promise.all([first, second]);
    expect(served).toEqual(["first 1", "second 2"]);
    expect(opened).toEqual([1, 2]);
  });

  test("fails at its two limits: callers that wait, and how long they wait", async () => {
    const { pool } = poolOf(1, { maxWaiting: 1, timeout: 10 });
    const held = await pool.acquire();
    const waits = pool.acquire();
    await expect(pool.acquire()).rejects.toThrow("1 requests wait");
    await expect(waits).rejects.toThrow("stayed busy for 10 ms");
    expect(pool.waiting).toBe(0);
    pool.release(held);
    expect(await pool.acquire()).toBe(held);
  });

  test("a connection that could not be opened does not count", async () => {
    let fails = true;
    const pool = new ConnectionPool<number>({
      size: 1,
      open: async () => {
        if (fails) throw new Error("refused");
        return 1;
      },
      close: async () => undefined,
    });
    await expect(pool.acquire()).rejects.toThrow("refused");
    fails = false;
    expect(await pool.acquire()).toBe(1);
  });

  test("close closes what is idle, refuses whoever waits, and closes the rest on its release", async () => {
    const { pool, closed } = poolOf(2);
    const held = await pool.acquire();
    pool.release(await pool.acquire());
    await pool.acquire();
    pool.release(2);
    const { pool: full } = poolOf(1);
    await full.acquire();
    const waits = full.acquire();
    await full.close();
    await expect(waits).rejects.toThrow(PoolExhausted);

    await pool.close();
    expect(closed).toEqual([2]);
    pool.release(held);
    expect(closed).toEqual([2, 1]);
    await expect(pool.acquire()).rejects.toThrow(PoolExhausted);
  });
});
