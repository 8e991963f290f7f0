import { FieldId } from "../contract/field-id.ts";
import type { RequestHead } from "../contract/head.ts";
import type { TraceRecord } from "../contract/trace-record.ts";

/** User-Agent and Referer, for logs and explanations that show them. Makes strings. */
export function noteAgent(head: RequestHead, record: TraceRecord): void {
  const agent = head.find(FieldId.userAgent);
  if (agent >= 0) record.userAgent = head.value(agent);
  const referer = head.find(FieldId.referer);
  if (referer >= 0) record.referer = head.value(referer);
}
