import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HEADROOM, READ_SIZE, ReadBuffers } from "./read-buffers.ts";

const END = HEADROOM + READ_SIZE;

describe("read buffers", () => {
  test("all reads go into one as long as nobody keeps it", () => {
    const buffers = new ReadBuffers();
    const { current, address } = buffers;
    expect(current.length).toBe(END);
    expect(buffers.retain(current, HEADROOM, HEADROOM + 100)).toBeNull();
    expect(buffers.current).toBe(current);
    expect(buffers.address).toBe(address);
  });

  test("one that is kept is replaced, and comes back when it was released", () => {
    const buffers = new ReadBuffers();
    const first = buffers.current;
    expect(buffers.retain(first, HEADROOM, END)).toBe(first);
    const second = buffers.current;
    expect(second).not.toBe(first);
    buffers.release(first);
    expect(buffers.current).toBe(second);
    buffers.retain(second, HEADROOM, END);
    expect(buffers.current).toBe(first);
  });

  test("two who keep the same: it comes back after the second", () => {
    const buffers = new ReadBuffers();
    const first = buffers.current;
    buffers.retain(first, HEADROOM, END);
    expect(buffers.retain(first, HEADROOM, END)).toBe(first);
    buffers.release(first);
    buffers.retain(buffers.current, HEADROOM, END);
    expect(buffers.current).not.toBe(first);
    buffers.release(first);
    buffers.retain(buffers.current, HEADROOM, END);
    expect(buffers.current).toBe(first);
  });

  test("what is not kept cannot be released, nor what is another's", () => {
    const buffers = new ReadBuffers();
    const first = buffers.current;
    buffers.release(first);
    buffers.release(Buffer.alloc(10));
    expect(buffers.retain(Buffer.alloc(READ_SIZE), 0, READ_SIZE)).toBeNull();
    buffers.retain(first, HEADROOM, END);
    buffers.release(first);
    buffers.release(first);
    buffers.retain(buffers.current, HEADROOM, END);
    buffers.retain(buffers.current, HEADROOM, END);
    expect(buffers.current).not.toBe(first);
  });

  test("whatever is kept and released, reads never go into what is kept", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 40 }), (steps) => {
        const buffers = new ReadBuffers();
        const kept: Buffer[] = [];
        for (const step of steps) {
          if (step < 0) kept.push(buffers.retain(buffers.current, HEADROOM, END)!);
          else if (kept.length > 0) buffers.release(kept.splice(step % kept.length, 1)[0]!);
          if (kept.includes(buffers.current)) return false;
        }
        return new Set(kept).size === kept.length;
      }),
      { numRuns: 50 },
    );
  });
});
