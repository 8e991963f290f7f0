/** SRV records (RFC 2782) and the addresses of their names as endpoints. */
import type { ResolvedService } from "../../contract/resolver.ts";
import type { Endpoint } from "../../contract/target.ts";
import { scaleWeights } from "./scale-weights.ts";
import { sortAddresses } from "./sort-addresses.ts";

/** Priorities beyond the sixteenth share the last tier. */
const LAST_TIER = 15;

/** A server of one priority. */
interface Share {
  readonly host: string;
  readonly port: number;
  weight: number;
}

/**
 * The distinct priorities become tiers 0, 1, 2 … Within one of them the weights are shares: a record's weight is
 * parted among the addresses of its name, since RFC 2782 picks the record first and then an address of it. An address
 * and port that two records name has both their weights, in the better tier. Names without addresses are left out.
 */
export function srvEndpoints(
  records: readonly ResolvedService[],
  addressesOf: ReadonlyMap<string, readonly string[]>,
): Endpoint[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((left, right) => left - right);
  const endpoints: Endpoint[] = [];
  const placed = new Set<string>();
  for (const [rank, priority] of priorities.entries()) {
    const shares = sharesOf(
      records.filter((record) => record.priority === priority),
      addressesOf,
    ).filter((share) => !placed.has(keyOf(share)));
    for (const share of shares) placed.add(keyOf(share));
    const weights = scaleWeights(shares.map(({ weight }) => weight));
    for (const [index, { host, port }] of shares.entries()) {
      const tier = Math.min(rank, LAST_TIER);
      endpoints.push({ host, port, weight: weights[index]!, tier, backup: false, mode: "ready" });
    }
  }
  return endpoints;
}

/** Of the records of one priority, by address and then by port. */
function sharesOf(records: readonly ResolvedService[], addressesOf: ReadonlyMap<string, readonly string[]>): Share[] {
  const ports = new Map<string, Map<number, Share>>();
  for (const { name, port, weight } of records) {
    const hosts = addressesOf.get(name) ?? [];
    for (const host of hosts) {
      const ofHost = ports.get(host) ?? new Map<number, Share>();
      ports.set(host, ofHost);
      const share = ofHost.get(port) ?? { host, port, weight: 0 };
      ofHost.set(port, share);
      share.weight += weight / hosts.length;
    }
  }
  return sortAddresses(ports.keys()).flatMap((host) =>
    [...ports.get(host)!.values()].sort((left, right) => left.port - right.port),
  );
}

function keyOf({ host, port }: Share): string {
  return `${host} ${port}`;
}
