import type { RequestHead } from "../../contract/head.ts";

/**
 * Where a named value of a request comes from: fields, the query or cookies. A cursor over every occurrence of one
 * name, so that nothing is allocated: `begin`, then `next` until it answers false.
 */
export interface ValueSource {
  /** "field", "query" or "cookie". */
  readonly kind: "field" | "query" | "cookie";
  readonly name: string;
  /** The values are secrets of the client, which no explanation repeats. */
  readonly secret: boolean;
  begin(head: RequestHead): void;
  next(): boolean;
  /** After `next`: the value is bytes [start, end). */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export const NO_BYTES: Buffer = Buffer.alloc(0);
