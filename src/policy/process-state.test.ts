import { describe, expect, test } from "bun:test";

import { ProcessState } from "./process-state.ts";

describe("ProcessState", () => {
  test("gives everybody who names it the same state", () => {
    const shared = new ProcessState();
    const first = shared.acquire("keys", () => ({ fetched: 1 }));
    expect(shared.acquire("keys", () => ({ fetched: 2 }))).toBe(first);
    expect(shared.acquire("other", () => ({ fetched: 3 }))).toEqual({ fetched: 3 });
  });

  test("forgets it when its last holder has released it", () => {
    const shared = new ProcessState();
    const first = shared.acquire("keys", () => ({}));
    shared.acquire("keys", () => ({}));
    shared.release("keys");
    expect(shared.size).toBe(1);
    shared.release("keys");
    expect(shared.size).toBe(0);
    expect(shared.acquire("keys", () => ({}))).not.toBe(first);
  });

  test("a state that nobody holds cannot be released", () => {
    expect(() => new ProcessState().release("keys")).toThrow('nobody holds the state "keys"');
  });
});
