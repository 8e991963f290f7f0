/** Where on the path something happened, in the order of the path. */
export type StageName =
  | "accept"
  | "tls"
  | "request"
  | "route"
  | "policy"
  | "store"
  | "balance"
  | "queue"
  | "connect"
  | "send"
  | "response"
  | "reply";

/** Whose fault it is: the client's, the edge's own (a rule, a limit, a timer of ours), or the upstream's. */
export type FaultSide = "client" | "edge" | "upstream";

/** May the request go to another target? `if-unsent`: only when no byte of it was sent, or it is idempotent and replayable. */
export type FaultRetry = "never" | "if-unsent" | "safe";

/** Every way in which a request can fail here. Each stands in `src/fault/faults.ts` and in `docs/reference/faults.md`. */
export type FaultCode =
  // request: framing (RFC 9112)
  | "request-line-malformed"
  | "method-invalid"
  | "target-invalid"
  | "target-ambiguous"
  | "target-escaped-slash"
  | "target-too-long"
  | "version-malformed"
  | "version-unsupported"
  | "line-ending-invalid"
  | "field-name-invalid"
  | "field-name-space"
  | "field-value-invalid"
  | "field-folded"
  | "field-of-connection"
  | "field-too-long"
  | "fields-too-many"
  | "head-too-large"
  | "host-missing"
  | "host-repeated"
  | "host-invalid"
  | "content-length-invalid"
  | "content-length-repeated"
  | "transfer-encoding-with-length"
  | "transfer-encoding-unknown"
  | "transfer-encoding-invalid"
  | "transfer-encoding-http10"
  | "expectation-unknown"
  | "chunk-malformed"
  | "trailer-malformed"
  | "trailers-too-large"
  | "body-too-large"
  | "connect-refused"
  | "trace-refused"
  | "head-timeout"
  | "body-timeout"
  | "client-aborted"
  | "write-timeout"
  // route and policy
  | "no-route"
  | "policy-failed"
  | "handler-failed"
  // balance and queue
  | "no-target"
  | "queue-full"
  | "queue-timeout"
  // connect and send
  | "sockets-exhausted"
  | "upstream-unreachable"
  | "upstream-connect-timeout"
  | "upstream-closed-unsent"
  | "upstream-closed"
  // response
  | "upstream-first-byte-timeout"
  | "upstream-idle-timeout"
  | "upstream-total-timeout"
  | "target-drained"
  | "response-malformed"
  | "response-too-large"
  | "response-truncated"
  | "response-upgrade-unexpected"
  // edge
  | "draining"
  | "tunnel-idle-timeout"
  | "internal-error";

export interface FaultDefinition {
  readonly stage: StageName;
  readonly side: FaultSide;
  readonly retry: FaultRetry;
  /** Status sent when no response has begun; 0 when the connection is only closed. */
  readonly status: number;
  /** RFC 9209 §2.3 proxy error type, for Proxy-Status. */
  readonly proxyError: string;
  /** What happened, as one sentence for whoever sees the error. */
  readonly title: string;
  /** What whoever sent the request can do next: it stands in error pages, so it holds nothing of the edge's inside. */
  readonly hint: string;
  /** What whoever runs the edge can do; "": nothing. */
  readonly remedy: string;
}

export interface Fault {
  readonly code: FaultCode;
  /** Names the timer or limit that fired and its value, or the errno; never shown to an unauthorised client. */
  readonly detail: string;
}
