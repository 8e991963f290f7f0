import type { PoolReport } from "../control/pool-report.ts";
import type { TargetReport } from "../control/target-report.ts";
import { nearestHint } from "../control/nearest-hint.ts";
import { type AdminClient, refusal } from "./admin-client.ts";
import { CommandFailure } from "./command-failure.ts";
import { poolPath } from "./pool-path.ts";

/** The target of a pool by its address or an unambiguous part of it. @throws CommandFailure */
export async function findTarget(admin: AdminClient, pool: string, text: string): Promise<TargetReport> {
  const answer = await admin.get(poolPath(pool));
  if (answer.status !== 200) throw refusal(answer);
  // Written by an edge of this same program.
  return matchTarget(answer.body as PoolReport, text);
}

/** A whole address goes before a part of others, and an end (":9001", "9001") before any other part. */
export function matchTarget({ name, targets }: Pick<PoolReport, "name" | "targets">, text: string): TargetReport {
  const word = text.toLowerCase();
  const port = word.startsWith(":") ? word : `:${word}`;
  const all = targets.map((target) => ({ target, address: target.address.toLowerCase() }));
  for (const fits of [
    (address: string) => address === word,
    (address: string) => address.endsWith(port),
    (address: string) => address.startsWith(`${word}:`),
    (address: string) => word !== "" && address.includes(word),
  ]) {
    const found = all.filter(({ address }) => fits(address));
    if (found.length === 1) return found[0]!.target;
    if (found.length > 1) {
      const addresses = found.map(({ target }) => target.address);
      throw new CommandFailure(`"${text}" is part of ${addresses.length} targets of pool "${name}"`, listed(addresses));
    }
  }
  const addresses = targets.map(({ address }) => address);
  throw new CommandFailure(`pool "${name}" has no target "${text}"`, nearestHint(text, addresses));
}

const MAX_LISTED = 6;

function listed(addresses: readonly string[]): string {
  const more = addresses.length > MAX_LISTED ? `, and ${addresses.length - MAX_LISTED} more` : "";
  return `Give more of it: ${addresses.slice(0, MAX_LISTED).join(", ")}${more}.`;
}
