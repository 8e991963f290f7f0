/**
 * What holds when the config says nothing. `docs/reference/config.md` repeats these values; a test compares them.
 * Sizes in bytes, times in milliseconds.
 */
import type { CheckHttp, CheckPlan, CheckTls, PassivePlan } from "../contract/health-plan.ts";
import type {
  AccessLogPlan,
  BalancePlan,
  ForwardingPlan,
  Limits,
  ListenerPlan,
  QueuePlan,
  RefreshPlan,
  RetryPlan,
  Timeouts,
  TracePlan,
  UpstreamConnections,
  UpstreamTimeouts,
} from "../contract/plan.ts";
import type { Endpoint } from "../contract/target.ts";

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

export const DEFAULT_ENDPOINT: Omit<Endpoint, "host" | "port"> = { weight: 1, tier: 0, backup: false, mode: "ready" };

export const DEFAULT_REFRESH: RefreshPlan = {
  /** Some servers answer with a TTL of 0: they are not asked more often than it takes to start a server. */
  minimum: 5000,
  /** An answer that may be kept for a day would hide for a day that a server has moved. */
  maximum: 300_000,
};

export const DEFAULT_BALANCE: Pick<BalancePlan, "boundedLoad" | "virtualNodes" | "tableSize" | "slowStart"> = {
  /** Without a bound a key stays at its target as long as that is up, which is what hashing is chosen for. */
  boundedLoad: 0,
  /** The shares of equal targets differ by about 1/√160 = 8 %; the ring of a hundred targets stays below 200 KB. */
  virtualNodes: 160,
  /** A hundred entries for each of 655 targets: their shares differ by about 1 %. */
  tableSize: 65_537,
  slowStart: 0,
};

export const DEFAULT_STICKY = {
  cookie: "rt-target",
  /** Seconds; 0: gone with the browser's session, as the session that it keeps together mostly is. */
  maxAge: 0,
  path: "/",
  /** What browsers take for a cookie that does not say. */
  sameSite: "Lax",
  /** The edge may be reached without TLS; where it is not, say true. */
  secure: false,
  /** No script has a use for it. */
  httpOnly: true,
  domain: "",
} as const;

/** Of every kind; what the kinds add stands below. */
export const DEFAULT_CHECK: Omit<CheckPlan, "kind" | "tls" | "http"> = {
  port: 0,
  /** With `fall` 3 a silent target is out after some 15 s; failures that traffic meets eject it long before. */
  interval: 5000,
  /** A target that came back is used after a second or two, and being asked costs a dead one nothing. */
  downInterval: 1000,
  /** Shorter than the interval, and room for one lost SYN (1 s). */
  timeout: 2000,
  jitter: 0.1,
  /** One good answer may be luck, as one bad one may be bad luck. */
  rise: 2,
  fall: 3,
  service: "",
};

/** Whoever lets a check accept any certificate says so. */
export const DEFAULT_CHECK_TLS: CheckTls = { serverName: "", verify: true };

export const DEFAULT_CHECK_HTTP: CheckHttp = {
  version: 1,
  method: "GET",
  path: "/",
  host: "",
  /** A redirect comes from a server that works. */
  statuses: [{ from: 200, to: 399 }],
  body: null,
};

export const DEFAULT_PASSIVE: PassivePlan = {
  /**
   * A dead target makes three at once, each of which is retried elsewhere; a single request that runs into a time-out
   * says more about that request.
   */
  maxFails: 3,
  window: 10_000,
  /**
   * None: a 500 may be the request's fault, and one bad request could eject every target in turn. Five 5xx in a row eject
   * all the same.
   */
  statuses: [],
  /** As long as a server needs to start again. */
  rest: 10_000,
  /** A target that is still dead costs one try in five minutes. */
  maxRest: 300_000,
  /** What is left must carry the whole load. */
  maxEjected: 0.5,
};

/** All are used only when none is up: with checks that are right, a target that is down answers nobody. */
export const DEFAULT_PANIC = 0;

/** Longer than ordinary responses and uploads, shorter than the patience of who waits to restart a server. */
export const DEFAULT_DRAIN = 300_000;

export const DEFAULT_RESPOND = { status: 200, contentType: "text/plain; charset=utf-8" } as const;

/** 302: a permanent redirect is kept by browsers, so that a mistake could not be taken back. */
export const DEFAULT_REDIRECT = { status: 302, keepQuery: true } as const;

export const DEFAULT_STATIC = { index: ["index.html"], precompressed: true, symlinks: "inside" } as const;
