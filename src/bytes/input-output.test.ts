/** Whoever keeps a read buffer gives it back once, whatever comes first. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { Transport } from "../contract/transport.ts";
import { Input, Output } from "./input-output.ts";

const bytes = Buffer.alloc(100_000, "x");

/** Takes `room` bytes, and counts what is kept of its buffers. */
class Wire implements Transport {
  readonly peerAddress = "";
  readonly peerPort = 0;
  readonly localPort = 0;
  readonly tls = null;
  room = 0;
  kept = 0;
  retains = true;
  text = "";

  write(bytes: Buffer, start: number, end: number): number {
    const taken = Math.min(this.room, end - start);
    this.room -= taken;
    this.text += bytes.latin1Slice(start, start + taken);
    return taken;
  }
  pause(): void {}
  resume(): void {}
  shutdown(): void {}
  close(): void {}
  abort(): void {}
  retain(bytes: Buffer): Buffer | null {
    if (!this.retains) return null;
    this.kept++;
    return bytes;
  }
  release(): void {
    this.kept--;
  }
  handOver(): void {}
}

const source = new Wire();
let sink: Wire;
let output: Output;

beforeEach(() => {
  source.kept = 0;
  source.retains = true;
  sink = new Wire();
  output = new Output();
  output.transport = sink;
});

describe("an output", () => {
  test("gives a buffer back when it is written", () => {
    sink.room = 1000;
    expect(output.write(bytes, 0, 50_000, source)).toBeFalse();
    expect(source.kept).toBe(1);
    sink.room = 1000;
    expect(output.onWritable()).toBeFalse();
    expect(source.kept).toBe(1);
    sink.room = 100_000;
    expect(output.onWritable()).toBeTrue();
    expect(source.kept).toBe(0);
    expect(sink.text).toBe("x".repeat(50_000));
  });

  test("gives it back when more is queued behind it, and when it is given up", () => {
    output.write(bytes, 0, 50_000, source);
    output.write(Buffer.from("tail"), 0, 4, null);
    expect(source.kept).toBe(0);
    sink.room = 100_000;
    expect(output.onWritable()).toBeTrue();
    expect(sink.text).toBe(`${"x".repeat(50_000)}tail`);
    sink.room = 0;
    output.write(bytes, 0, 50_000, source);
    expect(source.kept).toBe(1);
    output.clear();
    output.clear();
    expect(source.kept).toBe(0);
  });

  test("copies what is not to be kept, and what is queued behind that", () => {
    source.retains = false;
    const own = Buffer.alloc(20_000, "a");
    output.write(own, 0, own.length, source);
    output.write(own, 0, own.length, source);
    own.fill("b");
    expect(source.kept).toBe(0);
    expect(output.queued).toBe(40_000);
    sink.room = 100_000;
    expect(output.onWritable()).toBeTrue();
    expect(sink.text).toBe("a".repeat(40_000));
  });
});

describe("an input", () => {
  test("gives a buffer back when it is used up", () => {
    const input = new Input();
    input.append(bytes, 10, 50_000, source);
    expect(source.kept).toBe(1);
    input.consume(49_999);
    expect(source.kept).toBe(1);
    input.consume(50_000);
    expect(source.kept).toBe(0);
    input.clear();
    expect(source.kept).toBe(0);
  });

  test("gives it back when more comes behind it", () => {
    const input = new Input();
    input.append(bytes, 0, 50_000, source);
    input.append(Buffer.from("tail"), 0, 4, source);
    expect(source.kept).toBe(0);
    expect(input.bytes!.latin1Slice(input.start, input.end)).toBe(`${"x".repeat(50_000)}tail`);
    input.append(Buffer.from(" and more"), 0, 9, source);
    expect(input.length).toBe(50_013);
    input.clear();
    expect(source.kept).toBe(0);
  });

  test("copies what is not to be kept", () => {
    source.retains = false;
    const input = new Input();
    const own = Buffer.alloc(20_000, "a");
    input.append(own, 0, own.length, source);
    own.fill("b");
    expect(input.bytes!.latin1Slice(input.start, input.end)).toBe("a".repeat(20_000));
  });
});
