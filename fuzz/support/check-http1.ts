import type { RequestHead, ResponseHead } from "../../src/contract/head.ts";
import { FIELD_STRIDE, RequestHead as Request, TargetForm } from "../../src/contract/head.ts";
import { BodyLength } from "../../src/contract/body-length.ts";
import { Protocol } from "../../src/contract/protocol.ts";
import { facts } from "../../src/http/h1/message-facts.ts";
import { Method } from "../../src/contract/method.ts";
import { faultOf } from "../../src/fault/faults.ts";
import { copyFields, copyTarget, fieldsSize, targetSize } from "../../src/http/h1/encode.ts";
import type { HeadLimits } from "../../src/http/head-limits.ts";
import { RequestReader, ResponseReader } from "../../src/http/h1/message-reader.ts";
import { parseRequestHead } from "../../src/http/h1/request-head.ts";
import { EventLog, type Side } from "../../src/http/h1/testing.ts";
import type { Random } from "./random.ts";

/** Small, so that a short input meets each of them. */
const LIMITS: HeadLimits = { requestLine: 200, field: 300, fields: 20, head: 1_500 };
const NO_LIMITS: HeadLimits = { requestLine: 1e9, field: 1e9, fields: 1_000, head: 1e9 };

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Notes the events, and checks every place that it is told. */
class CheckingLog extends EventLog {
  override onHead(head: RequestHead | ResponseHead): void {
    checkPlaces(head);
    if (head instanceof Request) checkForwarded(head);
    super.onHead(head);
  }

  override onData(bytes: Buffer, start: number, end: number): void {
    check(start >= 0 && start < end && end <= bytes.length, `data range ${start}–${end} of ${bytes.length}`);
    super.onData(bytes, start, end);
  }
}

function checkPlaces(head: RequestHead | ResponseHead): void {
  check(head.start >= 0 && head.start < head.end && head.end <= head.bytes.length, "head outside its buffer");
  let at = head.start;
  for (let entry = 0; entry < head.fieldCount * FIELD_STRIDE; entry += FIELD_STRIDE) {
    const [nameStart, nameEnd, valueStart, valueEnd] = head.offsets.subarray(entry, entry + 4);
    check(nameStart! >= at && nameEnd! > nameStart! && valueStart! > nameEnd!, "field names overlap");
    check(valueEnd! >= valueStart! && valueEnd! <= head.end - 4, "a value runs out of the head");
    at = valueEnd!;
  }
  at = head.start;
  for (let k = 0; k < head.runLength; k += 2) {
    check(head.runs[k]! > at && head.runs[k + 1]! > head.runs[k]! && head.runs[k + 1]! <= head.end - 2, "runs overlap");
    at = head.runs[k + 1]!;
  }
}

/** What is sent on is read by the next hop (the same parser) as the same request, and no longer changes. */
function checkForwarded(head: RequestHead): void {
  if (head.protocol === Protocol.http10 && head.hostField < 0) return;
  const into = Buffer.alloc(targetSize(head) + fieldsSize(head, null) + head.authorityEnd - head.authorityStart + 200);
  let at = into.latin1Write(`${head.methodName()} `, 0);
  at = copyTarget(head, into, at);
  at += into.latin1Write(" HTTP/1.1\r\n", at);
  if (head.form === TargetForm.absolute) at += into.latin1Write(`Host: ${head.authority()}\r\n`, at);
  at = copyFields(head, null, into, at);
  if (head.bodyLength === BodyLength.unknown) at += into.latin1Write("Transfer-Encoding: chunked\r\n", at);
  at += into.latin1Write("\r\n", at);
  const again = new Request();
  const result = parseRequestHead(into, 0, at, again, NO_LIMITS);
  check(result === at, `forwarded head refused: ${result < 0 ? faultOf(-result) : result}`);
  check(again.method === head.method && again.methodName() === head.methodName(), "forwarded method differs");
  // RFC 9112 §3.2.4: OPTIONS of a whole server changes its form.
  const whole = head.method === Method.OPTIONS && again.form === TargetForm.asterisk;
  check(whole || (again.path() === head.path() && again.query() === head.query()), "forwarded path differs");
  check(again.form === TargetForm.authority || again.authority() === head.authority(), "forwarded authority differs");
  check(
    again.contentLength === head.contentLength && again.bodyLength === head.bodyLength,
    "forwarded framing differs",
  );
  check(!again.upgrade && facts.persistent && !again.hasForwarding, "fields of this hop were forwarded");
  check(!again.pathChanged, "the path that was forwarded is not in its normal form");
}

function run(side: Side, pieces: readonly Buffer[], methods: readonly Method[]): string[] {
  const log = new CheckingLog();
  const reader = side === "request" ? new RequestReader(log, LIMITS) : new ResponseReader(log, LIMITS);
  reader.body.trailerLimit = 150;
  if (reader instanceof ResponseReader) for (const method of methods) reader.asked(method);
  for (const piece of pieces) reader.read(piece, 0, piece.length);
  reader.finish();
  return log.list();
}

const METHODS = [Method.GET, Method.HEAD, Method.CONNECT] as const;

/**
 * Feeds the input whole and in random pieces; answers the kinds of events. @throws Error when a place lies outside
 * the bytes, the reader stands still, or the two runs differ.
 */
export function checkHttp1(side: Side, input: Buffer, random: Random): string {
  const methods = [random.pick(METHODS), random.pick(METHODS)];
  const whole = run(side, [input], methods);
  const pieces: Buffer[] = [];
  const longest = random.pick([1, 3, 20, 200]);
  for (let at = 0; at < input.length;) {
    const next = at + 1 + random.below(longest);
    pieces.push(input.subarray(at, next));
    at = next;
  }
  const split = run(side, pieces, methods);
  const same = whole.length === split.length && whole.every((event, index) => event === split[index]);
  check(same, `whole:\n${whole.join("\n")}\nin pieces:\n${split.join("\n")}`);
  return whole.map((event) => (event.startsWith("fault") ? event : event.slice(0, 3))).join(" ");
}
