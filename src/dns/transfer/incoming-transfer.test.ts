import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseName } from "../wire/name.ts";
import { type DnsRecord, writeMessage } from "../wire/message.ts";
import { IncomingTransfer } from "./incoming-transfer.ts";
import { TRANSFER_LIMITS, type TransferLimits } from "./transfer-limits.ts";
import { TransferError } from "./record-reader.ts";
import { soaOf } from "./record-source.ts";
import { APEX, testZone } from "./zone-for-tests.ts";

function record(owner: string, type: number, data: Iterable<number>, kind = 1): DnsRecord {
  return { name: parseName(owner, APEX) as Uint8Array, type, class: kind, ttl: 60, data: Uint8Array.from(data) };
}

const soa = (serial: number): DnsRecord => ({ name: APEX, type: 6, class: 1, ...soaOf(testZone(serial)) });
const a = (owner: string, last = 1): DnsRecord => record(owner, 1, [192, 0, 2, last]);
const question = (type: number) => [{ name: APEX, type, class: 1 }];

interface Script {
  readonly serial?: number | null;
  readonly limits?: Partial<TransferLimits>;
  readonly flags?: number;
  readonly id?: number;
  readonly question?: readonly { name: Uint8Array; type: number; class: number }[];
}

/** Feeds messages with these answers; what came of it. */
function play(messages: readonly (readonly DnsRecord[])[], script: Script = {}): string {
  const { serial = null, limits = {}, flags = 0x8400, id = 5 } = script;
  const transfer = new IncomingTransfer({ id: 5, apex: APEX, serial, limits: { ...TRANSFER_LIMITS, ...limits } });
  const questions = script.question ?? question(serial === null ? 252 : 251);
  try {
    for (const [index, answers] of messages.entries()) {
      const whole = atOnce(
        transfer.take(writeMessage({ id, flags, questions: index === 0 ? questions : [], answers })),
      );
      if (whole !== (transfer.result !== null)) throw new Error("whole and result differ");
      if (whole && index < messages.length - 1) return "done early";
    }
  } catch (error) {
    if (error instanceof TransferError) return error.message;
    throw error;
  }
  const { result } = transfer;
  if (result === null) return "more";
  const ignored = transfer.ignored === 0 ? "" : `, without ${transfer.ignored} such as ${transfer.firstIgnored}`;
  if (result.kind === "zone") return `zone ${result.data.serial} with ${result.data.recordCount}${ignored}`;
  if (result.kind === "current") return `current ${result.serial}`;
  const differences = result.differences.map(
    ({ from, to, deleted, added }) => `${from.serial}-${deleted.count}+${added.count}=${to.serial}`,
  );
  return differences.join(" ") + ignored;
}

describe("a zone", () => {
  test("in one message, in many, and cut anywhere", () => {
    const records = [soa(3), a("a"), a("b"), a("b", 2), a("c.d"), soa(3)];
    expect(play([records])).toBe("zone 3 with 5");
    expect(play(records.map((one) => [one]))).toBe("zone 3 with 5");
    for (let cut = 1; cut < 6; cut++) {
      expect(play([records.slice(0, cut), records.slice(cut)])).toBe("zone 3 with 5");
      expect(play([records.slice(0, cut)])).toBe("more");
    }
    expect(play([[soa(3), soa(3)]])).toBe("zone 3 with 1");
  });

  test.each([
    ["without an SOA at the beginning", [a("a"), soa(1)], "the transfer does not begin with an SOA"],
    ["with another serial at the end", [soa(1), a("a"), soa(2)], "the last SOA has another serial than the first"],
    ["with records behind the end", [soa(1), a("a"), soa(1), a("b")], "records stand behind the last SOA"],
    ["with an SOA below the apex", [soa(1), { ...soa(1), name: a("sub").name }], "an SOA is not the zone's"],
    ["with another class", [soa(1), record("a", 1, [1, 2, 3, 4], 3)], "a record is of another class than the zone"],
    ["with an OPT record", [soa(1), record("a", 41, [])], "a record is of type 41, which no zone has"],
    [
      "with an address of five bytes",
      [soa(1), record("a", 1, [1, 2, 3, 4, 5])],
      "a record's data is not of its type: 1 bytes are too many",
    ],
    ["with a name that is cut off", [soa(1), record("a", 2, [3, 65])], "a label is cut off"],
    ["without answers", [], "a message has no answers"],
  ] as const)("%s is refused", (_, records, problem) => {
    expect(play([records])).toBe(problem);
  });

  test("is taken without the records whose owners lie outside of it", () => {
    expect(play([[soa(1), a("a"), a("www.other.test."), a("b"), soa(1)]])).toBe(
      "zone 1 with 3, without 1 such as www.other.test.",
    );
    expect(play([[soa(1), a("test."), a("."), a("xzone.test."), a("a"), soa(1)]])).toBe(
      "zone 1 with 2, without 3 such as test.",
    );
    expect(play([[soa(1), { ...soa(7), name: a("other.test.").name }, soa(1)]])).toBe(
      "zone 1 with 1, without 1 such as other.test.",
    );
    expect(play([[a("www.other.test."), soa(1), soa(1)]])).toBe("the transfer does not begin with an SOA");
  });

  test("an endless one ends at the limits", () => {
    const endless = (count: number): DnsRecord[][] => [
      [soa(1)],
      ...Array.from({ length: count }, (_, index) => [a(`h${index}`)]),
    ];
    expect(play(endless(200), { limits: { records: 100 } })).toBe("the zone has more than 100 records");
    const outside = [[soa(1)], ...Array.from({ length: 200 }, () => [a("other.test.")])];
    expect(play(outside, { limits: { records: 100 } })).toBe("the zone has more than 100 records");
    expect(play(endless(200), { limits: { bytes: 2_000 } })).toBe("the transfer is larger than 2000 bytes");
    expect(play([[soa(1)], [], []])).toBe("a message has no answers");
  });

  test("from somebody else, or of something else, is refused", () => {
    const whole = [[soa(1), a("a"), soa(1)]];
    expect(play(whole, { id: 6 })).toBe("a message has another id");
    expect(play(whole, { flags: 0x0400 })).toBe("a message is not an answer");
    expect(play(whole, { flags: 0xa400 })).toBe("a message is not an answer");
    expect(play(whole, { flags: 0x8405 })).toBe("the primary answers REFUSED");
    expect(play(whole, { flags: 0x8600 })).toBe("a message is truncated");
    expect(play(whole, { question: question(6) })).toBe("a message has another question");
    expect(play(whole, { question: [{ name: a("x").name, type: 252, class: 1 }] })).toBe(
      "a message has another question",
    );
    expect(play(whole, { question: [] })).toBe("the first message has no question");
  });
});

describe("differences", () => {
  const ixfr = (messages: readonly (readonly DnsRecord[])[], serial = 1): string => play(messages, { serial });

  test("one after the other, in one message or in many", () => {
    const records = [soa(4), soa(1), a("a"), soa(3), a("b"), a("c"), soa(3), soa(4), a("d"), soa(4)];
    expect(ixfr([records])).toBe("1-1+2=3 3-0+1=4");
    expect(ixfr(records.map((one) => [one]))).toBe("1-1+2=3 3-0+1=4");
  });

  test("are taken without the records that lie outside the zone", () => {
    const out = a("www.other.test.");
    expect(ixfr([[soa(4), out, soa(1), out, a("a"), soa(4), a("b"), out, soa(4)]])).toBe(
      "1-1+1=4, without 3 such as www.other.test.",
    );
    expect(ixfr([[soa(4), out, a("a"), soa(4)]])).toBe("zone 4 with 2, without 1 such as www.other.test.");
  });

  test("may be a whole zone, or nothing", () => {
    expect(ixfr([[soa(4), a("a"), soa(4)]])).toBe("zone 4 with 2");
    expect(ixfr([[soa(1)]])).toBe("current 1");
    expect(ixfr([[soa(0)]])).toBe("current 0");
    expect(ixfr([[soa(4)]])).toBe("more");
  });

  test.each([
    ["from another serial", [soa(4), soa(2), soa(4), soa(4)], "a difference is from serial 2, and 1 is what is there"],
    [
      "with a gap",
      [soa(4), soa(1), soa(2), soa(3), soa(4), soa(4)],
      "a difference is from serial 3, and 2 is what is there",
    ],
    ["that go back", [soa(4), soa(1), soa(0), soa(0)], "serial 0 does not follow 1"],
    ["that stand still", [soa(4), soa(1), soa(1), soa(1)], "serial 1 does not follow 1"],
    [
      "that go on behind the newest",
      [soa(4), soa(1), soa(4), soa(5)],
      "the differences go on behind the newest serial",
    ],
    ["with records behind the end", [soa(4), soa(1), soa(4), soa(4), a("a")], "records stand behind the last SOA"],
  ] as const)("%s are refused", (_, records, problem) => {
    expect(ixfr([records])).toBe(problem);
  });
});

test("whatever bytes come, nothing but a TransferError is thrown", () => {
  const whole = writeMessage({
    id: 5,
    flags: 0x8400,
    questions: question(252),
    answers: [soa(1), a("a"), record("m", 15, [0, 1, 1, 98, 0xc0, 12]), soa(1)],
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(whole.length),
      (changes, length) => {
        const message = whole.slice();
        for (const [at, byte] of changes) message[at] = byte;
        const transfer = new IncomingTransfer({ id: 5, apex: APEX, serial: null, limits: TRANSFER_LIMITS });
        try {
          atOnce(transfer.take(message.subarray(0, length === 0 ? message.length : length)));
        } catch (error) {
          if (!(error instanceof TransferError)) throw error;
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
