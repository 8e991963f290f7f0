import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ZoneLexer } from "../zone/zone-lexer.ts";
import { RdataReader } from "../zone/rdata-reader.ts";
import { dataOf, KNOWN_TYPES } from "./arbitraries-for-tests.ts";
import { parseName, ROOT } from "./name.ts";
import { formatRdata } from "./rdata-text.ts";
import { RecordType, typeName, typeNumber } from "./record-type.ts";

const reader = new RdataReader();

/** The data in wire form as hexadecimal, or what is wrong with the text. */
function read(type: number, text: string, origin = ROOT): string {
  const lexer = new ZoneLexer(Buffer.from(text, "latin1"));
  lexer.next();
  if (!reader.read(lexer, 0, type, origin)) return reader.problem!.message;
  return Buffer.from(reader.bytes.subarray(0, reader.length)).toString("hex");
}

function format(type: number, hex: string): string {
  return formatRdata(type, Buffer.from(hex, "hex"));
}

test.each(KNOWN_TYPES.map((type) => [typeName(type), type] as const))(
  "%s: wire form to text and back is the same",
  (_name, type) => {
    fc.assert(
      fc.property(dataOf(type), (data) => {
        expect(read(type, formatRdata(type, data))).toBe(Buffer.from(data).toString("hex"));
      }),
      { numRuns: 40 },
    );
  },
);

test("whatever bytes a record has, its text can be written and is one line", () => {
  fc.assert(
    fc.property(fc.constantFrom(...KNOWN_TYPES), fc.uint8Array({ maxLength: 60 }), (type, data) => {
      const text = formatRdata(type, data);
      expect(text).not.toInclude("\n");
      // Either it says exactly these bytes, or it is not data of this type and says so.
      const again = read(type, text);
      if (again !== Buffer.from(data).toString("hex")) expect(again).toStartWith("begins what is not data of ");
    }),
    { numRuns: 2_000 },
  );
});

/** RFC 8005 §6. */
const HIP_KEY =
  "AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D";

/** Type, text, wire form, and the text that comes back when it is another one. */
const VECTORS: ReadonlyArray<readonly [type: string, text: string, hex: string, again?: string]> = [
  ["A", "192.0.2.1", "c0000201"],
  ["AAAA", "2001:db8::1", "20010db8000000000000000000000001"],
  ["AAAA", "2001:DB8:0:0:1:0:0:1", "20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
  ["AAAA", "::ffff:192.0.2.1", "00000000000000000000ffffc0000201", "::ffff:c000:201"],
  ["AAAA", "::", "00000000000000000000000000000000"],
  ["AAAA", "1:2:3:4:5:6:7::", "00010002000300040005000600070000", "1:2:3:4:5:6:7:0"],
  ["MX", "10 mail.test.", "000a046d61696c047465737400"],
  ["TXT", '"a b" "c\\"d" ""', "036120620363226400"],
  ["TXT", "plain \\059 \\\\", "05706c61696e013b015c", '"plain" ";" "\\\\"'],
  [
    "SOA",
    "a. b. 1 2h 1h 2w 5m",
    "0161000162000000000100001c2000000e10001275000000012c",
    "a. b. 1 7200 3600 1209600 300",
  ],
  ["SRV", "0 5 5060 sip.test.", "0000000513c403736970047465737400"],
  // RFC 3403 §6.2 writes this URI rewriting with one backslash more for its own text.
  [
    "NAPTR",
    '100 50 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
    "006400320175074532552b7369701b215e2e2a24217369703a696e666f406578616d706c652e636f6d2100",
  ],
  ["DNAME", "frobozz.example.", "0766726f626f7a7a076578616d706c6500"],
  // RFC 8659 §4.2
  ["CAA", '0 issue "ca1.example.net"', "000569737375656361312e6578616d706c652e6e6574"],
  ["CAA", '0 issue ";"', "000569737375653b"],
  ["CAA", '128 issuewild ""', "8009697373756577696c64"],
  // RFC 6698 §2.3
  [
    "TLSA",
    "0 0 1 d2abde240d7cd3ee6b4b28c54df034b9 7983a1d16e8a410e4561cb106618e971",
    "000001d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
    "0 0 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
  ],
  // RFC 4034 §5.4
  [
    "DS",
    "60485 RSASHA1 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )",
    "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
    "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118",
  ],
  // RFC 4034 §4.3
  [
    "NSEC",
    "host.example.com. A MX RRSIG NSEC TYPE1234",
    "04686f7374076578616d706c6503636f6d000006400100000003041b000000000000000000000000000000000000000000000000000020",
  ],
  // RFC 5155 appendix A
  [
    "NSEC3",
    "1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s MX RRSIG",
    "0101000c04aabbccdd1417f3df17b2b2adaef615257de4d2020b80ac6c7c0006000100000002",
  ],
  ["NSEC3PARAM", "1 0 12 -", "0100000c00"],
  // RFC 4034 §3.3
  [
    "RRSIG",
    "A 5 3 86400 20030322173103 ( 20030220173103 2642 example.com. oJB1 )",
    "00010503000151803e7c9dd73e5510d70a52076578616d706c6503636f6d00a09075",
    "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1",
  ],
  ["DNSKEY", "256 3 ECDSAP256SHA256 AQPS", "0100030d0103d2", "256 3 13 AQPS"],
  ["CERT", "PGP 0 0 AQID", "0003000000010203", "3 0 0 AQID"],
  // RFC 1876 §4
  [
    "LOC",
    "42 21 54 N 71 06 18 W -24m 30m",
    "0033161389172dd070be15f000988d20",
    "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m",
  ],
  [
    "LOC",
    "32 7 19 S 116 2 25 E 10m",
    "00121613791b7d2898e6486800989a68",
    "32 7 19.000 S 116 2 25.000 E 10.00m 1m 10000m 10m",
  ],
  // RFC 3123 §4
  ["APL", "1:192.168.32.0/21 !1:192.168.38.0/28", "00011503c0a82000011c83c0a826"],
  ["HINFO", '"PC" "Linux"', "025043054c696e7578"],
  ["EUI48", "00-00-5e-00-53-2a", "00005e00532a"],
  ["NID", "10 0014:4fff:ff20:ee64", "000a00144fffff20ee64"],
  ["L64", "10 2001:0db8:1140:1000", "000a20010db811401000"],
  // RFC 8005 §6: without, with one and with two rendezvous servers.
  ...(
    [
      ["", ""],
      [" rvs.example.com.", "03727673076578616d706c6503636f6d00"],
      [
        " rvs1.example.com. rvs2.example.com.",
        "0472767331076578616d706c6503636f6d000472767332076578616d706c6503636f6d00",
      ],
    ] as const
  ).map(([servers, hex]): [string, string, string, string] => [
    "HIP",
    `( 2 200100107B1A74DF365639CC39F1D578\n${HIP_KEY}${servers} )`,
    `10020084200100107b1a74df365639cc39f1d57803010001b771ca136e4aeb5ce44333c53b3d2c13c22243851fc708bcce29f7e2eb5787b5f56ccad34f8223acc10904ddb56b2ec4a6d6232f3b50ea094f0914b3b941bbe529af582c36bbadefdaf2adaf9b4911906f5b2522603c615272b880ec8fb930cc6ee39c444daa75b1678f005a4b2499d1da5433f805c7a5ad3237acc5dd5c5e43${hex}`,
    `2 200100107b1a74df365639cc39f1d578 ${HIP_KEY}${servers}`,
  ]),
  ["URI", '10 1 "ftp://ftp1.test/public"', "000a00016674703a2f2f667470312e746573742f7075626c6963"],
  ["TYPE65280", "\\# 4 0A 00 00 01", "0a000001", "\\# 4 0a000001"],
  ["A", "\\# 4 0A000001", "0a000001", "10.0.0.1"],
  ["TYPE65280", "\\# 0", ""],
];

describe("vectors", () => {
  test.each(VECTORS)("%s %s", (type, text, hex, again = text) => {
    const number = typeNumber(type)!;
    expect(read(number, text)).toBe(hex);
    expect(format(number, hex)).toBe(again);
  });

  test("names are completed by the origin, and written absolute", () => {
    const origin = parseName("shop.test.") as Uint8Array;
    expect(format(RecordType.MX, read(RecordType.MX, "10 mail", origin))).toBe("10 mail.shop.test.");
    expect(format(RecordType.CNAME, read(RecordType.CNAME, "@", origin))).toBe("shop.test.");
  });
});

describe("service parameters: RFC 9460 appendix D", () => {
  const target = "03666f6f076578616d706c6503636f6d00";
  test.each([
    ["0 foo.example.com.", `0000${target}`],
    ["1 .", "000100"],
    ["16 foo.example.com. port=53", `0010${target}000300020035`],
    ["1 foo.example.com. key667=hello", `0001${target}029b000568656c6c6f`],
    [String.raw`1 foo.example.com. key667="hello\210qoo"`, `0001${target}029b000968656c6c6fd2716f6f`],
    [
      '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
      `0001${target}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    ],
    [
      '1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
      "0001076578616d706c6503636f6d000006001020010db80122034400000000c0000221",
    ],
    [
      "16 foo.example.org. (alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1)",
      "001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d313900040004c0000201",
    ],
    [
      String.raw`16 foo.example.org. alpn="f\\\\oo\\,bar,h2"`,
      "001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832",
    ],
    [
      String.raw`16 foo.example.org. alpn=f\\\092oo\092,bar,h2`,
      "001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832",
    ],
  ])("%s", (text, hex) => {
    expect(read(RecordType.SVCB, text)).toBe(hex);
    expect(read(RecordType.SVCB, format(RecordType.SVCB, hex))).toBe(hex);
  });

  test.each([
    ["1 foo. key123=abc key123=def", "is a second key123"],
    ["1 foo. mandatory", "needs a value"],
    ["1 foo. alpn", "needs a value"],
    ["1 foo. port", "needs a value"],
    ["1 foo. ipv4hint", "needs a value"],
    ["1 foo. ipv6hint", "needs a value"],
    ["1 foo. no-default-alpn=abc", "takes no value"],
    ["1 foo. mandatory=key123", "needs key123, which is missing"],
    ["1 foo. mandatory=mandatory", "must name other parameters"],
    ["1 foo. mandatory=key123,key123 key123=abc", "names key123 twice"],
    ["1 foo. port=65536", "is not a port"],
    ["1 foo. alpn=h2,,h3", "has an empty protocol"],
    ["1 foo. no-default-alpn", "needs alpn, which is missing"],
    ["1 foo. prot=53", "is not a service parameter"],
  ])("%s is refused", (text, problem) => {
    expect(read(RecordType.HTTPS, text)).toBe(problem);
  });
});
