import type { DnsQuery } from "../wire/query.ts";
import type { DnsClient } from "./dns-client.ts";

/** Takes messages that are more than a query and its answer: zone transfers, NOTIFY, whatever is signed by TSIG. */
export interface MessageHandler {
  /** Each message has one answer at most, as a plain query has: DNS over HTTPS can carry it. */
  readonly answersOnce?: boolean;
  /** Whether the message that `query` was read from is one of these. */
  handles(query: DnsQuery): boolean;
  /**
   * Answers with one message or many. `message` belongs to the handler. `send` answers false when the connection is
   * gone; its promise resolves when the next message may be sent.
   */
  handle(message: Uint8Array, client: DnsClient, send: (message: Uint8Array) => boolean | Promise<void>): Promise<void>;
}
