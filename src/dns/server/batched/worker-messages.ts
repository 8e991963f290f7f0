/** What the main thread and a thread that answers UDP queries say to each other. */
import type { ChaosNames } from "../../authority/chaos-answer.ts";
import type { RateLimitOptions } from "../../authority/response-rate-limiter.ts";
import type { SharedZone } from "./shared-zone.ts";

/** With which the thread begins. */
export interface WorkerSettings {
  /** Of the socket, which is bound already. */
  readonly descriptor: number;
  /** One number: not 0 = stop. */
  readonly control: SharedArrayBuffer;
  /** Of a `ResponderStatistics`. */
  readonly statistics: SharedArrayBuffer;
  /** One number: answers that the kernel did not take. */
  readonly unsent: SharedArrayBuffer;
  readonly zones: readonly SharedZone[];
  /** Null: no cookies. */
  readonly cookieSecret: Uint8Array | null;
  readonly cookiesRequiredAbove: number;
  /** Null: no limit. */
  readonly rateLimit: Omit<RateLimitOptions, "exempt"> | null;
  /** Networks that are not limited. */
  readonly exempt: readonly string[];
  readonly nsid: string;
  readonly chaos: ChaosNames;
  /** There are handlers for what is no plain query, in the main thread. */
  readonly hasHandlers: boolean;
}

export type ToWorker =
  | { readonly kind: "zones"; readonly zones: readonly SharedZone[] }
  | { readonly kind: "secret"; readonly secret: Uint8Array };

export type ToMain =
  /** It answers from now on. */
  | { readonly kind: "started" }
  /** To be answered there. `from`: the client's address in the kernel's form. */
  | { readonly kind: "query"; readonly message: Uint8Array; readonly from: Uint8Array };
