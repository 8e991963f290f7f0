import type { TraceRecord } from "../contract/trace-record.ts";
import type { LogBuffer } from "./log-buffer.ts";

/** Writes the line of an exchange, line feed included, at `at`; answers the offset behind it. */
export interface LineFormat {
  put(record: TraceRecord, into: LogBuffer, at: number): number;
}
