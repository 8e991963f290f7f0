import { type Exchange, ExchangeMode } from "../contract/exchange.ts";
import type { RequestHead } from "../contract/head.ts";
import type { Stage } from "../contract/stage.ts";
import { TraceDetail, type TraceRecord, MAX_LINE, Stamp } from "../contract/trace-record.ts";
import { Verdict } from "../contract/verdict.ts";
import { clientAddressOf } from "../http/client-address.ts";
import { isExplainAuthorised } from "../http/explain-token.ts";
import { type RandomPool, identify } from "../trace/trace-context.ts";
import { FieldId } from "../contract/field-id.ts";
import type { PathHooks } from "../contract/path-hooks.ts";
import { PROTOCOL_NAMES } from "../contract/protocol.ts";

/** Who asks, and what the record of an exchange says of it from the beginning. */

const CR = 13;
const SPACE = 32;

/** What a record needs to know of the connection. */
export interface RecordedConnection {
  readonly peerAddress: string;
  readonly scheme: string;
  readonly accepted: number;
  readonly sequence: number;
}

/** When an exchange began, and with whom. */
export interface Beginning {
  readonly connection: RecordedConnection;
  readonly hooks: PathHooks;
  /** When the head's first part came, nanoseconds; 0 = with its last. */
  readonly begun: number;
}

/** Bytes [start, end) of a head that could not be parsed. */
export interface RefusedBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Notes the begin of an exchange: when, from whom, which request line. `begun` as in `Beginning`. */
export function beginRecord(
  record: TraceRecord,
  head: RequestHead,
  connection: RecordedConnection,
  hooks: PathHooks,
  begun: number,
): void {
  note(record, connection, hooks, begun);
  record.protocol = PROTOCOL_NAMES[head.protocol]!;
  // Method, target and version stand in one piece.
  keepLine(record, head.bytes, head.methodStart, head.targetEnd + " HTTP/1.1".length);
  record.methodLength = head.methodEnd - head.methodStart;
  keepAuthority(record, head);
}

/** The same for a head that could not be parsed: the line is what came up to the first CR. */
export function beginRefusedRecord(record: TraceRecord, refused: RefusedBytes, beginning: Beginning): void {
  note(record, beginning.connection, beginning.hooks, beginning.begun);
  const { bytes, start, end } = refused;
  let lineEnd = bytes.indexOf(CR, start);
  if (lineEnd < 0 || lineEnd > end) lineEnd = end;
  keepLine(record, bytes, start, lineEnd);
  const space = record.line.indexOf(SPACE);
  record.methodLength = space >= 0 && space < record.lineLength ? space : 0;
}

function note(record: TraceRecord, connection: RecordedConnection, hooks: PathHooks, begun: number): void {
  const now = hooks.now();
  record.stamps[Stamp.accepted] = connection.accepted;
  record.stamps[Stamp.headBegun] = begun === 0 ? now : begun;
  record.stamps[Stamp.headParsed] = now;
  record.time = hooks.timeAt(now);
  record.clientAddress = connection.peerAddress;
  record.peerAddress = connection.peerAddress;
  record.scheme = connection.scheme;
  record.sequence = connection.sequence;
  record.planVersion = hooks.plan.version;
}

function keepLine(record: TraceRecord, bytes: Buffer, start: number, end: number): void {
  const length = Math.min(end - start, MAX_LINE);
  if (length > record.line.length) record.line = Buffer.allocUnsafeSlow(length);
  bytes.copy(record.line, 0, start, start + length);
  record.lineLength = length;
}

function keepAuthority(record: TraceRecord, head: RequestHead): void {
  const length = head.authorityEnd - head.authorityStart;
  if (length > record.authority.length) record.authority = Buffer.allocUnsafeSlow(length);
  head.bytes.copy(record.authority, 0, head.authorityStart, head.authorityEnd);
  record.authorityLength = length;
}

/** From which client, under which trace, and whether the answer may be explained to them. */
export class IdentifyStage implements Stage {
  readonly #ids: RandomPool;

  constructor(ids: RandomPool) {
    this.#ids = ids;
  }

  enter(exchange: Exchange, head: RequestHead): Verdict {
    const { plan, connection, record } = exchange;
    const { peerAddress } = connection;
    const believed = connection.trustedPeer && head.hasForwarding;
    exchange.clientAddress = believed ? clientAddressOf(head, peerAddress, plan.trustedProxies) : peerAddress;
    record.clientAddress = exchange.clientAddress;
    identify(head, record, this.#ids);
    if (plan.accessLog !== null && plan.accessLog.format !== "json") noteAgent(head, record);
    // A wrong token is ignored, like any field that the edge does not know.
    if (head.explainField >= 0 && isExplainAuthorised(head, plan.admin?.explainToken ?? "")) {
      if (exchange.mode === ExchangeMode.serve) exchange.mode = ExchangeMode.analyze;
      record.detail ??= new TraceDetail();
      noteAgent(head, record);
    }
    return Verdict.pass;
  }
}

/** User-Agent and Referer, for logs and explanations that show them. Makes strings. */
export function noteAgent(head: RequestHead, record: TraceRecord): void {
  const agent = head.find(FieldId.userAgent);
  if (agent >= 0) record.userAgent = head.value(agent);
  const referer = head.find(FieldId.referer);
  if (referer >= 0) record.referer = head.value(referer);
}
