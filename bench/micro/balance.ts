/**
 * What one pick costs for every algorithm, with 4, 10 and 10,000 targets: `npx bun bench/micro/balance.ts [--json]`.
 * `pick`: the pick alone. `request`: pick, take a connection, an answer comes, give the connection back: what a request
 * asks of the balancer, with 32 requests under way at any time.
 */
import type { Balancer, PickRequest } from "../../src/contract/balancer.ts";
import type { Target } from "../../src/contract/target.ts";
import { BALANCE_NAMES } from "../../src/balance/balancers.ts";
import { noteLatency } from "../../src/balance/target-load.ts";
import { balancerOf, equalTargets, requestOf } from "../../src/balance/pool-for-tests.ts";

const COUNTS = [4, 10, 10_000];
const UNDER_WAY = 32;
const PICKS_PER_ROUND = 200_000;
const ROUNDS = 9;
/** Requests are many and differ in their keys. */
const REQUESTS: readonly PickRequest[] = Array.from({ length: 4096 }, (_, index) =>
  requestOf(Math.imul(index + 1, 0x9e3779b9) >>> 0),
);

interface Figures {
  readonly algorithm: string;
  readonly targets: number;
  /** Nanoseconds each. */
  readonly pick: number;
  readonly request: number;
  readonly picksPerSecond: number;
}

function picks(balancer: Balancer): void {
  for (let index = 0; index < PICKS_PER_ROUND; index++) balancer.pick(REQUESTS[index & 4095]!, 0, null);
}

/** The oldest request is answered and over when the next one comes. */
class Traffic {
  readonly #balancer: Balancer;
  readonly #underWay: Array<Target | null> = Array.from({ length: UNDER_WAY }, () => null);
  #now = 0;

  constructor(balancer: Balancer) {
    this.#balancer = balancer;
  }

  run(): void {
    const balancer = this.#balancer;
    const underWay = this.#underWay;
    for (let index = 0; index < PICKS_PER_ROUND; index++) {
      const oldest = underWay[index % UNDER_WAY]!;
      if (oldest !== null) {
        noteLatency(oldest, 5 + (index & 7), this.#now);
        balancer.onLoad(oldest);
        oldest.active--;
        balancer.onLoad(oldest);
      }
      const target = balancer.pick(REQUESTS[index & 4095]!, this.#now, null)!;
      target.active++;
      balancer.onLoad(target);
      underWay[index % UNDER_WAY] = target;
      // Some 20,000 requests a second, and a clock of ten ticks.
      if (index % 2000 === 0) this.#now += 100;
    }
  }
}

/** Median over the rounds, nanoseconds for each pick. */
function measure(run: () => void): number {
  run();
  const times = Array.from({ length: ROUNDS }, () => {
    const start = Bun.nanoseconds();
    run();
    return (Bun.nanoseconds() - start) / PICKS_PER_ROUND;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

const figures: Figures[] = [];
for (const algorithm of BALANCE_NAMES) {
  for (const count of COUNTS) {
    const alone = balancerOf(algorithm, equalTargets(count));
    const pick = measure(() => picks(alone));
    const traffic = new Traffic(balancerOf(algorithm, equalTargets(count)));
    const request = measure(() => traffic.run());
    figures.push({ algorithm, targets: count, pick, request, picksPerSecond: Math.round(1e9 / pick) });
  }
}

if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ measured: new Date().toISOString(), underWay: UNDER_WAY, figures }, null, 2));
} else {
  const heads = COUNTS.flatMap((count) => [`${count}: pick`, "request"]);
  console.log(`${"ns each".padEnd(22)}${heads.map((head) => head.padStart(13)).join("")}`);
  for (const algorithm of BALANCE_NAMES) {
    const cells = figures.filter((one) => one.algorithm === algorithm).flatMap(({ pick, request }) => [pick, request]);
    console.log(`${algorithm.padEnd(22)}${cells.map((cell) => cell.toFixed(1).padStart(13)).join("")}`);
  }
}
