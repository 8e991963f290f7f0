/** What holds for the name server when the config says nothing. `docs/reference/config.md` repeats these values. */
import { RATE_LIMIT } from "../authority/response-rate-limiter.ts";
import { SIGNING_POLICY } from "../dnssec/signing-policy.ts";
import { STREAM_LIMITS, type StreamLimits } from "../server/stream-limits.ts";
import { TIMER_LIMITS, TRANSFER_LIMITS, TRANSFER_TIME } from "../transfer/transfer-limits.ts";

/** They cost 16 bytes an answer, and who has one cannot be a forged address. */
export const DEFAULT_DNS_COOKIES = true;

export const DEFAULT_RATE_LIMIT = {
  /** A resolver for many users asks for one name again when its TTL is over: far less often than this. */
  rate: RATE_LIMIT.rate,
  slip: RATE_LIMIT.slip,
  window: RATE_LIMIT.window,
  size: RATE_LIMIT.size,
} as const;

/** Nobody far away can forge it, and proxies and tests ask from it. */
export const DEFAULT_DNS_EXEMPT: readonly string[] = ["127.0.0.0/8", "::1"];

export const DEFAULT_DNS_STREAMS: StreamLimits = STREAM_LIMITS;

export const DEFAULT_DNS_FILES = {
  watch: true,
  /** A zone seldom loses half of its names in one change; a file that was cut off has. */
  maxLoss: 0.5,
} as const;

export const DEFAULT_TSIG_ALGORITHM = "hmac-sha256";

export const DEFAULT_SECONDARY = {
  /** A primary that says "refresh: 1" is not asked every second, … */
  shortest: TIMER_LIMITS.shortest,
  /** … and one that says "expire: 10 years" is not believed for longer than this. */
  longest: TIMER_LIMITS.longest,
  maxRecords: TRANSFER_LIMITS.records,
  maxBytes: TRANSFER_LIMITS.bytes,
  maxTime: TRANSFER_TIME,
} as const;

/** Milliseconds; `dnskeyTtl` in seconds. */
export const DEFAULT_SIGNING = {
  /** Long enough for a server that nobody looks after over a holiday, short enough that a replay ends. */
  validity: SIGNING_POLICY.validity * 1000,
  refresh: SIGNING_POLICY.refresh * 1000,
  dnskeyTtl: SIGNING_POLICY.dnskeyTtl,
  cds: SIGNING_POLICY.publishCds,
} as const;
