import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type DnsRecord, writeMessage } from "./message.ts";
import { parseName } from "./name.ts";
import { hashLabel, ROOT_HASH } from "./name-hash.ts";
import { DnsQuery, DROPPED } from "./query.ts";
import { Opcode, RecordType, ResponseCode } from "./record-type.ts";

function wire(text: string): Uint8Array {
  const name = parseName(text);
  if (typeof name === "string") throw new Error(name);
  return name;
}

const QUESTION = { name: wire("WWW.Shop.test."), type: RecordType.A, class: 1 };

/** OPT with these option bytes (hexadecimal). */
function opt(data = "", parts: Partial<DnsRecord> = {}): DnsRecord {
  const bytes = Uint8Array.from(Buffer.from(data, "hex"));
  return { name: new Uint8Array(1), type: RecordType.OPT, class: 1_232, ttl: 0, data: bytes, ...parts };
}

function record(type: number): DnsRecord {
  return { name: wire("shop.test."), type, class: 1, ttl: 0, data: new Uint8Array(4) };
}

function message(parts: Partial<Parameters<typeof writeMessage>[0]> = {}): Uint8Array {
  return writeMessage({ id: 0x1234, flags: 0x0100, questions: [QUESTION], ...parts });
}

function read(bytes: Uint8Array): { code: number; query: DnsQuery } {
  const query = new DnsQuery();
  return { code: query.read(bytes, 0, bytes.length), query };
}

describe("DnsQuery", () => {
  test("reads header and question, the name in lower case with its suffix hashes", () => {
    const { code, query } = read(message());
    expect(code).toBe(ResponseCode.NOERROR);
    expect([query.id, query.flags, query.type, query.class, query.opcode]).toEqual([0x1234, 0x0100, 1, 1, 0]);
    expect(Buffer.from(query.name.subarray(0, query.nameLength))).toEqual(Buffer.from(wire("www.shop.test.")));
    expect([...query.labelStart.subarray(0, 4)]).toEqual([0, 4, 9, 14]);
    let hash = ROOT_HASH;
    for (const label of [2, 1, 0]) {
      hash = hashLabel(hash, query.name, query.labelStart[label]!);
      expect(query.suffixHash[label]).toBe(hash);
    }
    expect([query.edns, query.udpSize, query.cookieLength, query.subnetLength]).toEqual([false, 512, -1, -1]);
  });

  test("reads anywhere in a buffer", () => {
    const bytes = message({ additional: [opt("000a00080102030405060708")] });
    const padded = Uint8Array.from([9, 9, 9, ...bytes, 9]);
    const query = new DnsQuery();
    expect(query.read(padded, 3, 3 + bytes.length)).toBe(ResponseCode.NOERROR);
    expect(query.questionEnd).toBe(3 + 12 + 15 + 4);
    expect([...padded.subarray(query.cookieStart, query.cookieStart + query.cookieLength)]).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  test("drops what has no header and what is an answer", () => {
    expect(read(message().subarray(0, 11)).code).toBe(DROPPED);
    expect(read(message({ flags: 0x8000 })).code).toBe(DROPPED);
    expect(read(new Uint8Array(0)).code).toBe(DROPPED);
  });

  test("RFC 9619: one question", () => {
    expect(read(message({ questions: [] })).code).toBe(ResponseCode.FORMERR);
    expect(read(message({ questions: [QUESTION, QUESTION] })).code).toBe(ResponseCode.FORMERR);
  });

  test("RFC 8490 §5.4: an opcode without question is NOTIMP", () => {
    expect(read(message({ flags: 6 << 11, questions: [] })).code).toBe(ResponseCode.NOTIMP);
    expect(read(message({ flags: Opcode.NOTIFY << 11 })).code).toBe(ResponseCode.NOERROR);
  });

  test("RFC 7873 §5.4: a cookie alone", () => {
    const cookie = read(message({ questions: [], additional: [opt("000a00080102030405060708")] }));
    expect([cookie.code, cookie.query.cookieOnly, cookie.query.questionEnd]).toEqual([ResponseCode.NOERROR, true, 12]);
    expect(read(message({ questions: [], additional: [opt()] })).code).toBe(ResponseCode.FORMERR);
  });

  test("every truncation is dropped or FORMERR", () => {
    const whole = message({ additional: [opt("0003000000080007000118 00c00002".replaceAll(" ", ""))] });
    expect(read(whole).code).toBe(ResponseCode.NOERROR);
    for (let length = 0; length < whole.length; length++) {
      const { code } = read(whole.subarray(0, length));
      expect({ length, code }).toEqual({ length, code: length < 12 ? DROPPED : ResponseCode.FORMERR });
    }
  });

  test("never reads behind `end`", () => {
    const whole = message({ additional: [opt("000a00080102030405060708")] });
    const query = new DnsQuery();
    for (let length = 12; length < whole.length; length++) {
      expect(query.read(whole, 0, length)).toBe(ResponseCode.FORMERR);
    }
  });

  test("bytes behind the last record are a format error", () => {
    expect(read(Uint8Array.from([...message({ additional: [opt()] }), 0])).code).toBe(ResponseCode.FORMERR);
  });

  test("a compressed or over-long name is a format error", () => {
    const pointer = Uint8Array.from([0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]);
    expect(read(pointer).code).toBe(ResponseCode.FORMERR);
    const label = Uint8Array.from([63, ...new Uint8Array(63).fill(97)]);
    const long = (last: number): Uint8Array => {
      const name = [...label, ...label, ...label, last, ...new Uint8Array(last).fill(97), 0];
      return message({ questions: [{ name: Uint8Array.from(name), type: 1, class: 1 }] });
    };
    expect(read(long(61)).code).toBe(ResponseCode.NOERROR);
    expect(read(long(62)).code).toBe(ResponseCode.FORMERR);
  });

  test("127 labels fit, a root name too", () => {
    const name = Uint8Array.from([...Array.from({ length: 127 }, () => [1, 97]).flat(), 0]);
    const deep = read(message({ questions: [{ name, type: 1, class: 1 }] }));
    expect([deep.code, deep.query.labels, deep.query.nameLength]).toEqual([0, 127, 255]);
    const root = read(message({ questions: [{ name: new Uint8Array(1), type: 2, class: 1 }] }));
    expect([root.code, root.query.labels, root.query.nameLength]).toEqual([0, 0, 1]);
  });
});

describe("EDNS (RFC 6891)", () => {
  test("version, size and DO", () => {
    const { code, query } = read(message({ additional: [opt("", { class: 4_096, ttl: 0x8000 })] }));
    expect([code, query.edns, query.udpSize, query.dnssecOk, query.hasOptions]).toEqual([0, true, 4_096, true, false]);
    expect(read(message({ additional: [opt("", { class: 100 })] })).query.udpSize).toBe(512);
    expect(read(message({ additional: [opt("", { ttl: 1 << 16 })] })).code).toBe(ResponseCode.BADVERS);
  });

  test("§6.1.1: one OPT, owned by the root, in the additional section", () => {
    expect(read(message({ additional: [opt(), opt()] })).code).toBe(ResponseCode.FORMERR);
    expect(read(message({ additional: [opt("", { name: wire("a.") })] })).code).toBe(ResponseCode.FORMERR);
    expect(read(message({ authority: [opt()] })).query.edns).toBe(false);
  });

  test("options: known ones are found, unknown ones passed over", () => {
    const { code, query } = read(
      message({ additional: [opt("fde90003aabbcc00030000000b0000000c0002000000080006000110000a00")] }),
    );
    expect(code).toBe(ResponseCode.NOERROR);
    expect([query.wantsNsid, query.wantsKeepalive, query.wantsPadding, query.hasOptions]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(query.subnetLength).toBe(6);
  });

  test("options of a wrong length", () => {
    const codeOf = (data: string): number => read(message({ additional: [opt(data)] })).code;
    for (const bad of ["00", "000300", "00030001", "000a0000", "000a000701020304050607", "00080003000118"]) {
      expect({ bad, code: codeOf(bad) }).toEqual({ bad, code: ResponseCode.FORMERR });
    }
    expect(codeOf(`000a0028${"00".repeat(40)}`)).toBe(ResponseCode.NOERROR);
    expect(codeOf(`000a0029${"00".repeat(41)}`)).toBe(ResponseCode.FORMERR);
    expect(read(message({ additional: [opt("000b00020064")] })).query.wantsKeepalive).toBe(false);
  });

  test("nothing of one query is left in the next", () => {
    const query = new DnsQuery();
    const full = message({
      additional: [opt("000300000008000400010000000c0000000a00080102030405060708", { ttl: 0x8000 })],
    });
    expect(query.read(full, 0, full.length)).toBe(ResponseCode.NOERROR);
    const plain = message();
    query.read(plain, 0, plain.length);
    // Without the option its place means nothing; of the name and its labels only the first `nameLength` and `labels` do.
    const { name, labelStart, suffixHash } = query;
    const same = { packet: plain, name, labelStart, suffixHash, cookieStart: 0, subnetStart: 0 };
    const parts = (one: DnsQuery): object => Object.assign({}, one, same);
    expect(parts(query)).toEqual(parts(read(plain).query));
  });
});

describe("signed messages and transfers", () => {
  test("RFC 8945 §5.1: TSIG is the last record", () => {
    const signed = read(message({ additional: [opt(), record(RecordType.TSIG)] }));
    expect(signed.code).toBe(ResponseCode.NOERROR);
    expect(signed.query.tsigStart).toBeGreaterThan(signed.query.questionEnd);
    expect(read(message({ additional: [record(RecordType.TSIG), opt()] })).code).toBe(ResponseCode.FORMERR);
  });

  test("the SOA of an IXFR query", () => {
    const { query } = read(message({ authority: [record(RecordType.SOA)] }));
    expect(query.soaStart).toBe(query.questionEnd);
    expect(read(message({ answers: [record(RecordType.SOA)] })).query.soaStart).toBe(0);
  });
});

describe("any bytes", () => {
  test("never throw, and leave offsets within the packet", () => {
    const base = message({ additional: [opt("000a00080102030405060708000300000008000700011800c00002")] });
    const mutation = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const query = new DnsQuery();
    fc.assert(
      fc.property(mutation, fc.integer({ min: 0, max: base.length }), (changes, length) => {
        const bytes = base.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const code = query.read(bytes, 0, length);
        expect([
          DROPPED,
          ResponseCode.NOERROR,
          ResponseCode.FORMERR,
          ResponseCode.NOTIMP,
          ResponseCode.BADVERS,
        ]).toContain(code as 0);
        if (code === DROPPED) return;
        expect(query.questionEnd).toBeLessThanOrEqual(length);
        expect(query.nameLength).toBeLessThanOrEqual(255);
        if (query.cookieLength >= 0) expect(query.cookieStart + query.cookieLength).toBeLessThanOrEqual(length);
      }),
      { numRuns: 5_000 },
    );
  });
});
