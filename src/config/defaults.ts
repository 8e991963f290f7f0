/**
 * What holds when the config says nothing. `docs/reference/config.md` repeats these values; a test compares them.
 * Sizes in bytes, times in milliseconds.
 */
import type {
  AccessLogPlan,
  ForwardingPlan,
  Limits,
  ListenerPlan,
  QueuePlan,
  RetryPlan,
  Timeouts,
  TracePlan,
  UpstreamConnections,
  UpstreamTimeouts,
} from "../contract/plan.ts";

const KB = 1024;
const GB = 1024 ** 3;

/** Loopback: whoever wants to be reached from outside says so. 8080 needs no privilege. */
export const DEFAULT_LISTENER: ListenerPlan = { host: "127.0.0.1", port: 8080 };

export const DEFAULT_LIMITS: Limits = {
  /** RFC 9112 §3 asks for at least 8000 octets. */
  requestLine: 8 * KB,
  /** Kerberos tickets and a browser's full cookie jar for one name stay below it. */
  field: 16 * KB,
  fields: 128,
  /** Four of the largest fields; what a connection may make the edge hold before anybody is identified. */
  head: 64 * KB,
  /**
   * nginx's 1 MB refuses ordinary uploads, and no limit lets one request fill an upstream's disk. The edge itself
   * streams, so a large value costs it nothing.
   */
  body: GB,
  trailers: 8 * KB,
  /** Below the descriptors that one process can have on an ordinary machine, with as many left for upstreams. */
  connections: 65_536,
};

export const DEFAULT_TIMEOUTS: Timeouts = {
  /** A head is one or two packets: who needs longer holds a slot on purpose (Slowloris). */
  head: 10_000,
  /** Between two reads, so that slow uplinks finish and silent ones do not. */
  body: 60_000,
  /** Above the 60 s that load balancers in front usually keep idle connections, so that they close first. */
  keepAlive: 75_000,
  write: 60_000,
  /** Long enough to take what a client had in flight; RFC 9112 §9.6: without it a reset may destroy the reply. */
  linger: 2000,
  /**
   * FIN in mid-request is nearly always a client that has gone away, and its upstream should not go on working; a few
   * (nc -N, shutdown) still read (RFC 9112 §9.6), and get an answer that comes at once.
   */
  halfClose: 1000,
  /** WebSockets with keep-alive messages send more often; without them an hour is generous. */
  tunnel: 3_600_000,
  /** Supervisors (systemd 90 s, Kubernetes 30 s) kill afterwards. */
  drain: 30_000,
};

export const DEFAULT_UPSTREAM_TIMEOUTS: UpstreamTimeouts = {
  /** Two lost SYNs (retransmitted after 1 s and 2 s) would come later than this: by then another target is the better try. */
  connect: 3000,
  firstByte: 60_000,
  idle: 60_000,
  /** None: downloads and event streams may last. */
  total: 0,
};

export const DEFAULT_UPSTREAM_CONNECTIONS: UpstreamConnections = {
  max: 0,
  idle: 512,
  /** Below the keep-alive of common servers (75 s in nginx), so that a connection is seldom closed under a request. */
  idleTimeout: 60_000,
  maxFailures: 1,
  rest: 10_000,
};

export const DEFAULT_QUEUE: QueuePlan = {
  max: 1000,
  /** Who waited this long for a connection has mostly given up. */
  timeout: 5000,
};

export const DEFAULT_RETRY: RetryPlan = {
  attempts: 2,
  /** Retries add at most a fifth to the load of a pool that is in trouble already. */
  budget: 0.2,
  /** So that a pool with little traffic can retry at all. Per second. */
  minimum: 10,
};

export const DEFAULT_FORWARDING: ForwardingPlan = {
  xForwarded: true,
  xRealIp: true,
  forwarded: true,
  via: "roundtrip",
  traceparent: true,
};

export const DEFAULT_ACCESS_LOG: AccessLogPlan = { path: "-", format: "json" };

/** A free port: several edges run side by side, and the run file tells where. */
export const DEFAULT_ADMIN_ADDRESS: ListenerPlan = { host: "127.0.0.1", port: 0 };

export const DEFAULT_TRACE: TracePlan = {
  enabled: true,
  /** Half a kilobyte each. More of them push what requests work on out of the processor's cache. */
  ring: 1024,
  notable: 512,
  slow: 1000,
};

export const DEFAULT_WEIGHT = 1;

export const DEFAULT_RESPOND = { status: 200, contentType: "text/plain; charset=utf-8" } as const;

/** 302: a permanent redirect is kept by browsers, so that a mistake could not be taken back. */
export const DEFAULT_REDIRECT = { status: 302, keepQuery: true } as const;

export const DEFAULT_STATIC = { index: ["index.html"], precompressed: true, symlinks: "inside" } as const;
