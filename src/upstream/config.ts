/** What the config says of the way to upstream servers: of one pool, and of what all are told. Times in milliseconds. */
import { z } from "zod";
import type { ForwardingPlan, QueuePlan, RetryPlan, UpstreamConnections, UpstreamTimeouts } from "../contract/plan.ts";
import { note, option } from "../schema/facts.ts";
import { overrides } from "../schema/overrides.ts";
import { TOKEN } from "../schema/token.ts";
import { Refusal, duration, share, show, size, value, whole } from "../schema/value.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const DEFAULT_TIMEOUTS: UpstreamTimeouts = {
  /** Two lost SYNs (retransmitted after 1 s and 2 s) would come later than this: by then another target is the better try. */
  connect: 3000,
  firstByte: 60_000,
  idle: 60_000,
  /** None: downloads and event streams may last. */
  total: 0,
};

const DEFAULT_CONNECTIONS: UpstreamConnections = {
  max: 0,
  idle: 512,
  /** Below the keep-alive of common servers (75 s in nginx), so that a connection is seldom closed under a request. */
  idleTimeout: 60_000,
};

const DEFAULT_QUEUE: QueuePlan = {
  max: 1000,
  /** Who waited this long for a connection has mostly given up. */
  timeout: 5000,
  /** As much as is joined with the head and can be sent again: most forms and API calls. */
  body: 32_768,
};

const DEFAULT_RETRY: RetryPlan = {
  attempts: 2,
  /** None: a request that is sent twice is worked on twice. */
  hedge: 0,
  /** Retries add at most a fifth to the load of a pool that is in trouble already. */
  budget: 0.2,
  /** So that a pool with little traffic can retry at all. Per second. */
  minimum: 10,
};

const DEFAULT_FORWARDING: ForwardingPlan = {
  xForwarded: true,
  xRealIp: true,
  forwarded: true,
  via: "roundtrip",
  traceparent: true,
  underscores: false,
  /** Scripts could read cookies and credentials out of the reflection that they may not see otherwise. */
  trace: false,
};

const timeouts = z.strictObject({
  connect: option(duration(0, HOUR).default(DEFAULT_TIMEOUTS.connect), "Until the connection is established."),
  firstByte: option(
    duration(0, DAY).default(DEFAULT_TIMEOUTS.firstByte),
    "From the end of the request to the first byte of the response.",
  ),
  idle: option(duration(0, DAY).default(DEFAULT_TIMEOUTS.idle), "Between two reads of a response."),
  total: option(duration(0, DAY).default(DEFAULT_TIMEOUTS.total), "The whole exchange, with its retries."),
});

/** Of a route that is proxied, in place of its pool's. */
export const proxyTimeouts = option(
  overrides(timeouts, ["connect", "firstByte", "idle", "total"], "the pool's"),
  "Deadlines for the upstream on this route, where they differ from the pool's. 0: none.",
);

const connections = z.strictObject({
  max: option(
    whole(0, 65_536).default(DEFAULT_CONNECTIONS.max),
    "At once; further requests wait in the queue. 0: no limit.",
  ),
  idle: option(whole(0, 65_536).default(DEFAULT_CONNECTIONS.idle), "Kept for the next request."),
  idleTimeout: option(
    duration(1, DAY).default(DEFAULT_CONNECTIONS.idleTimeout),
    "How long one is kept without use. Below the keep-alive time of the server, so that it seldom closes under a request.",
  ),
});

note(connections, {
  moved: { maxFailures: ["..", "health", "passive", "maxFails"], rest: ["..", "health", "passive", "rest"] },
});

const queue = z.strictObject({
  max: option(
    whole(0, 1_000_000).default(DEFAULT_QUEUE.max),
    "How many; a further one gets 503 ([queue-full](faults.md#queue-full)).",
  ),
  timeout: option(
    duration(1, HOUR).default(DEFAULT_QUEUE.timeout),
    "How long; then 503 ([queue-timeout](faults.md#queue-timeout)).",
  ),
  body: option(
    size(0, 1_048_576).default(DEFAULT_QUEUE.body),
    "With `connections.max`: so much of a request's body must have come, or all of it, before it takes a connection, so that slow senders hold none. 0: nothing, for clients that wait for an answer before they send on.",
  ),
});

const retry = z.strictObject({
  attempts: option(
    whole(0, 10).default(DEFAULT_RETRY.attempts),
    "Tries beyond the first that send the request again: of an idempotent one, when the target closed, reset or did not begin to answer within `firstByte`. What was never sent goes elsewhere besides. 0: nothing is tried twice.",
  ),
  hedge: option(
    duration(0, HOUR).default(DEFAULT_RETRY.hedge),
    "When no byte of a response has come after so long, an idempotent request goes to another target, too, and who begins to answer first is heard. Counts as a retry. By a clock of 0.1 s, so up to 0.2 s later. 0: never.",
  ),
  budget: option(
    share.default(DEFAULT_RETRY.budget),
    "Share of the requests that may be sent again, so that retries do not overload what is left. What ten seconds pay in is saved up.",
  ),
  minimum: option(whole(0, 100_000).default(DEFAULT_RETRY.minimum), "Retries per second that are allowed in any case."),
});

/** Of each pool. */
export const upstreamOptions = {
  timeouts: option(timeouts.prefault({}), "Deadlines for an upstream. 0: none."),
  connections: option(connections.prefault({}), "Connections to each target."),
  queue: option(queue.prefault({}), "Requests that wait for a connection."),
  retry: option(
    retry.prefault({}),
    "Another try on another target, for requests that were not sent or can be sent twice.",
  ),
};

/** RFC 9110 §7.6.3: received-by is a host or a pseudonym, which is a token. */
const via = value(
  "a token such as roundtrip, or false for no Via",
  { anyOf: [{ type: "string" }, { const: false }] },
  (input) => {
    if (input === false) return "";
    const valid = typeof input === "string" && TOKEN.test(input) && input.length <= 100;
    return valid ? input : new Refusal(`${show(input)} is not a pseudonym`);
  },
  { values: "token, or false" },
);

const forwardingObject = z.strictObject({
  xForwarded: option(
    z.boolean().default(DEFAULT_FORWARDING.xForwarded),
    "`X-Forwarded-For`, `-Proto`, `-Host` and `-Port`.",
  ),
  xRealIp: option(z.boolean().default(DEFAULT_FORWARDING.xRealIp), "`X-Real-IP`."),
  forwarded: option(z.boolean().default(DEFAULT_FORWARDING.forwarded), "`Forwarded` (RFC 7239)."),
  via: option(via.default(DEFAULT_FORWARDING.via), "Our name in `Via` (RFC 9110 §7.6.3). `false`: no `Via`."),
  traceparent: option(
    z.boolean().default(DEFAULT_FORWARDING.traceparent),
    "W3C Trace Context: continues a trace or begins one.",
  ),
  underscores: option(
    z.boolean().default(DEFAULT_FORWARDING.underscores),
    "Fields with `_` in their names go on. Else they are dropped, since CGI, WSGI and Rack read `A_B` as `A-B`; what they would read as a field that the edge writes or checks (`X_Forwarded_For`, `Content_Length`) is dropped in any case.",
  ),
  trace: option(
    z.boolean().default(DEFAULT_FORWARDING.trace),
    "The method TRACE goes on. Else it gets 405 ([trace-refused](faults.md#trace-refused)).",
  ),
});

export const forwarding = option(forwardingObject.prefault({}), "");
