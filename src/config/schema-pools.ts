/** `pools`: groups of upstream servers, put together from what balancing and the way upstream say of them. */
import { z } from "zod";
import { balance, balanceOf, checkBalance, slowStart } from "../balance/config/balance.ts";
import { drain, health } from "../balance/config/health.ts";
import { sticky } from "../balance/config/sticky.ts";
import { targets } from "../balance/config/targets.ts";
import { check, checkEntries } from "../schema/check.ts";
import type { Report } from "../schema/check.ts";
import { note, option } from "../schema/facts.ts";
import { show } from "../schema/value.ts";
import { upstreamOptions } from "../upstream/config.ts";
import type { NormalPool } from "./normal-config.ts";

const poolObject = z.strictObject({ slowStart, drain, ...upstreamOptions, targets, balance, sticky, health });

const poolSchema = check(poolObject, ["targets", "balance"], (parts, report) => {
  checkBalance(parts.targets, parts.balance, report);
}).transform(({ targets: sources, balance: parts, slowStart: rise, ...rest }): NormalPool => ({
  ...rest,
  sources,
  balance: balanceOf(sources, parts, rise),
}));

note(poolSchema, { longForm });

/** A list of servers, or one, where a pool belongs. */
function longForm(written: unknown): string | null {
  if (Array.isArray(written)) return `{ targets: ${show(written)} }`;
  return typeof written === "string" ? `{ targets: [${show(written)}] }` : null;
}

/** Names of pools appear in logs, metrics and URLs of the admin API. */
const poolName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);

const poolRecord = checkEntries(z.record(poolName, poolSchema), refuseSharedCookies, "sticky");

type PoolEntries = ReadonlyArray<readonly [string | number, Pick<NormalPool, "sticky">]>;

/**
 * A browser keeps one cookie for each name, domain and path (RFC 6265 §5.3): with a second pool's cookie in its place a
 * client would lose its target whenever it turns to the other pool.
 */
function refuseSharedCookies(entries: PoolEntries, report: Report): void {
  const owners = new Map<string, string | number>();
  for (const [name, { sticky: cookies }] of entries) {
    if (cookies === null) continue;
    const { cookie, domain, path } = cookies;
    const identity = [cookie, domain, path].join("\n");
    const owner = owners.get(identity);
    if (owner === undefined) {
      owners.set(identity, name);
      continue;
    }
    const message = `${cookie} is the cookie of pool ${owner} already, and each would replace the other`;
    report([name, "sticky", "cookie"], message, { expected: "another cookie or path" });
  }
}

export const pools = option(
  poolRecord.default({}),
  "Groups of upstream servers. A name is made of letters, digits and `. _ -`.",
  { values: "names and pools", names: { kind: "pool" } },
);
