/** `roundtrip dns reload`: the running edge reads zones again, and asks the primaries of those that it fetches. */
import type { ZoneStatus } from "../dns/transfer/zone-status.ts";
import { refusal } from "./admin-client.ts";
import type { ExitCode } from "./command-failure.ts";
import { printZones } from "./dns-zones.ts";
import { type EdgeChoice, requireEdge } from "./find-edge.ts";

export interface DnsReloadOptions extends EdgeChoice {
  readonly json?: boolean;
  readonly force?: boolean;
}

/** `zones`: as the config writes them; none: all. */
export async function dnsReload(zones: readonly string[], options: DnsReloadOptions): Promise<ExitCode> {
  const { force = false } = options;
  const body = zones.length === 0 ? { force } : { zones, force };
  const admin = requireEdge(options);
  const answer = await admin.post("/dns/zones/reload", body);
  if (answer.status !== 200) throw refusal(answer);
  // Written by an edge of this same program.
  return printZones(admin.edge, answer.body as ZoneStatus[], options);
}
