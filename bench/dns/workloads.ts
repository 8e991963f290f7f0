import type { Transport } from "./peers/peer.ts";
import type { QueryName, ZoneName } from "./zones.ts";

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly transport: Transport;
  readonly zone: ZoneName;
  readonly queries: QueryName;
  /** Sockets or connections of the load, and queries in flight over all of them. */
  readonly clients: number;
  readonly outstanding: number;
}

const UDP = { transport: "udp", clients: 10, outstanding: 100 } as const;
/** Fifty questions in flight on each connection. */
const STREAMS = { clients: 10, outstanding: 500 } as const;

export const workloads: readonly Workload[] = [
  { name: "udp-small", title: "UDP, a small zone", zone: "small", queries: "small", ...UDP },
  { name: "udp-mix", title: "UDP, wildcards, aliases, NXDOMAIN, referrals", zone: "small", queries: "mix", ...UDP },
  { name: "tcp", title: "TCP, pipelined", transport: "tcp", zone: "small", queries: "small", ...STREAMS },
  { name: "dot", title: "DNS over TLS, pipelined", transport: "tls", zone: "small", queries: "small", ...STREAMS },
  {
    name: "doh",
    title: "DNS over HTTP, without TLS",
    transport: "http",
    zone: "small",
    queries: "small",
    clients: 10,
    outstanding: 100,
  },
  { name: "udp-large", title: "UDP, 500,000 names", zone: "large", queries: "large", ...UDP },
];
