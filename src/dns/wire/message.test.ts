import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyMessage } from "./arbitraries-for-tests.ts";
import { type DnsMessage, MessageError, readMessage, readNameAt, writeMessage, writeRecord } from "./message.ts";
import { formatName, parseName } from "./name.ts";
import { formatRdata } from "./rdata-text.ts";
import { RecordType } from "./record-type.ts";

const HEADER = Buffer.alloc(12);

function name(text: string): Uint8Array {
  const parsed = parseName(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

/** A header with these counts and what follows it. */
function message(counts: readonly number[], ...parts: ReadonlyArray<readonly number[] | Uint8Array>): Uint8Array {
  const header = Buffer.alloc(12);
  for (const [index, count] of counts.entries()) header.writeUInt16BE(count, 4 + index * 2);
  return Buffer.concat([header, ...parts.map((part) => Uint8Array.from(part))]);
}

function plain(value: DnsMessage): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner)),
  );
}

describe("names in messages", () => {
  test("RFC 1035 §4.1.4: the example of compression", () => {
    const packet = Buffer.alloc(94);
    packet.set(name("F.ISI.ARPA."), 20);
    packet.set([3, 0x46, 0x4f, 0x4f, 0xc0, 20], 40);
    packet.set([0xc0, 26], 64);
    expect(formatName(readNameAt(packet, 20).name)).toBe("F.ISI.ARPA.");
    const foo = readNameAt(packet, 40);
    expect([formatName(foo.name), foo.end]).toEqual(["FOO.F.ISI.ARPA.", 46]);
    const arpa = readNameAt(packet, 64);
    expect([formatName(arpa.name), arpa.end]).toEqual(["ARPA.", 66]);
    expect(formatName(readNameAt(packet, 92).name)).toBe(".");
  });

  test.each([
    ["to itself", [0xc0, 12], 12, "a pointer does not point backwards"],
    ["forwards", [0xc0, 16, 0, 0, 0], 12, "a pointer does not point backwards"],
    ["in a circle", [1, 0x61, 0xc0, 16, 1, 0x62, 0xc0, 12], 16, "a pointer does not point backwards"],
    ["into the header", [0xc0, 4], 12, "a pointer leads into the header"],
    ["cut off", [0xc0], 12, "a pointer is cut off"],
  ])("a pointer %s is refused", (_what, bytes, at, problem) => {
    expect(() => readNameAt(Buffer.concat([HEADER, Uint8Array.from(bytes)]), at)).toThrow(new MessageError(problem));
  });

  test.each([
    [[3, 0x61, 0x62], "a label is cut off"],
    [[1, 0x61], "a name is cut off"],
    [[0x41, 1, 1], "a label has the unknown form 65"],
    [[0x80, 1, 0], "a label has the unknown form 128"],
  ])("%p: %s", (bytes, problem) => {
    expect(() => readNameAt(Uint8Array.from(bytes), 0)).toThrow(new MessageError(problem));
  });

  test("a name that only pointers make too long is refused", () => {
    const label = [63, ...Array.from({ length: 63 }, () => 0x61)];
    const long = [...label, ...label, ...label, 0];
    const packet = Buffer.concat([HEADER, Uint8Array.from([...long, 62, ...label.slice(1, 63), 0xc0, 12])]);
    expect(() => readNameAt(packet, 12 + long.length)).toThrow(new MessageError("a name is longer than 255 bytes"));
    const fits = Buffer.concat([HEADER, Uint8Array.from([...long, 61, ...label.slice(1, 62), 0xc0, 12])]);
    expect(readNameAt(fits, 12 + long.length).name).toHaveLength(255);
  });
});

describe("messages", () => {
  test("what is written is what is read", () => {
    fc.assert(
      fc.property(anyMessage, (one) => {
        expect(plain(readMessage(writeMessage(one)))).toEqual(plain(one));
      }),
      { numRuns: 200 },
    );
  });

  test("names in data are read through pointers", () => {
    const question = Buffer.concat([name("shop.test."), Uint8Array.of(0, 15, 0, 1)]);
    const mx = [0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 9, 0, 10, 4, 0x6d, 0x61, 0x69, 0x6c, 0xc0, 12];
    const read = readMessage(message([1, 1], question, mx));
    expect(formatRdata(RecordType.MX, read.answers[0]!.data)).toBe("10 mail.shop.test.");
  });

  const record = [0, 0, 15, 0, 1, 0, 0, 0, 60];
  test.each([
    [[0, 1, 2], "3 bytes are no header"],
    [message([1], [0, 0, 1]), "a question is cut off"],
    [message([0, 1], [0, 0, 1, 0, 1]), "a record is cut off"],
    [message([0, 1], [...record, 0, 9, 0, 10]), "a record's data is cut off"],
    [message([0, 1], [...record, 0, 4, 0, 10, 0, 0]), "a record's data has another length than its type asks for"],
    [message([0, 1], [...record, 0, 1, 0]), "a record's data ends within the u16"],
    [message([0, 0], [1, 2]), "2 bytes stand behind the last record"],
    [message([0xffff, 0xffff, 0xffff, 0xffff]), "a name is cut off"],
  ])("%p is refused: %s", (bytes, problem) => {
    expect(() => readMessage(Uint8Array.from(bytes))).toThrow(new MessageError(problem));
  });

  test("no bytes make it throw anything else, or read beyond a record's data", () => {
    fc.assert(
      fc.property(
        anyMessage,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
        (one, edits) => {
          const packet = Uint8Array.from(writeMessage(one));
          for (const [at, byte] of edits) packet[at % packet.length] = byte;
          try {
            readMessage(packet);
          } catch (error) {
            expect(error).toBeInstanceOf(MessageError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("data that no length field can say is refused", () => {
    const data = new Uint8Array(0x10000);
    expect(() => writeRecord({ name: name("a."), type: RecordType.TXT, class: 1, ttl: 0, data })).toThrow(RangeError);
  });
});
