import { describe, expect, test } from "bun:test";

import type { Transport } from "../contract/transport.ts";
import { ConnectionInput } from "./client-stream.ts";

/** Notes what is asked of it; keeps no buffer. */
class Noting {
  readonly calls: string[] = [];
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  retain(): null {
    return null;
  }
}

function setUp(): { input: ConnectionInput; calls: string[] } {
  const transport = new Noting();
  return { input: new ConnectionInput(transport as unknown as Transport), calls: transport.calls };
}

/** Appends text and answers whether an incomplete head is worth another look. */
function isWorthLooking(input: ConnectionInput, text: string): boolean {
  const bytes = Buffer.from(text, "latin1");
  input.append(bytes, 0, bytes.length, null);
  return input.worthLooking(bytes, 0, bytes.length);
}

describe("a head that drips in", () => {
  test("is looked at again when a line has come to its end", () => {
    const { input } = setUp();
    const begin = Buffer.from("GET / HTTP/1.1\r\nHost: h");
    input.keep(begin, 0, begin.length);
    expect(isWorthLooking(input, "o")).toBe(false);
    expect(isWorthLooking(input, "st\r")).toBe(false);
    expect(isWorthLooking(input, "\n")).toBe(true);
  });

  test("is looked at again when it has doubled, so that an endless line meets its limit", () => {
    const { input } = setUp();
    const begin = Buffer.from("0123456789");
    input.keep(begin, 0, begin.length);
    expect(isWorthLooking(input, "a".repeat(9))).toBe(false);
    expect(isWorthLooking(input, "a")).toBe(true);
    input.advance(input.start);
    expect(isWorthLooking(input, "a".repeat(19))).toBe(false);
    expect(isWorthLooking(input, "a")).toBe(true);
  });

  test("does not take a line end for its own that stands outside of what came", () => {
    const { input } = setUp();
    const begin = Buffer.from("GET / HTTP/1.1");
    input.keep(begin, 0, begin.length);
    const around = Buffer.from("\nab\n");
    input.append(around, 1, 3, null);
    expect(input.worthLooking(around, 1, 3)).toBe(false);
  });
});

describe("pausing", () => {
  test("reaches the transport once", () => {
    const { input, calls } = setUp();
    input.resume();
    input.pause();
    input.pause();
    expect(input.paused).toBe(true);
    input.resume();
    input.resume();
    expect(input.paused).toBe(false);
    expect(calls).toEqual(["pause", "resume"]);
  });
});
