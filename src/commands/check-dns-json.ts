/** The name server of a config as data for other programs. Secrets are left out. */
import type { DnsCheck } from "../dns/config/check-dns.ts";
import type { NormalDns } from "../dns/config/normal-dns.ts";
import { stateOf } from "../dns/dnssec/key-times.ts";

export function dnsJson(dns: NormalDns, checked: DnsCheck | null): object {
  const { cookies = {}, rateLimit, nsid = null, chaos = null, streams } = dns.server;
  const now = Date.now() / 1000;
  return {
    listeners: dns.listen,
    tls: dns.tls,
    zones: dns.zones.map((zone) => {
      const { apex, source, transfer, signing, steered } = zone;
      const found = checked?.zones.find((one) => one.zone === zone);
      return {
        name: apex,
        source: source.kind === "records" ? { kind: source.kind } : source,
        serial: found === undefined || found.serial < 0 ? null : found.serial,
        records: found?.records ?? null,
        signing,
        keys: (found?.keys ?? []).map((key) => ({
          tag: key.key.tag,
          role: key.key.role,
          algorithm: key.key.algorithm,
          state: stateOf(key, now),
        })),
        transfer,
        steered,
        findings: found?.findings ?? [],
      };
    }),
    keys: dns.keys.map(({ name, algorithm }) => ({ name, algorithm })),
    cookies: cookies === false ? false : { requiredAbove: cookies.requiredAbove ?? null },
    rateLimit: rateLimit === false ? false : { ...rateLimit, exempt: dns.exempt },
    nsid,
    chaos,
    streams,
    geo: dns.steering?.databases ?? null,
    files: dns.files,
    serials: dns.serials,
  };
}
