import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Stamp, TraceRecord } from "../contract/trace-record.ts";
import { LogBuffer } from "./log-buffer.ts";
import { MAX_TEMPLATE, TemplateLine, templateProblem } from "./log-format-template.ts";
import { LOG_VARIABLE_NAMES } from "./log-variables.ts";

function exchange(change: Partial<TraceRecord> = {}): TraceRecord {
  const record = Object.assign(new TraceRecord(), {
    time: Date.UTC(2026, 10, 20, 8, 10, 17, 42),
    clientAddress: "203.0.113.7",
    status: 200,
    source: "upstream",
    route: "orders",
    target: "127.0.0.1:9001",
    userAgent: 'a "b"\n',
    replyBytes: 12,
    ...change,
  });
  record.line = Buffer.from("GET /orders?limit=2 HTTP/1.1");
  record.lineLength = record.line.length;
  record.methodLength = 3;
  record.authority = Buffer.from("shop.test:8080");
  record.authorityLength = record.authority.length;
  record.ids.write("0af7651916cd43dd8448eb211c80319c00f067aa0ba902b7", 0, "hex");
  record.stamps[Stamp.headBegun] = 1_000_000;
  record.stamps[Stamp.requestSent] = 1_050_000;
  record.stamps[Stamp.firstByte] = 13_050_000;
  record.stamps[Stamp.ended] = 13_345_678;
  return record;
}

function line(template: string, record = exchange()): string {
  const into = new LogBuffer(256 * 1024);
  const end = new TemplateLine(template).put(record, into, 0);
  return into.bytes.latin1Slice(0, end);
}

describe("a format of one's own", () => {
  test("is text and variables", () => {
    expect(line("${client.address} ${status} ${duration}")).toBe("203.0.113.7 200 12.346\n");
    expect(line('[${time.clf}]\t"${method} ${path}" ${upstream}!')).toBe(
      '[20/Nov/2026:08:10:17 +0000]\t"GET /orders" 127.0.0.1:9001!\n',
    );
    expect(line("${host} ${authority} ${target} ${query} ${trace.id} ${span.id}")).toBe(
      "shop.test shop.test:8080 /orders?limit=2 limit=2 0af7651916cd43dd8448eb211c80319c 00f067aa0ba902b7\n",
    );
    expect(line("costs 5$ ${duration.firstByte} ${reply.bytes}")).toBe("costs 5$ 12.000 12\n");
  });

  test("escapes what could forge a value, as the combined format does", () => {
    expect(line('"${user.agent}"')).toBe('"a \\"b\\"\\n"\n');
  });

  test("has a dash for what there is not", () => {
    const nothing = new TraceRecord();
    const names = LOG_VARIABLE_NAMES.filter(
      (name) => !/^(?:time|trace|span|scheme|protocol|source)|bytes|retries/.test(name),
    );
    expect(line(names.map((name) => `\${${name}}`).join(" "), nothing)).toBe(`${names.map(() => "-").join(" ")}\n`);
  });

  test("says what is wrong with it, and what was probably meant", () => {
    expect(templateProblem("${client.address} ${status}")).toBeNull();
    expect(templateProblem("${staus}")).toEqual({ message: '"${staus}" is no variable', nearest: "${status}" });
    expect(templateProblem("${toString}")?.message).toBe('"${toString}" is no variable');
    expect(templateProblem("a ${status")?.message).toBe('"${" has no "}" behind it');
    expect(templateProblem("é ${status}")?.message).toContain("printable ASCII");
    expect(templateProblem("${status}\n")?.message).toContain("printable ASCII");
    expect(templateProblem("x".repeat(MAX_TEMPLATE + 1))?.message).toContain(`${MAX_TEMPLATE} are allowed`);
  });

  test("is one line within its bounds, whatever the values and however often they stand in it", () => {
    const name = fc.constantFrom(...LOG_VARIABLE_NAMES);
    const anything = fc.string({ unit: "binary", maxLength: 30 });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 40 }), anything, (names, value) => {
        const long = value.repeat(400);
        const record = exchange({ route: long, pool: long, userAgent: long, referer: long, clientAddress: long });
        const template = names
          .map((one) => `\${${one}}`)
          .join(" ")
          .slice(0, MAX_TEMPLATE)
          .replace(/\$\{[^}]*$/, "");
        const text = line(template, record);
        expect(text.indexOf("\n")).toBe(text.length - 1);
        expect(/^[\x20-\x7e]*\n$/.test(text)).toBe(true);
        expect(text.length).toBeLessThan(6 * 4096 + 4096);
      }),
    );
  });
});
