import { describe, expect, test } from "bun:test";
import { stripVTControlCharacters, styleText } from "node:util";
import { demonstrationReport, type DemonstrationFacts } from "./demonstration-report.ts";

const FACTS: DemonstrationFacts = {
  edge: "http://127.0.0.1:18080",
  admin: "http://127.0.0.1:40123",
  pid: 4_194_304,
  names: { port: 5300, tlsPort: 8853 },
  services: [
    { instance: "users-1", port: 46_421, pid: 4_194_303 },
    { instance: "orders-2", port: 36_567, pid: 12 },
  ],
  database: { kind: "sqlite", location: "/tmp/roundtrip-shop-tx48kf/shop.sqlite" },
  accessLog: "/tmp/roundtrip-shop-tx48kf/access.log",
  program: "npx roundtrip",
};
const plain = (_style: string, text: string): string => text;

describe("demonstrationReport", () => {
  const report = demonstrationReport(FACTS, plain);

  test("says what runs where, in columns", () => {
    expect(report).toContain(
      [
        "  part      address                     pid  what it is",
        "  edge      http://127.0.0.1:18080  4194304  where requests come in",
        "  admin     http://127.0.0.1:40123  4194304  explain, drain; needs its token",
        "  names     127.0.0.1:5300          4194304  zone shop.test, UDP and TCP",
        "            127.0.0.1:8853          4194304  the same over TLS",
        "  users-1   http://127.0.0.1:46421  4194303  a backend, in its own process",
        "  orders-2  http://127.0.0.1:36567       12  a backend, in its own process",
        "",
        "  database    SQLite, /tmp/roundtrip-shop-tx48kf/shop.sqlite",
        "  access log  /tmp/roundtrip-shop-tx48kf/access.log",
      ].join("\n"),
    );
  });

  test("names commands, with the program as it was called", () => {
    expect(report).toContain("  curl -i http://127.0.0.1:18080/users/7\n");
    expect(report).toContain("  npx roundtrip explain http://127.0.0.1:18080/orders/42\n");
    expect(report).toContain("  dig @127.0.0.1 -p 5300 users.shop.test\n");
    const compiled = demonstrationReport({ ...FACTS, program: "/opt/roundtrip" }, plain);
    expect(compiled).toContain("  /opt/roundtrip explain --analyze http://127.0.0.1:18080/orders/42\n");
  });

  test("fits 80 columns with the longest ports and process ids", () => {
    expect(report.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("leaves out the admin API when there is none", () => {
    expect(demonstrationReport({ ...FACTS, admin: null }, plain)).not.toContain("admin");
  });

  test("says the same with colours", () => {
    const coloured = demonstrationReport(FACTS, (style, text) => styleText(style, text, { validateStream: false }));
    expect(coloured).not.toBe(report);
    expect(stripVTControlCharacters(coloured)).toBe(report);
  });
});
