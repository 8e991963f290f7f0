/** A pool of a compiled plan as lines of `roundtrip check`. */
import { formatHostPort } from "../bytes/address.ts";
import { formatDuration } from "../schema/units.ts";
import type { PoolPlan, TargetSourcePlan } from "../contract/plan.ts";
import type { Endpoint } from "../contract/target.ts";
import { balanceWords, checkWords, panicWords, passiveWords, sourceWords } from "../control/pool-words.ts";
import { count } from "../explain/words.ts";
import { wrapRow } from "./text-row.ts";

export function poolTree(pool: PoolPlan): string[] {
  const { balance, health, stickiness, timeouts, connections, queue, retry, drain } = pool;
  const words = balanceWords(balance);
  const most = connections.max === 0 ? "any number at once" : `${connections.max} at once`;
  return [
    `  ${pool.name}: ${targetCount(pool)}, ${balance.algorithm}`,
    ...pool.sources.flatMap(sourceLines),
    ...(words === balance.algorithm ? [] : wrapRow(4, "balance", words)),
    ...(stickiness === null ? [] : wrapRow(4, "sticky", stickiness.describe())),
    ...wrapRow(4, "check", health.check === null ? "none" : checkWords(health.check)),
    ...wrapRow(4, "traffic", passiveWords(health.passive)),
    ...wrapRow(4, "panic", panicWords(health.panic)),
    ...wrapRow(4, "drain", drain === 0 ? "no end" : `what still lives is cut after ${formatDuration(drain)}`),
    ...wrapRow(
      4,
      "timeouts",
      `connect ${time(timeouts.connect)}, first byte ${time(timeouts.firstByte)}, idle ${time(timeouts.idle)}, total ${time(timeouts.total)}`,
    ),
    ...wrapRow(
      4,
      "connections",
      `per target ${most}, ${connections.idle} idle for ${formatDuration(connections.idleTimeout)}`,
    ),
    ...wrapRow(4, "queue", `${queue.max} requests for at most ${formatDuration(queue.timeout)}`),
    ...wrapRow(
      4,
      "retry",
      `${count(retry.attempts, "further try", "further tries")}, at most ${Math.round(retry.budget * 100)} % of the requests or ${retry.minimum} per second${retry.hedge === 0 ? "" : `, beside the first after ${formatDuration(retry.hedge)}`}`,
    ),
  ];
}

/** "2 targets", "2 targets and 1 source of more": how many a source names is not known before it is asked. */
function targetCount({ sources }: PoolPlan): string {
  const listed = sources.reduce((sum, source) => sum + (source.kind === "config" ? source.endpoints.length : 0), 0);
  const others = sources.filter(({ kind }) => kind !== "config").length;
  if (others === 0) return count(listed, "target");
  const asked = count(others, "source");
  return listed === 0 ? asked : `${count(listed, "target")} and ${asked} of more`;
}

function sourceLines(source: TargetSourcePlan): string[] {
  if (source.kind !== "config") return wrapRow(4, "source", sourceWords(source) + commonWords(source));
  const addresses = source.endpoints.map(formatHostPort);
  const width = Math.max(0, ...addresses.map((address) => address.length));
  return source.endpoints.map((endpoint, index) => {
    return `    ${addresses[index]!.padEnd(width)}  ${endpointWords(endpoint)}`.trimEnd();
  });
}

function commonWords(source: TargetSourcePlan): string {
  const words = source.kind === "dns" ? endpointWords(source.endpoint) : "";
  return words === "" ? "" : `, ${words}`;
}

/** What is not as usual. */
function endpointWords({ weight, tier, backup, mode }: Omit<Endpoint, "host">): string {
  const words = [
    weight === 1 ? "" : `weight ${weight}`,
    tier === 0 ? "" : `priority ${tier}`,
    backup ? "backup" : "",
    mode === "ready" ? "" : mode,
  ];
  return words.filter((word) => word !== "").join(", ");
}

function time(milliseconds: number): string {
  return milliseconds === 0 ? "none" : formatDuration(milliseconds);
}
