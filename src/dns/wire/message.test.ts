import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyMessage } from "./arbitraries-for-tests.ts";
import { type DnsMessage, MessageError, readMessage, writeMessage, writeRecord } from "./message.ts";
import { parseName } from "./name.ts";
import { formatRdata } from "./rdata-text.ts";
import { RecordType } from "./record-type.ts";

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
    [[0, 1, 2], "a message is shorter than its header"],
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
