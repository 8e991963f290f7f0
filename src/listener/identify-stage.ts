import { type Exchange, ExchangeMode } from "../contract/exchange.ts";
import type { RequestHead } from "../contract/head.ts";
import type { Stage } from "../contract/stage.ts";
import { TraceDetail, type TraceRecord } from "../contract/trace-record.ts";
import { Verdict } from "../contract/verdict.ts";
import { clientAddressOf } from "../http/client-address.ts";
import { isExplainAuthorised } from "../http/explain-token.ts";
import { type RandomPool, identify } from "../trace/trace-context.ts";
import { FieldId } from "../contract/field-id.ts";

/** Who asks, under which trace, and whether the answer may be explained to them. */
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
    if (plan.accessLog?.format === "combined") noteAgent(head, record);
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
