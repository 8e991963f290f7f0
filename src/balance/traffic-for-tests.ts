import { requestOf, type Scenario, type TestLink } from "./scenario-for-tests.ts";

export interface Served {
  /** Until the answer's head comes, milliseconds. */
  readonly ms: number;
  readonly status: number;
}

export interface TrafficOptions {
  /** Each has one request under way at any time: the next one begins when it is answered. */
  readonly clients: number;
  readonly milliseconds: number;
  readonly serve: (host: string, dice: () => number) => Served;
  readonly dice: () => number;
}

interface UnderWay {
  readonly ends: number;
  readonly link: TestLink;
  readonly served: Served;
}

/** Lets clients use a scenario's pool for a while; how many requests each target got. The pool's clock has ticks of 100 ms. */
export function runTraffic(scenario: Scenario, options: TrafficOptions): Record<string, number> {
  const { clients, milliseconds, serve, dice } = options;
  const counts: Record<string, number> = {};
  for (const { host } of scenario.pool.targets) counts[host] = 0;
  const underWay: UnderWay[] = [];
  const begin = (now: number): void => {
    const target = scenario.pool.pick(requestOf({ key: Math.floor(dice() * 0x1_0000_0000) + 1 }), scenario.now, null);
    if (target === null) throw new Error("no target is usable");
    counts[target.host]!++;
    const served = serve(target.host, dice);
    const entry = { ends: now + served.ms, link: scenario.hold(target.host), served };
    const place = underWay.findIndex(({ ends }) => ends > entry.ends);
    underWay.splice(place < 0 ? underWay.length : place, 0, entry);
  };
  const end = scenario.now + milliseconds;
  for (let client = 0; client < clients; client++) begin(scenario.now);
  while (underWay[0]!.ends < end) {
    const { ends, link, served } = underWay.shift()!;
    scenario.pass(Math.floor((ends - scenario.now) / 100) * 100);
    scenario.pool.noteAnswer(link.target, served.status, served.ms * 1e6, scenario.now);
    link.end();
    begin(ends);
  }
  for (const { link } of underWay) link.end();
  scenario.pass(end - scenario.now);
  return counts;
}

/** Per cent, rounded. */
export function sharesOf(counts: Record<string, number>): Record<string, number> {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.fromEntries(
    Object.entries(counts).map(([host, count]) => [host, Math.round((1000 * count) / all) / 10]),
  );
}
