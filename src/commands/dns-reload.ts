/** `roundtrip dns reload`: the running edge reads zones again, and asks the primaries of those that it fetches. */
import type { ZoneStatus } from "../dns/transfer/zone-status.ts";
import { type AdminChoice, refusal, requireAdmin } from "./admin-client.ts";
import type { ExitCode } from "./command-failure.ts";
import { printZones } from "./dns-zones.ts";

export interface DnsReloadOptions extends AdminChoice {
  readonly json?: boolean;
  readonly force?: boolean;
}

/** `zones`: as the config writes them; none: all. */
export async function dnsReload(zones: readonly string[], options: DnsReloadOptions): Promise<ExitCode> {
  const { force = false } = options;
  const body = zones.length === 0 ? { force } : { zones, force };
  const answer = await requireAdmin(options).post("/dns/zones/reload", body);
  if (answer.status !== 200) throw refusal(answer);
  // Written by an edge of this same program.
  return printZones(answer.body as ZoneStatus[], options);
}
