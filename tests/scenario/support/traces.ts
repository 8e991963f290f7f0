import type { TraceRecord } from "../../../src/contract/trace-record.ts";
import { BUSY, poll } from "./poll.ts";
import type { TestEdge } from "./edge.ts";

/** The newest finished exchange whose request line holds this text; waits for it, since a record ends after the reply. */
export async function recordOf({ edge }: TestEdge, text: string, wait = BUSY): Promise<TraceRecord> {
  const find = (): TraceRecord | undefined =>
    edge.control.recent(200).find((record) => record.line.latin1Slice(0, record.lineLength).includes(text));
  await poll(() => find() !== undefined, wait);
  const record = find();
  if (record === undefined) throw new Error(`no finished exchange for ${text}`);
  return record;
}
