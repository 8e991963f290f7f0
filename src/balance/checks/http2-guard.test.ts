import { describe, expect, test } from "bun:test";
import { FrameGuard } from "./http2-guard.ts";

/** RFC 9113 §4.1. */
function frame(type: number, flags: number, stream: number, length: number): Buffer {
  const bytes = Buffer.alloc(9 + length, 0xff);
  bytes.writeUIntBE(length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  return bytes;
}

/** Feeds the frames whole, byte by byte and in odd pieces; answers what all three say. */
function judged(...frames: readonly Buffer[]): string {
  const bytes = Buffer.concat(frames);
  const verdicts = [bytes.length, 1, 7].map((size) => {
    const guard = new FrameGuard();
    try {
      for (let at = 0; at < bytes.length; at += size) guard.read(bytes.subarray(at, at + size));
      return "good";
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(new Set(verdicts).size).toBe(1);
  return verdicts[0]!;
}

const SETTINGS = frame(4, 0, 0, 12);

describe("what a target may send", () => {
  test("settings, then frames of the session and of the one stream", () => {
    const list = [SETTINGS, frame(4, 1, 0, 0), frame(8, 0, 0, 4), frame(1, 4, 1, 30), frame(0, 1, 1, 16_384)];
    expect(judged(...list)).toBe("good");
  });

  test("a frame of a type that nobody knows (RFC 9113 §4.1)", () => {
    expect(judged(SETTINGS, frame(99, 255, 0, 20))).toBe("good");
  });

  test("the reserved bit set", () => {
    expect(judged(SETTINGS, frame(1, 5, 0x8000_0001, 3))).toBe("good");
  });
});

describe("what it may not", () => {
  test.each([
    ["begin with another frame", [frame(1, 4, 1, 3)], "the target does not speak HTTP/2"],
    ["begin with an acknowledgement", [frame(4, 1, 0, 0)], "the target does not speak HTTP/2"],
    ["begin with HTTP/1.1", [Buffer.from("HTTP/1.1 400 Bad Request\r\n")], "the target speaks HTTP/1.1, not HTTP/2"],
    [
      "begin a stream",
      [SETTINGS, frame(1, 5, 2, 3)],
      "the answer is not valid HTTP/2 (a stream that was not asked for)",
    ],
    [
      "answer on another stream",
      [SETTINGS, frame(0, 0, 3, 3)],
      "the answer is not valid HTTP/2 (a stream that was not asked for)",
    ],
    ["push", [SETTINGS, frame(5, 4, 1, 8)], "the answer is not valid HTTP/2 (a push, which was not allowed)"],
    ["send long frames", [SETTINGS, frame(0, 0, 1, 16_385)], "the answer is not valid HTTP/2 (a frame is too long)"],
  ])("%s", (_, frames, words) => {
    expect(judged(...frames)).toBe(words);
  });

  test("send more than 1 MiB", () => {
    const guard = new FrameGuard();
    guard.read(SETTINGS);
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(6, 1, 0, 8)));
    expect(() => {
      for (let round = 0; round < 100; round++) guard.read(pings);
    }).toThrow("no end of the answer within 1 MiB");
  });
});
