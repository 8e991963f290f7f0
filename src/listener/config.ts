/** What the config says of listeners and of the clients that come to them. Sizes in bytes, times in milliseconds. */
import { z } from "zod";
import { formatHostPort } from "../bytes/address.ts";
import { MAX_FIELDS } from "../contract/head.ts";
import type { Limits, ListenerPlan, Timeouts } from "../contract/plan.ts";
import { listenAddressAs, network } from "../schema/address.ts";
import { checkEntries, isFields } from "../schema/check.ts";
import { option } from "../schema/facts.ts";
import { overrides } from "../schema/overrides.ts";
import { visibleName } from "../schema/token.ts";
import { duration, show, size, whole } from "../schema/value.ts";

const KB = 1024;
const GB = 1024 ** 3;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Loopback: whoever wants to be reached from outside says so. 8080 needs no privilege. */
export const DEFAULT_LISTENER: ListenerPlan = {
  name: "127.0.0.1:8080",
  host: "127.0.0.1",
  port: 8080,
  protocol: "http",
  /** A burst of as many connections within the time of one accept; `net.core.somaxconn` is 4096 since Linux 5.4. */
  backlog: 4096,
};

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
  /** A tenth of what the slowest modem had: who is slower holds a connection on purpose. */
  bodyRate: 100,
  trailers: 8 * KB,
  /** Below the descriptors that one process can have on an ordinary machine, with as many left for upstreams. */
  connections: 65_536,
};

const DEFAULT_TIMEOUTS: Timeouts = {
  /** A head is one or two packets: who needs longer holds a slot on purpose (Slowloris). */
  head: 10_000,
  /** Between two reads, so that slow uplinks finish and silent ones do not. */
  body: 60_000,
  /** Above the 60 s that load balancers in front usually keep idle connections, so that they close first. */
  keepAlive: 75_000,
  write: 60_000,
  /** A client that is still sending does so within it, also over a line that loses packets (RFC 9112 §9.6). */
  linger: 5000,
  /** Nearly every client reads its reply by then; one that goes on sending costs no more than this. */
  lingerTotal: 30_000,
  /**
   * FIN in mid-request is nearly always a client that has gone away, and its upstream should not go on working; a few
   * (nc -N, shutdown) still read (RFC 9112 §9.6), and get an answer that comes at once.
   */
  halfClose: 1000,
  /** WebSockets with keep-alive messages send more often; without them an hour is generous. */
  tunnel: 3_600_000,
  /**
   * Whoever has sent all its bytes gets the rest of the other's soon, or waits for a peer that has vanished: such a tunnel
   * would hold a connection to the target for an hour (HAProxy has client-fin and server-fin for it).
   */
  tunnelHalfClose: 30_000,
  /** Supervisors (systemd 90 s, Kubernetes 30 s) kill afterwards. */
  drain: 30_000,
};

const listenAddress = listenAddressAs((place, written) => ({ ...place, written }));

const listenerObject = z.strictObject({
  address: option(listenAddress, "The long form."),
  name: option(visibleName("listener").optional(), "What `match.listener` of routes calls it by. Each once.", {
    values: "1 to 100 characters",
    initial: "the address as it is written",
  }),
  backlog: option(
    whole(1, 65_535).default(DEFAULT_LISTENER.backlog),
    "Connections that may wait to be accepted; beyond it the system lets clients try again. `net.core.somaxconn` may allow fewer. With Bun's sockets it is the system's.",
  ),
});

const listener = z
  .union([listenAddress, listenerObject])
  .transform((input) =>
    "address" in input ? input : { address: input, name: undefined, backlog: DEFAULT_LISTENER.backlog },
  );

/** Of the list as it was written. */
function namesOf(written: unknown): readonly string[] {
  if (written === undefined) return [DEFAULT_LISTENER.name];
  const entries: readonly unknown[] = Array.isArray(written) ? written : [];
  const names = entries.map((entry) => (isFields(entry) ? (entry["name"] ?? entry["address"]) : entry));
  return names.filter((name) => typeof name === "string");
}

const listenerList = checkEntries(z.array(listener).min(1), (entries, report) => {
  const seen = new Set<string>();
  const named = new Map<string, string | number>();
  for (const [index, { address, name }] of entries) {
    const text = formatHostPort(address);
    // Port 0 is another one each time: two may be called by one address, which then stands for both.
    if (address.port !== 0 && seen.has(text)) {
      report([index], `${text} is listened on already`, { expected: "another address" });
    } else if (named.has(name ?? address.written) && (name !== undefined || !seen.has(text))) {
      const message = `listeners[${named.get(name ?? address.written)}] is named ${show(name ?? address.written)} already`;
      report(name === undefined ? [index] : [index, "name"], message, { expected: "another name" });
    }
    seen.add(text);
    named.set(name ?? address.written, index);
  }
}).transform((entries) =>
  entries.map(({ address: { host, port, written }, name, backlog }): ListenerPlan => {
    return { name: name ?? written, host, port, protocol: "http", backlog };
  }),
);

export const listeners = option(
  listenerList.optional(),
  "Where the edge listens. `:8080` is every IPv4 interface, `[::]:8080` every interface; port 0 is a free one.",
  {
    values: "addresses, or `{ address }`",
    initial: `\`[${formatHostPort(DEFAULT_LISTENER)}]\`; none for a name server alone`,
    names: { kind: "listener", of: namesOf },
  },
);

export const trustedProxies = option(
  z.array(network).default([]),
  "Peers whose `X-Forwarded-*`, `X-Real-IP` and `Forwarded` are believed. From all others these fields are dropped.",
  { values: "networks" },
);

const limitsObject = z.strictObject({
  // The least values still let the smallest real requests through.
  requestLine: option(
    size(64, 128 * KB).default(DEFAULT_LIMITS.requestLine),
    "414. The whole first line: method, target and version.",
  ),
  field: option(size(64, 128 * KB).default(DEFAULT_LIMITS.field), "431. One field line."),
  fields: option(whole(1, MAX_FIELDS).default(DEFAULT_LIMITS.fields), "431. Fields of one head."),
  head: option(size(256, 128 * KB).default(DEFAULT_LIMITS.head), "431. First line and all fields together."),
  body: option(
    size(0, 1024 ** 4, true).default(DEFAULT_LIMITS.body),
    "413. The body of a request; it is streamed, not held.",
  ),
  bodyRate: option(
    size(0, 1024 ** 2).default(DEFAULT_LIMITS.bodyRate),
    "408. Bytes a second that a request's body comes with at least, on average after its first 20 s; what the edge itself makes the client wait does not count. 0: none, for bodies that are streams of rare events.",
  ),
  trailers: option(size(0, 64 * KB).default(DEFAULT_LIMITS.trailers), "431. Fields behind a chunked body."),
  connections: option(whole(1, 1_000_000).default(DEFAULT_LIMITS.connections), "Closed. Client connections at once."),
});

export const limits = option(limitsObject.prefault({}), "");

const timeoutsObject = z.strictObject({
  head: option(duration(1, HOUR).default(DEFAULT_TIMEOUTS.head), "From the first byte of a head to its end; then 408."),
  body: option(duration(1, HOUR).default(DEFAULT_TIMEOUTS.body), "Between two reads of a request's body; then 408."),
  keepAlive: option(
    duration(1, DAY).default(DEFAULT_TIMEOUTS.keepAlive),
    "Between two requests on a connection; then it is closed.",
  ),
  write: option(
    duration(1, HOUR).default(DEFAULT_TIMEOUTS.write),
    "Without progress while a reply is written; then the connection is cut.",
  ),
  linger: option(
    duration(0, 60_000).default(DEFAULT_TIMEOUTS.linger),
    "Between two reads of what a client still sends behind its reply, which is read so that this arrives (RFC 9112 §9.6).",
  ),
  lingerTotal: option(
    duration(0, HOUR).default(DEFAULT_TIMEOUTS.lingerTotal),
    "How long that goes on in all; then the connection is cut.",
  ),
  halfClose: option(
    duration(0, HOUR).default(DEFAULT_TIMEOUTS.halfClose),
    "The client has closed its side: the reply must begin within it.",
  ),
  tunnel: option(
    duration(1, 7 * DAY).default(DEFAULT_TIMEOUTS.tunnel),
    "A tunnel (WebSocket) without a byte in either direction.",
  ),
  tunnelHalfClose: option(
    duration(1, 7 * DAY).default(DEFAULT_TIMEOUTS.tunnelHalfClose),
    "The same once one side has closed its direction; `halfClose` where that is shorter and the edge or the target drains.",
  ),
  drain: option(duration(0, DAY).default(DEFAULT_TIMEOUTS.drain), "After SIGTERM live exchanges may finish within it."),
});

export const timeouts = option(timeoutsObject.prefault({}), "");

/** Of a route, in place of the edge's. */
export const routeLimits = option(
  overrides(limitsObject, ["body", "bodyRate"], "the edge's"),
  "Limits of this route, where they differ from the edge's.",
);

export const routeTimeouts = option(
  overrides(timeoutsObject, ["body", "write", "tunnel", "tunnelHalfClose"], "the edge's"),
  "Deadlines of this route for the client, where they differ from the edge's. Those for the upstream are in `proxy`.",
);
