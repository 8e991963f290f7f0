/** Our DNS server on free ports of 127.0.0.1, with the test zones. */
import { AuthoritativeZone } from "../../../src/dns/authority/authoritative-zone.ts";
import { ServerCookies } from "../../../src/dns/authority/server-cookies.ts";
import { ZoneSet } from "../../../src/dns/authority/zone-set.ts";
import { type DnsServerOptions, type RunningDnsServer, startDnsServer } from "../../../src/dns/server/dns-server.ts";
import type { CertificatePair } from "../../../src/contract/certificate-source.ts";
import { authoritative, type ZoneText } from "../../support/dns-zones.ts";

export interface TestDnsServer {
  /** Of UDP and TCP. */
  readonly port: number;
  /** Of DNS over TLS; 0 without a certificate. */
  readonly tlsPort: number;
  readonly server: RunningDnsServer;
  readonly zones: ZoneSet;
  stop(): Promise<void>;
}

export interface TestDnsOptions extends Partial<DnsServerOptions> {
  readonly certificate?: CertificatePair;
  readonly host?: string;
}

const SECRET = new Uint8Array(16).fill(7);

/** A server cookie that this server takes as its own (RFC 7873). */
export function testCookies(): ServerCookies {
  return new ServerCookies(SECRET);
}

export async function startTestDns(
  served: ReadonlyArray<ZoneText | AuthoritativeZone>,
  options: TestDnsOptions = {},
): Promise<TestDnsServer> {
  const { certificate, host = "127.0.0.1", ...others } = options;
  const zones = new ZoneSet();
  for (const zone of served) zones.set(zone instanceof AuthoritativeZone ? zone : authoritative(zone));
  const tls = certificate === undefined ? [] : [{ transport: "tls", host, port: 0 } as const];
  const server = await startDnsServer({
    zones,
    listen: [{ transport: "udp", host, port: 0 }, { transport: "tcp", host, port: 0 }, ...tls],
    cookies: { secret: SECRET },
    rateLimit: false,
    ...(certificate !== undefined && { certificates: { current: () => certificate, onChange: () => () => {} } }),
    ...others,
  });
  const portOf = (transport: string): number =>
    server.listening.find((listening) => listening.transport === transport)?.port ?? 0;
  return { port: portOf("udp"), tlsPort: portOf("tls"), server, zones, stop: () => server.stop(500) };
}
