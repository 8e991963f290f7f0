import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { dataOf, KNOWN_TYPES } from "../wire/arbitraries-for-tests.ts";
import { formatName, parseName } from "../wire/name.ts";
import { formatRdata } from "../wire/rdata-text.ts";
import { typeName } from "../wire/record-type.ts";
import { readZoneFile } from "./read-zone-file-for-tests.ts";
import { ZoneFileReader, type ZoneFileOptions } from "./zone-file.ts";

interface Read {
  /** Owner, TTL, type and data of each record. */
  readonly records: string[];
  /** Line, column and message of each problem. */
  readonly problems: string[];
}

const ORIGIN = parseName("example.test.") as Uint8Array;

function read(text: string, files: Readonly<Record<string, string>> = {}): Read {
  const records: string[] = [];
  const options: ZoneFileOptions = {
    file: "example.zone",
    origin: ORIGIN,
    sink: (owner, length, type, ttl, data, size) => {
      const name = formatName(owner.subarray(0, length));
      records.push(`${name} ${ttl} ${typeName(type)} ${formatRdata(type, data.subarray(0, size))}`);
      return "";
    },
    include: (path, from) => {
      const found = files[path];
      if (found === undefined) throw new Error(`no such file beside ${from}`);
      return { file: path, bytes: Buffer.from(found) };
    },
  };
  const problems = readZoneFile(Buffer.from(text), options);
  return { records, problems: problems.map((one) => `${one.file}:${one.line}:${one.column} ${one.message}`) };
}

function records(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  const found = read(text, files);
  expect(found.problems).toEqual([]);
  return found.records;
}

test("the example of RFC 1035 §5.3", () => {
  const isi = `
@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33


$INCLUDE <SUBSYS>ISI-MAILBOXES.TXT
`;
  const mailboxes = `
MOE     MB      A.ISI.EDU.
LARRY   MB      A.ISI.EDU.
CURLEY  MB      A.ISI.EDU.
STOOGES MG      MOE
        MG      LARRY
        MG      CURLEY
`;
  const found = records(`$ORIGIN ISI.EDU.${isi}`, { "<SUBSYS>ISI-MAILBOXES.TXT": mailboxes });
  // No $TTL and no TTL: RFC 2308 §4 gives all of them the SOA's MINIMUM.
  expect(found).toEqual([
    String.raw`ISI.EDU. 60 SOA VENERA.ISI.EDU. Action\.domains.ISI.EDU. 20 7200 600 3600000 60`,
    "ISI.EDU. 60 NS A.ISI.EDU.",
    "ISI.EDU. 60 NS VENERA.ISI.EDU.",
    "ISI.EDU. 60 NS VAXA.ISI.EDU.",
    "ISI.EDU. 60 MX 10 VENERA.ISI.EDU.",
    "ISI.EDU. 60 MX 20 VAXA.ISI.EDU.",
    "A.ISI.EDU. 60 A 26.3.0.103",
    "VENERA.ISI.EDU. 60 A 10.1.0.52",
    "VENERA.ISI.EDU. 60 A 128.9.0.32",
    "VAXA.ISI.EDU. 60 A 10.2.0.27",
    "VAXA.ISI.EDU. 60 A 128.9.0.33",
    "MOE.ISI.EDU. 60 MB A.ISI.EDU.",
    "LARRY.ISI.EDU. 60 MB A.ISI.EDU.",
    "CURLEY.ISI.EDU. 60 MB A.ISI.EDU.",
    "STOOGES.ISI.EDU. 60 MG MOE.ISI.EDU.",
    "STOOGES.ISI.EDU. 60 MG LARRY.ISI.EDU.",
    "STOOGES.ISI.EDU. 60 MG CURLEY.ISI.EDU.",
  ]);
});

describe("records", () => {
  test("TTL and class in either order, or not at all", () => {
    const text =
      "$TTL 7\na 300 IN A 192.0.2.1\na IN 300 A 192.0.2.1\na 300 A 192.0.2.1\na IN A 192.0.2.1\na A 192.0.2.1\n";
    expect(records(text).map((line) => line.split(" ")[1])).toEqual(["300", "300", "300", "7", "7"]);
    expect(records("a in 1 a 192.0.2.1\n")).toEqual(["a.example.test. 1 A 192.0.2.1"]);
    expect(records("a CLASS1 1 TYPE1 192.0.2.1\n")).toEqual(["a.example.test. 1 A 192.0.2.1"]);
  });

  test("TTLs with units", () => {
    const written = ["30", "1m", "1h30m", "2D", "1w1d1h1m1s", "0", "2147483647"];
    const text = written.map((ttl) => `a ${ttl} A 192.0.2.1\n`).join("");
    const seconds = [30, 60, 5_400, 172_800, 694_861, 0, 2_147_483_647];
    expect(records(text).map((line) => Number(line.split(" ")[1]))).toEqual(seconds);
  });

  test("without $TTL the last stated one counts (RFC 1035 §5.1); with it that one does (RFC 2308 §4)", () => {
    const ttls = (text: string): string[] => records(text).map((line) => line.split(" ")[1]!);
    expect(ttls("a 300 A 192.0.2.1\nb A 192.0.2.1\nc 60 A 192.0.2.1\nd A 192.0.2.1\n")).toEqual([
      "300",
      "300",
      "60",
      "60",
    ]);
    expect(ttls("$TTL 9\na 300 A 192.0.2.1\nb A 192.0.2.1\n$TTL 1h\nc A 192.0.2.1\n")).toEqual(["300", "9", "3600"]);
  });

  test("a blank owner is the one before, also behind directives and comments", () => {
    const text = "$TTL 1\na A 192.0.2.1\n\n; x\n$TTL 2\n  A 192.0.2.2\n";
    expect(records(text)).toEqual(["a.example.test. 1 A 192.0.2.1", "a.example.test. 2 A 192.0.2.2"]);
    const turned = "$TTL 1\na A 192.0.2.1\n$ORIGIN other.test.\n\tA 192.0.2.2\n";
    expect(records(turned)[1]).toBe("a.example.test. 1 A 192.0.2.2");
  });

  test("a bad owner is not the owner of what follows it", () => {
    const found = read("$TTL 1\na A 192.0.2.1\nb..c A 192.0.2.2\n A 192.0.2.3\n");
    expect(found.records).toEqual(["a.example.test. 1 A 192.0.2.1"]);
    expect(found.problems.map((line) => line.split(" ")[0])).toEqual(["example.zone:3:1", "example.zone:4:2"]);
  });

  test("a name that looks like a type, a class or a TTL is the owner at the line's beginning", () => {
    expect(
      records("$TTL 1\nA A 192.0.2.1\nIN IN A 192.0.2.1\n300 A 192.0.2.1\n").map((line) => line.split(" ")[0]),
    ).toEqual(["A.example.test.", "IN.example.test.", "300.example.test."]);
  });
});

describe("$ORIGIN", () => {
  test("is relative to the one before, and @ stands for it", () => {
    const text =
      "$TTL 1\n$ORIGIN sub\n@ A 192.0.2.1\nwww CNAME @\n$ORIGIN other.test.\na CNAME b\n$ORIGIN .\na CNAME b\n";
    expect(records(text)).toEqual([
      "sub.example.test. 1 A 192.0.2.1",
      "www.sub.example.test. 1 CNAME sub.example.test.",
      "a.other.test. 1 CNAME b.other.test.",
      "a. 1 CNAME b.",
    ]);
  });
});

describe("$INCLUDE", () => {
  test("origin and owner are afterwards what they were before (RFC 1035 §5.1)", () => {
    const outer = '$TTL 1\na A 192.0.2.1\n$INCLUDE "in ner" sub\n A 192.0.2.3\nb A 192.0.2.4\n';
    const inner = " A 192.0.2.9\nx A 192.0.2.2\n$ORIGIN deep\ny A 192.0.2.5";
    expect(records(outer, { "in ner": inner })).toEqual([
      "a.example.test. 1 A 192.0.2.1",
      "a.example.test. 1 A 192.0.2.9",
      "x.sub.example.test. 1 A 192.0.2.2",
      "y.deep.sub.example.test. 1 A 192.0.2.5",
      "a.example.test. 1 A 192.0.2.3",
      "b.example.test. 1 A 192.0.2.4",
    ]);
  });

  test("problems name the file that they are in", () => {
    const found = read("$TTL 1\n$INCLUDE inner\nb AA 192.0.2.4\n", { inner: "\na AA 192.0.2.1\n" });
    expect(found.problems).toEqual([
      'inner:2:3 "AA" is not a record type',
      'example.zone:3:3 "AA" is not a record type',
    ]);
  });

  test("a file that includes itself ends", () => {
    const found = read("$INCLUDE inner\n", { inner: "$INCLUDE inner\n$INCLUDE inner\n" });
    expect(found.problems[0]).toContain("does it include itself?");
    expect(found.problems.length).toBeLessThanOrEqual(50);
  });
});

describe("$GENERATE", () => {
  test.each([
    [
      "1-3 host-$ A 192.0.2.$",
      [
        "host-1.example.test. 1 A 192.0.2.1",
        "host-2.example.test. 1 A 192.0.2.2",
        "host-3.example.test. 1 A 192.0.2.3",
      ],
    ],
    [
      "0-4/2 $ PTR h$.test.",
      ["0.example.test. 1 PTR h0.test.", "2.example.test. 1 PTR h2.test.", "4.example.test. 1 PTR h4.test."],
    ],
    ["9-10 n${0,3,d} 60 IN A 192.0.2.1", ["n009.example.test. 60 A 192.0.2.1", "n010.example.test. 60 A 192.0.2.1"]],
    ['10-10 ${-5} TXT "${0,4,x} ${0,0,X} ${0,0,o}"', ['5.example.test. 1 TXT "000a A 12"']],
    ["18-18 ${0,8,n} PTR a.", ["2.1.0.0.example.test. 1 PTR a."]],
    ["1-1 a\\$$ A 192.0.2.1", [String.raw`a\$1.example.test. 1 A 192.0.2.1`]],
  ])("%s", (directive, expected) => {
    expect(records(`$TTL 1\n$GENERATE ${directive}\n`)).toEqual(expected);
  });

  test("the owner stays for what follows", () => {
    expect(records("$TTL 1\n$GENERATE 1-2 h$ A 192.0.2.$\n TXT x\n")[2]).toBe('h2.example.test. 1 TXT "x"');
  });
});

describe("problems", () => {
  test("say what stands there, what would be right, and show the line", () => {
    const text = '$TTL 1\nwww  TXT "grüße" ( ; comment\n   "x" )\nmail\tCNAEM www ; alias\n';
    const [problem, ...others] = readZoneFile(Buffer.from(text), { file: "f", origin: ORIGIN, sink: () => "" });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      line: 4,
      column: 6,
      word: "CNAEM",
      message: '"CNAEM" is not a record type',
      expected: "a type such as A, MX or TXT",
      sourceLine: "mail\tCNAEM www ; alias",
    });
    expect(problem!.words).toContain("CNAME");
  });

  test("columns count characters, not bytes", () => {
    const text = `$TTL 1\nwww TXT "grüße 🌍" "${"x".repeat(256)}"\n`;
    const [problem] = readZoneFile(Buffer.from(text), { file: "f", origin: ORIGIN, sink: () => "" });
    expect(problem!.sourceLine.slice(problem!.column - 1)).toStartWith('"xxx');
  });

  test("no more than 50 are told", () => {
    expect(read("$TTL 1\n".concat("a AA 1\n".repeat(1_000))).problems).toHaveLength(50);
  });

  test("what the sink says is told at the owner, or at the type where that is left out", () => {
    const text = "$TTL 1\nwww A 192.0.2.1\n  AAAA ::1\n";
    const problems = readZoneFile(Buffer.from(text), { file: "f", origin: ORIGIN, sink: () => "is unwanted" });
    expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      '2:1 "www" is unwanted',
      '3:3 "AAAA" is unwanted',
    ]);
  });
});

test("reading in steps is reading at once", () => {
  const text = "$TTL 1\n$INCLUDE inner\n".concat("a A 192.0.2.1\n".repeat(10));
  const found: string[] = [];
  const reader = new ZoneFileReader(Buffer.from(text), {
    file: "f",
    origin: ORIGIN,
    sink: (owner, length) => {
      found.push(formatName(owner.subarray(0, length)));
      return "";
    },
    include: () => ({ file: "inner", bytes: Buffer.from("b A 192.0.2.1\nc A 192.0.2.1\n") }),
  });
  let steps = 0;
  while (reader.step(3)) steps++;
  expect(found).toEqual(["b.example.test.", "c.example.test.", ...Array.from({ length: 10 }, () => "a.example.test.")]);
  expect(steps).toBeGreaterThan(3);
});

test("nothing is read while an included file is on its way, and a file that never comes is told where it is named", async () => {
  const found: string[] = [];
  const files = new Map([
    ["one", Promise.withResolvers<{ file: string; bytes: Uint8Array }>()],
    ["two", Promise.withResolvers<{ file: string; bytes: Uint8Array }>()],
  ]);
  const reader = new ZoneFileReader(Buffer.from("$TTL 1\n$INCLUDE one deep\n$INCLUDE two\na A 192.0.2.1\n"), {
    file: "f",
    origin: ORIGIN,
    sink: (owner, length) => {
      found.push(formatName(owner.subarray(0, length)));
      return "";
    },
    include: (path) => files.get(path)!.promise,
  });
  expect([reader.step(100), reader.step(100), found.length]).toEqual([true, true, 0]);
  files.get("one")!.resolve({ file: "one", bytes: Buffer.from("b A 192.0.2.1\n") });
  await reader.waiting;
  expect([reader.step(100), found]).toEqual([true, ["b.deep.example.test."]]);
  files.get("two")!.reject(new Error("no such file"));
  await reader.waiting;
  expect([reader.step(100), found]).toEqual([false, ["b.deep.example.test.", "a.example.test."]]);
  expect(reader.problems.map(({ file, line, column, message }) => [file, line, column, message])).toEqual([
    ["f", 3, 10, '"two" cannot be read: no such file'],
  ]);
});

test("a record of any type is read back as it was written", () => {
  const record = fc.constantFrom(...KNOWN_TYPES).chain((type) => fc.tuple(fc.constant(type), dataOf(type)));
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (list) => {
      const lines = list.map(([type, data]) => `www.example.test. 60 ${typeName(type)} ${formatRdata(type, data)}`);
      expect(records(`${lines.join("\n")}\n`)).toEqual(lines);
    }),
    { numRuns: 300 },
  );
});

describe("limits", () => {
  const string = `"${"x".repeat(255)}"`;

  test("RDLENGTH: 65,535 bytes of data, and no more", () => {
    expect(
      records(`$TTL 1\na TXT ${Array.from({ length: 255 }, () => string).join(" ")} "${"x".repeat(254)}"\n`),
    ).toHaveLength(1);
    const found = read(`$TTL 1\na TXT ${Array.from({ length: 256 }, () => string).join(" ")}\n`);
    expect(found.problems[0]).toEndWith("begins data of more than 65,535 bytes");
    const hex = read(`$TTL 1\na TYPE65280 \\# 65535 ${"00".repeat(65_536)}\n`);
    expect(hex.problems[0]).toEndWith("is too long");
  });

  test("names of 255 bytes, with the origin", () => {
    const labels = (count: number): string => Array.from({ length: count }, () => "a").join(".");
    // The origin has 14 bytes.
    expect(records(`$TTL 1\n${labels(120)} CNAME ${labels(120)}\n`)).toHaveLength(1);
    expect(
      read(`$TTL 1\n${labels(121)} A 192.0.2.1\na CNAME ${labels(121)}\n`).problems.map((line) => line.split('" ')[1]),
    ).toEqual(["is longer than 255 bytes", "is longer than 255 bytes"]);
  });

  test("a parameter without a value costs no look through the file", () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `h${index} HTTPS 1 . ohttp\n`);
    const began = performance.now();
    expect(records(`$TTL 1\n${lines.join("")}`)).toHaveLength(20_000);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

test("no text makes it throw, and every problem has a place", () => {
  const word = fc.oneof(
    fc.constantFrom("@", "a", "$TTL", "$ORIGIN", "$INCLUDE", "$GENERATE", "1-3", "$", "IN", "A", "TXT", "SOA", "HTTPS"),
    fc.constantFrom(
      "LOC",
      "NSEC3",
      "APL",
      "CAA",
      "\\#",
      "1",
      "192.0.2.1",
      "::1",
      "alpn=h2",
      "mandatory=",
      "1:1.2.3.4/8",
    ),
    fc.constantFrom('"x"', "(", ")", ";", "\n", "\n ", '"', "\\"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const text = words.join(" ");
      const lines = text.split("\n");
      const problems = readZoneFile(Buffer.from(text), { file: "f", origin: ORIGIN, sink: () => "" });
      for (const { line, column, sourceLine, message } of problems) {
        expect(message).not.toBe("");
        expect(lines[line - 1]!.trimEnd()).toBe(sourceLine);
        expect(column).toBeWithin(1, lines[line - 1]!.length + 2);
      }
    }),
    { numRuns: 1_000 },
  );
});
