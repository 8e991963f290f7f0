import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { CLOSERS } from "../contract/ending.ts";
import { MAX_LINE, Stamp, TraceRecord } from "../contract/trace-record.ts";
import { AccessLog } from "./access-log.ts";
import type { LogOutput } from "./log-output.ts";

const TIME = Date.UTC(2026, 10, 20, 8, 10, 17, 42);

function setLine(record: TraceRecord, line: string): void {
  record.line = Buffer.alloc(MAX_LINE);
  record.lineLength = record.line.latin1Write(line);
  record.methodLength = Math.max(0, line.indexOf(" "));
}

function exampleRecord(): TraceRecord {
  const record = new TraceRecord();
  setLine(record, "GET /orders?limit=2 HTTP/1.1");
  record.authorityLength = record.authority.latin1Write("shop.test:8080");
  record.ids.write("0af7651916cd43dd8448eb211c80319c", 0, "hex");
  record.time = TIME;
  record.clientAddress = "203.0.113.7";
  record.status = 200;
  record.requestBytes = 120;
  record.replyBytes = 5_000_000_123;
  record.source = "upstream";
  record.route = "orders";
  record.pool = "orders";
  record.target = "127.0.0.1:9001";
  record.reused = true;
  record.userAgent = "curl/8.5.0";
  record.referer = "https://shop.test/";
  const points: Array<[Stamp, number]> = [
    [Stamp.headBegun, 1_000_000],
    [Stamp.headParsed, 1_025_000],
    [Stamp.routed, 1_030_000],
    [Stamp.policiesDone, 1_032_400],
    [Stamp.balanced, 1_033_600],
    [Stamp.connectBegun, 1_034_000],
    [Stamp.connected, 1_034_000],
    [Stamp.requestSent, 1_050_000],
    [Stamp.firstByte, 13_050_000],
    [Stamp.lastByte, 13_250_000],
    [Stamp.replyWritten, 13_345_678],
  ];
  for (const [stamp, at] of points) record.stamps[stamp] = at;
  return record;
}

/** An output that takes what `take` says: a number of bytes, or an errno that it throws. */
class FakeOutput implements LogOutput {
  text = "";
  warnings: string[] = [];
  take: () => number | string = () => Infinity;

  open(): number {
    return 7;
  }
  write(_: number, bytes: Uint8Array, start: number, end: number): number {
    const answer = this.take();
    if (typeof answer === "string") throw Object.assign(new Error(`${answer}: it failed`), { code: answer });
    const count = Math.min(answer, end - start);
    this.text += Buffer.from(bytes.subarray(start, start + count)).latin1Slice();
    return count;
  }
  close(): void {}
  warn(message: string): void {
    this.warnings.push(message);
  }
}

function lineOf(record: TraceRecord, format: string): string {
  const output = new FakeOutput();
  const log = new AccessLog({ path: "x", format }, output);
  log.write(record);
  log.close();
  expect(output.text.endsWith("\n")).toBe(true);
  expect(output.text.indexOf("\n")).toBe(output.text.length - 1);
  return output.text.slice(0, -1);
}

function parse(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}

function jsonOf(record: TraceRecord): Record<string, unknown> {
  return parse(lineOf(record, "json"));
}

describe("JSON lines", () => {
  test("a proxied exchange", () => {
    expect(jsonOf(exampleRecord())).toEqual({
      time: "2026-11-20T08:10:17.042Z",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      client: "203.0.113.7",
      method: "GET",
      target: "/orders?limit=2",
      authority: "shop.test:8080",
      status: 200,
      requestBytes: 120,
      replyBytes: 5_000_000_123,
      route: "orders",
      upstream: "127.0.0.1:9001",
      reused: true,
      durationMs: 12.346,
      firstByteUs: 12_000,
      bodyUs: 200,
    });
  });

  test.each(CLOSERS)("a tunnel that was closed by the %s first", (closedBy) => {
    const record = exampleRecord();
    record.closedBy = closedBy;
    expect(jsonOf(record)).toMatchObject({ durationMs: 12.346, closedBy });
    record.fault = "tunnel-idle-timeout";
    expect(jsonOf(record)).toMatchObject({ closedBy, fault: "tunnel-idle-timeout" });
    record.closedBy = "";
    expect(jsonOf(record)).not.toHaveProperty("closedBy");
  });

  test("a fault before any route, cut off without a reply", () => {
    const record = new TraceRecord();
    setLine(record, "BROKEN");
    record.time = TIME;
    record.source = "fault";
    record.fault = "request-line-malformed";
    record.faultDetail = 'no "space"';
    record.stamps[Stamp.headBegun] = 1000;
    record.stamps[Stamp.headParsed] = 4_001_000;
    record.ids.fill(0);
    const json = jsonOf(record);
    expect(json).toMatchObject({
      method: "",
      target: "BROKEN",
      status: 0,
      source: "fault",
      durationMs: 4,
      fault: "request-line-malformed",
      faultDetail: 'no "space"',
    });
    expect(json).not.toHaveProperty("route");
    expect(json).not.toHaveProperty("upstream");
    expect(json).not.toHaveProperty("firstByteUs");
  });

  test("the first byte of an error page is not the server's", () => {
    const record = exampleRecord();
    record.source = "fault";
    record.fault = "upstream-first-byte-timeout";
    expect(jsonOf(record)).not.toHaveProperty("firstByteUs");
  });

  test("the protocol, when it is not HTTP/1.1, as the record has it", () => {
    expect(jsonOf(exampleRecord())).not.toHaveProperty("protocol");
    for (const protocol of ["HTTP/1.0", "HTTP/2.0", "HTTP/3.0"]) {
      expect(jsonOf(Object.assign(exampleRecord(), { protocol }))["protocol"]).toBe(protocol);
    }
  });

  test("a retry that was not made says why", () => {
    const record = Object.assign(exampleRecord(), { source: "fault", fault: "upstream-closed", noRetry: "budget" });
    expect(jsonOf(record)).toMatchObject({ fault: "upstream-closed", noRetry: "budget" });
    record.faultDetail = "reset";
    expect(jsonOf(record)).toMatchObject({ faultDetail: "reset", noRetry: "budget" });
  });

  test("a slow upload is not the server's time", () => {
    const record = exampleRecord();
    record.stamps[Stamp.requestBodySent] = 12_050_000;
    expect(jsonOf(record)["firstByteUs"]).toBe(1000);
  });

  test("time in the queue, and of attempts that failed, is not the balancer's", () => {
    const record = exampleRecord();
    record.stamps[Stamp.balanced] = 9_000_000;
    record.stamps[Stamp.queued] = 1_040_000;
    record.stamps[Stamp.dequeued] = 8_990_000;
    expect(jsonOf(record)).toMatchObject({ queueUs: 7950 });
    expect(jsonOf(record)).not.toHaveProperty("balanceUs");
    record.stamps[Stamp.queued] = record.stamps[Stamp.dequeued] = 0;
    expect(jsonOf(record)["balanceUs"]).toBe(7968);
    record.attempts = [{ target: "a:1", reused: false, fault: "upstream-closed", begun: 1_041_000, ended: 8_000_000 }];
    expect(jsonOf(record)).not.toHaveProperty("balanceUs");
  });

  test("the time follows the record, not the second before", () => {
    const output = new FakeOutput();
    const log = new AccessLog({ path: "x", format: "json" }, output);
    const record = exampleRecord();
    for (const time of [TIME, TIME + 957, TIME + 958, TIME - 60_000]) {
      record.time = time;
      log.write(record);
    }
    log.flush();
    const times = output.text.trimEnd().split("\n");
    expect(times.map((line) => (JSON.parse(line) as { time: string }).time)).toEqual([
      "2026-11-20T08:10:17.042Z",
      "2026-11-20T08:10:17.999Z",
      "2026-11-20T08:10:18.000Z",
      "2026-11-20T08:09:17.042Z",
    ]);
  });

  test("any bytes come back as they were, and the line stays printable ASCII", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.string({ unit: "binary", maxLength: 20 }), (bytes, route) => {
        const record = exampleRecord();
        const target = Buffer.from(bytes.map((byte) => (byte === 0x20 ? 0x21 : byte))).latin1Slice();
        setLine(record, `GET ${target} HTTP/1.1`);
        record.route = `r${route}`;
        const line = lineOf(record, "json");
        expect(/^[\x20-\x7e]*$/.test(line)).toBe(true);
        const json = JSON.parse(line) as Record<string, unknown>;
        expect(json["target"]).toBe(target);
        expect(json["route"]).toBe(`r${route}`);
      }),
    );
  });

  test("numbers are written as JavaScript writes them", () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (value) => {
        const record = exampleRecord();
        record.replyBytes = value;
        expect(jsonOf(record)["replyBytes"]).toBe(value);
      }),
      {
        examples: [0, 9, 10, 99, 100, 999_999_999, 1e9, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 1e12 - 1, 1e12].map((n) => [n]),
      },
    );
  });

  test("a line cut off at its limit is logged to its end", () => {
    const record = exampleRecord();
    setLine(record, `GET /${"a".repeat(MAX_LINE)}`.slice(0, MAX_LINE));
    expect(jsonOf(record)["target"]).toBe(`/${"a".repeat(MAX_LINE - 5)}`);
  });
});

describe("combined format", () => {
  const LINE =
    '203.0.113.7 - - [20/Nov/2026:08:10:17 +0000] "GET /orders?limit=2 HTTP/1.1" 200 5000000123 ' +
    '"https://shop.test/" "curl/8.5.0"';

  test("a proxied exchange, byte for byte as Apache has it", () => {
    expect(lineOf(exampleRecord(), "combined")).toBe(LINE);
  });

  test("with the trace id as a last word", () => {
    expect(lineOf(exampleRecord(), "combined-trace")).toBe(`${LINE} 0af7651916cd43dd8448eb211c80319c`);
  });

  test("what there is not is a dash: an empty body, no request, no status", () => {
    const record = exampleRecord();
    Object.assign(record, { lineLength: 0, methodLength: 0, status: 0, replyBytes: 0, referer: "", userAgent: "" });
    expect(lineOf(record, "combined")).toBe('203.0.113.7 - - [20/Nov/2026:08:10:17 +0000] "-" - - "-" "-"');
  });

  test("a client that left before it was told anything is 499, as nginx has it", () => {
    const record = exampleRecord();
    record.fault = "client-aborted";
    record.status = 0;
    expect(lineOf(record, "combined")).toContain('HTTP/1.1" 499 ');
    record.status = 200;
    expect(lineOf(record, "combined")).toContain('HTTP/1.1" 200 ');
    record.fault = "write-timeout";
    record.status = 0;
    expect(lineOf(record, "combined")).toContain('HTTP/1.1" - ');
  });

  test("absent values are dashes, unsafe bytes escaped: no field can be forged", () => {
    const record = exampleRecord();
    record.referer = "";
    record.userAgent = 'x" 200 "\b\t\n\v\f\r\\é';
    setLine(record, "GET /\x00\xff HTTP/1.1");
    expect(lineOf(record, "combined")).toContain(
      '"GET /\\x00\\xff HTTP/1.1" 200 5000000123 "-" "x\\" 200 \\"\\b\\t\\n\\v\\x0c\\r\\\\\\xe9"',
    );
  });
});

describe("writing", () => {
  test("goes on after partial writes and a full pipe", () => {
    const output = new FakeOutput();
    const answers: Array<number | string> = [10, "EAGAIN", 3, 0, "EAGAIN", Infinity];
    output.take = () => answers.shift() ?? Infinity;
    const log = new AccessLog({ path: "-", format: "json" }, output);
    const record = exampleRecord();
    log.write(record);
    log.flush();
    log.write(record);
    log.flush();
    log.flush();
    log.flush();
    const lines = output.text.split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(lines[1]!);
    expect(parse(lines[0]!)).toHaveProperty("durationMs");
    expect(output.warnings).toEqual([]);
    expect(log.lost).toBe(0);
  });

  test("a flood is written in pieces of 64 KiB; a slow output is not asked for every line", () => {
    const output = new FakeOutput();
    const log = new AccessLog({ path: "-", format: "json" }, output);
    const record = exampleRecord();
    let asked = 0;
    output.take = () => {
      asked++;
      return Infinity;
    };
    while (asked === 0) log.write(record);
    expect(output.text.length).toBeGreaterThanOrEqual(64 * 1024);
    expect(output.text.length).toBeLessThan(66 * 1024);
    output.take = () => {
      asked++;
      return "EAGAIN";
    };
    for (let count = 0; count < 400; count++) log.write(record);
    expect(asked).toBeLessThan(5);
    expect(log.lost).toBe(0);
  });

  test("a flood loses nothing", () => {
    const output = new FakeOutput();
    const log = new AccessLog({ path: "-", format: "json" }, output);
    const record = exampleRecord();
    for (let count = 0; count < 2000; count++) log.write(record);
    expect(output.text.length).toBeGreaterThan(0);
    log.close();
    expect(output.text.split("\n")).toHaveLength(2001);
  });

  test("a pipe that stays full loses lines, counts them and says so once; then tells how many", () => {
    const output = new FakeOutput();
    output.take = () => "EAGAIN";
    const log = new AccessLog({ path: "-", format: "json" }, output);
    const record = exampleRecord();
    for (let count = 0; count < 2000; count++) log.write(record);
    expect(log.lost).toBeGreaterThan(1000);
    expect(output.warnings).toHaveLength(1);
    output.take = () => Infinity;
    log.flush();
    expect(output.text.split("\n").length - 1 + log.lost).toBe(2000);
    expect(output.warnings).toHaveLength(2);
    expect(output.warnings[1]).toContain(`${log.lost} lines`);
  });

  test("after an error in mid-line the next line begins on its own", () => {
    const output = new FakeOutput();
    const answers: Array<number | string> = [10, "ENOSPC"];
    output.take = () => answers.shift() ?? Infinity;
    const log = new AccessLog({ path: "x", format: "json" }, output);
    const record = exampleRecord();
    log.write(record);
    log.write(record);
    log.flush();
    expect(log.lost).toBe(2);
    expect(output.warnings).toEqual(["access log: lines are being lost: ENOSPC: it failed"]);
    log.write(record);
    log.flush();
    const lines = output.text.split("\n");
    expect(lines[0]).toHaveLength(10);
    expect(parse(lines[1]!)).toHaveProperty("durationMs");
  });

  test("every text at its longest still fits", () => {
    const record = exampleRecord();
    setLine(record, `GET ${"\x01".repeat(MAX_LINE - 4)}`);
    record.authority = Buffer.alloc(20_000, 0xff);
    record.authorityLength = 20_000;
    const long = "\x02".repeat(20_000);
    record.clientAddress = record.route = record.pool = record.target = record.faultDetail = long;
    record.fault = "internal-error";
    record.userAgent = record.referer = long;
    expect(jsonOf(record)).toHaveProperty("fault");
    expect(lineOf(record, "combined").length).toBeGreaterThan(40_000);
  });

  test("appends to a file that owner and group may read, and opens it again after a rotation", () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-log-"));
    try {
      const path = join(folder, "access.log");
      const log = new AccessLog({ path, format: "combined" });
      log.write(exampleRecord());
      renameSync(path, `${path}.1`);
      log.reopen();
      log.write(exampleRecord());
      log.write(exampleRecord());
      log.close();
      expect(readFileSync(`${path}.1`, "latin1").split("\n")).toHaveLength(2);
      expect(readFileSync(path, "latin1").split("\n")).toHaveLength(3);
      expect(statSync(path).mode & 0o137).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
