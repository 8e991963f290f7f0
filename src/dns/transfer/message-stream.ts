import type { TsigKey } from "./tsig-key.ts";

/** A server that a zone is fetched from. */
export interface Primary {
  /** IP address. */
  readonly address: string;
  readonly port: number;
  readonly key: TsigKey | null;
}

/** A connection that carries whole DNS messages. Every failure is a rejection that says why. */
export interface MessageStream {
  send(message: Uint8Array): void;
  /** The next message. One call at a time. */
  receive(): Promise<Uint8Array>;
  close(): void;
}

/** Milliseconds. */
export interface StreamTimeouts {
  readonly connect: number;
  /** Between two messages. */
  readonly idle: number;
}

export const STREAM_TIMEOUTS: StreamTimeouts = { connect: 5_000, idle: 30_000 };

export type Dial = (primary: Primary) => Promise<MessageStream>;
