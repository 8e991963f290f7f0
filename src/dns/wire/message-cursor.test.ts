import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyMessage } from "./arbitraries-for-tests.ts";
import { writeMessage } from "./message.ts";
import { HEADER, MAX_DATA, MessageCursor } from "./message-cursor.ts";
import { formatName, LOWER, MAX_NAME, parseName } from "./name.ts";
import { rdataProblem } from "./rdata-check.ts";
import { RecordType } from "./record-type.ts";

function wire(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new Error(name);
  return name;
}

/** A header of zeros and these bytes. */
function packetOf(...parts: ReadonlyArray<readonly number[] | Uint8Array>): Uint8Array {
  return Buffer.concat([Buffer.alloc(HEADER), ...parts.map((part) => Uint8Array.from(part))]);
}

function opened(bytes: Uint8Array): MessageCursor {
  const cursor = new MessageCursor();
  expect(cursor.open(bytes)).toBe(true);
  return cursor;
}

const into = new Uint8Array(MAX_DATA);

function nameAt(cursor: MessageCursor, at: number, letters?: Uint8Array): readonly [string, number] | string {
  const length = cursor.readName(at, into, 0, letters);
  return length < 0 ? cursor.problem : [formatName(into.slice(0, length)), cursor.nameEnd];
}

describe("names", () => {
  test("RFC 1035 §4.1.4: the example of compression", () => {
    const packet = Buffer.alloc(94);
    packet.set(wire("F.ISI.ARPA."), 20);
    packet.set([3, 0x46, 0x4f, 0x4f, 0xc0, 20], 40);
    packet.set([0xc0, 26], 64);
    const cursor = opened(packet);
    expect(nameAt(cursor, 20)).toEqual(["F.ISI.ARPA.", 32]);
    expect(nameAt(cursor, 40)).toEqual(["FOO.F.ISI.ARPA.", 46]);
    expect(nameAt(cursor, 40, LOWER)).toEqual(["foo.f.isi.arpa.", 46]);
    expect(nameAt(cursor, 64)).toEqual(["ARPA.", 66]);
    expect(nameAt(cursor, 92)).toEqual([".", 93]);
    expect([20, 40, 64, 92].map((at) => cursor.skipName(at))).toEqual([32, 46, 66, 93]);
  });

  test.each([
    ["to itself", [0xc0, 12], 12, "a pointer does not point backwards"],
    ["forwards", [0xc0, 16, 0, 0, 0], 12, "a pointer does not point backwards"],
    ["in a circle", [1, 0x61, 0xc0, 16, 1, 0x62, 0xc0, 12], 16, "a pointer does not point backwards"],
    ["into the header", [0xc0, 4], 12, "a pointer leads into the header"],
    ["cut off", [0xc0], 12, "a pointer is cut off"],
  ])("a pointer %s is refused", (_what, bytes, at, problem) => {
    expect(nameAt(opened(packetOf(bytes)), at)).toBe(problem);
  });

  test.each([
    [[3, 0x61, 0x62], "a label is cut off"],
    [[1, 0x61], "a name is cut off"],
    [[0x41, 1, 1], "a label has an unknown form"],
    [[0x80, 1, 0], "a label has an unknown form"],
  ])("%p: %s, whether it is read or passed over", (bytes, problem) => {
    const cursor = opened(packetOf(bytes));
    expect(nameAt(cursor, HEADER)).toBe(problem);
    cursor.problem = "";
    expect([cursor.skipName(HEADER), cursor.problem]).toEqual([-1, problem]);
  });

  test("a name that only pointers make too long is refused", () => {
    const label = [63, ...Array.from({ length: 63 }, () => 0x61)];
    const long = [...label, ...label, ...label, 0];
    const before = packetOf(long, [62, ...label.slice(1, 63), 0xc0, 12]);
    expect(nameAt(opened(before), HEADER + long.length)).toBe("a name is longer than 255 bytes");
    const fits = packetOf(long, [61, ...label.slice(1, 62), 0xc0, 12]);
    expect(opened(fits).readName(HEADER + long.length, into)).toBe(MAX_NAME);
  });

  test("pointers count from where the message begins, not from where the buffer does", () => {
    const message = packetOf(wire("a.test."), [1, 0x62, 0xc0, 12]);
    const cursor = new MessageCursor();
    cursor.open(Buffer.concat([Buffer.alloc(7, 9), message, Buffer.alloc(3, 9)]), 7, 7 + message.length);
    expect(nameAt(cursor, 7 + HEADER + 8)).toEqual(["b.a.test.", 7 + message.length]);
  });
});

describe("data", () => {
  function dataOf(type: number, data: readonly number[], behind: readonly number[] = []): number[] | string {
    const cursor = opened(
      packetOf(wire("shop.test."), [type >> 8, type, 0, 1, 0, 0, 0, 0, 0, data.length], data, behind),
    );
    expect(cursor.record()).toBe(true);
    const length = cursor.readData(into);
    return length < 0 ? cursor.problem : [...into.subarray(0, length)];
  }

  test("has its names uncompressed", () => {
    expect(dataOf(RecordType.MX, [0, 10, 4, 0x6d, 0x61, 0x69, 0x6c, 0xc0, 12])).toEqual([
      0,
      10,
      ...wire("mail.shop.test."),
    ]);
  });

  test("a name that goes on behind the data is not taken", () => {
    expect(dataOf(RecordType.NS, [3, 0x61], [0x62, 0x63, 0])).toBe("a record's data ends within a name");
    // RFC 9460 §2.2: what follows the name takes all that is left, also when that is less than nothing.
    expect(dataOf(RecordType.HTTPS, [0, 1, 1, 0x61], [0])).toBe("a record's data ends within a name");
  });

  test("that has not the form of its type is refused", () => {
    expect(dataOf(RecordType.MX, [0])).toBe("a record's data ends within the u16");
    expect(dataOf(RecordType.NS, [0, 0])).toBe("a record's data has another length than its type asks for");
    expect(dataOf(RecordType.NS, [])).toBe("a record's data ends within a name");
  });

  test("that is longer than the room for it is refused", () => {
    const cursor = opened(packetOf([0], [0, 16, 0, 1, 0, 0, 0, 0, 0, 3, 2, 1, 1]));
    cursor.record();
    expect([cursor.readData(new Uint8Array(2)), cursor.problem]).toEqual([-1, "a record's data is too long"]);
  });
});

describe("whole messages", () => {
  test("a header of less than 12 bytes is none", () => {
    const cursor = new MessageCursor();
    expect([cursor.open(new Uint8Array(11)), cursor.problem]).toEqual([false, "a message is shorter than its header"]);
  });

  /** Steps over everything; what it could not do, or "". */
  function walk(bytes: Uint8Array, start: number, end: number): string {
    const cursor = new MessageCursor();
    if (!cursor.open(bytes, start, end)) return cursor.problem;
    if (!cursor.skipQuestions()) return cursor.problem;
    for (let left = cursor.answers + cursor.authority + cursor.additional; left > 0; left--) {
      if (!cursor.record() || cursor.readName(cursor.owner, into) < 0) return cursor.problem;
      const length = cursor.readData(into);
      if (length < 0) return cursor.problem;
      expect(typeof rdataProblem(cursor.type, into, 0, length)).toBe("string");
    }
    expect(cursor.at).toBeLessThanOrEqual(end);
    return "";
  }

  test("what stands around a message is not read: every cut of it is refused, and never for what follows", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (one, seed) => {
        const message = Uint8Array.from(writeMessage(one));
        const padded = Buffer.concat([Buffer.alloc(5, 0xff), message, Buffer.alloc(300)]);
        expect(walk(padded, 5, 5 + message.length)).toBe("");
        const cut = seed % message.length;
        expect(walk(padded, 5, 5 + cut)).toBe(walk(message, 0, cut));
        expect(walk(padded, 5, 5 + cut)).not.toBe("");
      }),
      { numRuns: 300 },
    );
  });
});
