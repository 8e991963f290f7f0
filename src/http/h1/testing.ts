import { type Head, RequestHead, type ResponseHead } from "../../contract/head.ts";
import type { FieldLines } from "../../contract/field-lines.ts";
import type { Method } from "../../contract/method.ts";
import { faultOf } from "../../fault/faults.ts";
import type { HeadLimits } from "../head-limits.ts";
import { facts } from "./message-facts.ts";
import { type MessageListener, RequestReader, ResponseReader } from "./message-reader.ts";
import { parseRequestHead } from "./request-head.ts";

/** What tests of the codec share: messages as events, fed in different cuts. */

export const TEST_LIMITS: HeadLimits = { requestLine: 8_192, field: 8_192, fields: 100, head: 32_768 };

/** One event as a line of text, body data joined across reads, so that two runs compare by their lists. */
export class EventLog implements MessageListener<RequestHead | ResponseHead> {
  readonly events: string[] = [];
  #data: string[] = [];
  #dataKind = "";

  onHead(head: RequestHead | ResponseHead): void {
    this.#add(`head ${describeHead(head)}`);
  }
  onData(bytes: Buffer, start: number, end: number): void {
    this.#join("data", bytes.latin1Slice(start, end));
  }
  onTunnel(bytes: Buffer, start: number, end: number): void {
    this.#join("tunnel", bytes.latin1Slice(start, end));
  }
  onTrailers(lines: FieldLines): void {
    this.#add(`trailers ${JSON.stringify(lines.bytes.latin1Slice(0, lines.length))}`);
  }
  onEnd(): void {
    this.#add("end");
  }
  onFault(result: number): void {
    this.#add(`fault ${faultOf(-result)}`);
  }
  onTruncated(): void {
    this.#add("truncated");
  }

  /** The events so far, with the data that is still open. */
  list(): string[] {
    this.#close();
    return this.events;
  }

  #join(kind: string, text: string): void {
    if (this.#dataKind !== kind) this.#close();
    this.#dataKind = kind;
    this.#data.push(text);
  }

  #close(): void {
    if (this.#data.length > 0) this.events.push(`${this.#dataKind} ${JSON.stringify(this.#data.join(""))}`);
    this.#data = [];
    this.#dataKind = "";
  }

  #add(event: string): void {
    this.#close();
    this.events.push(event);
  }
}

/** Start line, fields and every fact of a head but its places in the buffer. */
function describeHead(head: RequestHead | ResponseHead): string {
  const common = [
    head.receivedProtocol,
    head.protocol,
    head.contentLength,
    { ...facts },
    head.upgradeProtocols(),
    head.hasDate,
  ];
  const own =
    "method" in head
      ? [
          head.methodName(),
          head.method,
          head.target(),
          head.form,
          head.path(),
          head.query(),
          head.host(),
          head.authority(),
          head.plainPath,
          head.pathChanged,
          head.hostField,
          head.expectContinue,
          head.hasForwarding,
          head.forwardedForField,
          head.traceparentField,
          head.explainField,
          head.bodyLength,
        ]
      : [head.status, head.serverTimingField];
  return JSON.stringify([own, common, head.entries(), forwardedLines(head)]);
}

export type Side = "request" | "response";

/** The events of a stream that arrives in these pieces and then ends. */
export function feed(
  side: Side,
  pieces: Iterable<Buffer>,
  methods: readonly Method[] = [],
  limits: HeadLimits = TEST_LIMITS,
): string[] {
  const log = new EventLog();
  const reader = side === "request" ? new RequestReader(log, limits) : new ResponseReader(log, limits);
  if (reader instanceof ResponseReader) for (const method of methods) reader.asked(method);
  for (const piece of pieces) {
    // Bytes around the piece that must not be looked at.
    const framed = Buffer.alloc(piece.length + 8, 0x0a);
    piece.copy(framed, 4);
    reader.read(framed, 4, 4 + piece.length);
  }
  reader.finish();
  return log.list();
}

/** Cuts bytes at these offsets, in any order. */
export function cut(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const sorted = [...new Set(offsets)].filter((at) => at > 0 && at < bytes.length).sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/**
 * Feeds the bytes whole, byte by byte, and followed by the beginning of another message; answers the events, once
 * it is certain that the three runs agree. @throws Error when they do not.
 */
export function feedEveryWay(
  side: Side,
  text: string,
  methods: readonly Method[] = [],
  limits: HeadLimits = TEST_LIMITS,
): string[] {
  const bytes = latin1(text);
  const whole = feed(side, [bytes], methods, limits);
  const single = feed(
    side,
    Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
    methods,
    limits,
  );
  requireSame("byte by byte", whole, single);

  // A tunnel and a body until close take the trailing bytes; an incomplete message would go on with them.
  const settled = whole.length === 0 || whole.at(-1) === "end" || whole.at(-1)!.startsWith("fault");
  if (settled && !takesMore(side, bytes, methods, limits)) {
    const next = latin1(side === "request" ? "GET /next" : "HTTP/1.1 2");
    const more = feed(side, [Buffer.concat([bytes, next])], methods, limits);
    if (more.at(-1) === "truncated") more.pop();
    requireSame("with trailing bytes", whole, more);
  }
  return whole;
}

/** A byte after these is still part of them. */
function takesMore(side: Side, bytes: Buffer, methods: readonly Method[], limits: HeadLimits): boolean {
  const more = feed(side, [bytes, latin1("x")], methods, limits);
  return more.some((event) => event.startsWith("tunnel")) || more.at(-2)?.endsWith('x"') === true;
}

function requireSame(how: string, expected: readonly string[], actual: readonly string[]): void {
  const same = expected.length === actual.length && expected.every((event, index) => event === actual[index]);
  if (!same) throw new Error(`${how}:\n${actual.join("\n")}\nwhole:\n${expected.join("\n")}`);
}

/** The field lines that go on to the next hop. */
export function forwardedLines(head: Head): string {
  let lines = "";
  for (let k = 0; k < head.runLength; k += 2) lines += head.bytes.latin1Slice(head.runs[k], head.runs[k + 1]);
  return lines;
}

/** A GET of "/" with these field lines. */
export function getRequest(fields: string, version = "HTTP/1.1"): string {
  return `GET / ${version}\r\n${fields}\r\n`;
}

/** The head of a request that is nothing but a head. @throws Error when it is not accepted, however it is fed. */
export function parseRequest(text: string, limits: HeadLimits = TEST_LIMITS): RequestHead {
  feedEveryWay("request", text, [], limits);
  const head = new RequestHead();
  const bytes = latin1(text);
  const result = parseRequestHead(bytes, 0, bytes.length, head, limits);
  if (result !== bytes.length) throw new Error(result < 0 ? faultOf(-result) : `ended at ${result} of ${bytes.length}`);
  return head;
}

/** How a stream of requests ends: its last event, for a refused one `fault code`. */
export function requestFault(text: string, limits: HeadLimits = TEST_LIMITS): string {
  return feedEveryWay("request", text, [], limits).at(-1) ?? "nothing";
}
