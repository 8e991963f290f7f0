/** `balance` and `slowStart` of a pool: how a target is picked. */
import { z } from "zod";
import { BALANCE_NAMES } from "../balancers.ts";
import type { BalanceName } from "../../contract/balancer.ts";
import type { BalancePlan, TargetSourcePlan } from "../../contract/plan.ts";
import { goesWith } from "../../schema/check.ts";
import type { Report } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { nearestWord } from "../../schema/nearest.ts";
import { TOKEN } from "../../schema/token.ts";
import { Refusal, choiceAmong, duration, show, value, whole } from "../../schema/value.ts";
import { nearestPrime } from "./prime.ts";
import { weighted } from "./targets.ts";

export interface NormalBalance extends Omit<BalancePlan, "key"> {
  /** Null for algorithms that do not hash. */
  readonly key: NormalKey | null;
}

/** Field names in small letters. */
export type NormalKey =
  | { readonly kind: "client" }
  | { readonly kind: "path" }
  | { readonly kind: "field" | "cookie" | "query"; readonly name: string };

const HOUR = 3_600_000;
const MOST_BOUND = 10;
/** Below it almost every pick would go past a full target. */
const LEAST_BOUND = 1.05;
/** 20 MB for a pool. */
const MOST_ENTRIES = 5_000_011;

const DEFAULT_BALANCE: Pick<BalancePlan, "boundedLoad" | "virtualNodes" | "tableSize" | "slowStart"> = {
  /** Without a bound a key stays at its target as long as that is up, which is what hashing is chosen for. */
  boundedLoad: 0,
  /** The shares of equal targets differ by about 1/√160 = 8 %; the ring of a hundred targets stays below 200 KB. */
  virtualNodes: 160,
  /** A hundred entries for each of 655 targets: their shares differ by about 1 %. */
  tableSize: 65_537,
  /** Milliseconds; 0: at once. */
  slowStart: 0,
};

const KEY_KINDS = ["cookie", "field", "query"] as const;
const KEY_JSON = {
  anyOf: [
    { enum: ["client", "path"] },
    ...KEY_KINDS.map((kind) => ({
      type: "object",
      properties: { [kind]: { type: "string" } },
      required: [kind],
      additionalProperties: false,
    })),
  ],
};

const key = value(
  'client, path, { cookie: "…" }, { field: "…" } or { query: "…" }',
  KEY_JSON,
  (input): NormalKey | Refusal => {
    if (input === "client" || input === "path") return { kind: input };
    if (typeof input === "string")
      return new Refusal(`${show(input)} is not a key`, undefined, nearestWord(input, ["client", "path"]));
    const entries = typeof input === "object" && input !== null ? Object.entries(input) : [];
    const [kind, name] = entries[0] ?? [];
    if (entries.length !== 1 || kind === undefined) return new Refusal(`${show(input)} is not a key`);
    const known = KEY_KINDS.find((word) => word === kind);
    if (known === undefined)
      return new Refusal(`no key is called ${show(kind)}`, undefined, nearestWord(kind, KEY_KINDS));
    if (typeof name !== "string" || name === "") return new Refusal(`${known} is ${show(name)}`, "a name");
    if (known !== "query" && !TOKEN.test(name)) return new Refusal(`${show(name)} is not a ${known}'s name`, "a token");
    // RFC 9110 §5.1: field names are case-insensitive; names of parameters and cookies are not.
    return { kind: known, name: known === "field" ? name.toLowerCase() : name };
  },
  { values: "`client`, `path`, `{ cookie }`, `{ field }`, `{ query }`", initial: "`client`" },
);

const boundedLoad = value(
  `a number from ${LEAST_BOUND} to ${MOST_BOUND}, or 0 for no limit`,
  { anyOf: [{ const: 0 }, { type: "number", minimum: LEAST_BOUND, maximum: MOST_BOUND }] },
  (input) =>
    typeof input === "number" && (input === 0 || (input >= LEAST_BOUND && input <= MOST_BOUND))
      ? input
      : new Refusal(`${show(input)} is not a limit`),
  { values: `0, or ${LEAST_BOUND} to ${MOST_BOUND}` },
);

const tableSize = value(
  `a prime from 2 to ${MOST_ENTRIES}`,
  { type: "integer", minimum: 2, maximum: MOST_ENTRIES },
  (input) => {
    if (typeof input !== "number" || !Number.isInteger(input))
      return new Refusal(`${show(input)} is not a whole number`);
    if (input > MOST_ENTRIES) return new Refusal(`${input} is too large`);
    const nearest = nearestPrime(Math.max(2, input));
    return nearest === input ? input : new Refusal(`${input} is not a prime`, undefined, String(nearest));
  },
  { values: `a prime up to ${MOST_ENTRIES}` },
);

/** As nginx, HAProxy, Caddy, Traefik and Envoy call them. */
const OTHER_NAMES: Readonly<Record<string, BalanceName>> = {
  rr: "round-robin",
  staticrr: "round-robin",
  wrr: "weighted-round-robin",
  leastconn: "least-connections",
  leastrequest: "least-connections",
  leastpending: "least-connections",
  lc: "least-connections",
  leastresponsetime: "least-time",
  ewma: "least-time",
  peakewma: "least-time",
  p2c: "power-of-two-choices",
  randomchoose: "power-of-two-choices",
  randomtwo: "power-of-two-choices",
  source: "ip-hash",
  sourceip: "ip-hash",
  clientip: "ip-hash",
  clientiphash: "ip-hash",
  hash: "ring-hash",
  consistenthash: "ring-hash",
  uri: "ring-hash",
  urihash: "ring-hash",
  header: "ring-hash",
  cookie: "ring-hash",
  query: "ring-hash",
};

const algorithm = choiceAmong(BALANCE_NAMES, OTHER_NAMES);

/** Without these a pool goes by its client's address, or not by a hash at all. */
const HASHING: readonly BalanceName[] = ["ring-hash", "maglev"];

const balanceObject = z.strictObject({
  algorithm: option(algorithm, "The long form.", { values: "see below" }),
  key: option(
    key.optional(),
    "For `ring-hash` and `maglev`: what of a request is hashed. A request without it goes by its client's address.",
  ),
  boundedLoad: option(
    boundedLoad.optional(),
    "For `ring-hash` and `maglev`: a target takes at most this many times the mean load, then the hash goes on to the next. 0: no limit.",
    { initial: `\`${DEFAULT_BALANCE.boundedLoad}\`` },
  ),
  virtualNodes: option(
    whole(1, 1000).optional(),
    "For `ring-hash`: points on the ring for each unit of weight. More make the shares more even and the ring larger.",
    { initial: `\`${DEFAULT_BALANCE.virtualNodes}\`` },
  ),
  tableSize: option(
    tableSize.optional(),
    "For `maglev`: entries of the table, at best a hundred times the number of targets or more.",
    { initial: `\`${DEFAULT_BALANCE.tableSize}\`` },
  ),
});

/** With which algorithms each option goes. */
const checkedObject = goesWith(balanceObject, (parts) => parts.algorithm ?? null, {
  key: HASHING,
  boundedLoad: HASHING,
  virtualNodes: ["ring-hash"],
  tableSize: ["maglev"],
});

/** What was said of the algorithm and its options; `balanceOf` fills in the rest. */
export interface BalanceParts {
  readonly algorithm: BalanceName;
  readonly key?: NormalKey | undefined;
  readonly boundedLoad?: number | undefined;
  readonly virtualNodes?: number | undefined;
  readonly tableSize?: number | undefined;
}

export const balance = option(
  z
    .union([algorithm, checkedObject])
    .transform((input): BalanceParts => (typeof input === "string" ? { algorithm: input } : input))
    .optional(),
  "How a target is picked. The default is `weighted-round-robin` when weights are given or can be found (`srv`, `file`, `admin`).",
  { values: "an algorithm, or an object", initial: "`round-robin`" },
);

export const slowStart = option(
  duration(0, HOUR).default(DEFAULT_BALANCE.slowStart),
  "In which a target that comes into use (a new one, or one that is up again) rises to its full weight.",
);

/** What the algorithm and the targets say against each other. */
export function checkBalance(
  sources: readonly TargetSourcePlan[],
  parts: BalanceParts | undefined,
  report: Report,
): void {
  if (parts?.algorithm === "round-robin" && weighted(sources) === "given") {
    const expected = "weighted-round-robin, or another algorithm";
    const hints = { expected, nearest: "weighted-round-robin" };
    report(["balance"], "round-robin ignores the weights of the targets", hints);
  }
  const listed = sources.reduce((sum, source) => sum + (source.kind === "config" ? source.endpoints.length : 0), 0);
  if (parts?.tableSize === undefined || parts.tableSize >= listed) return;
  const message = `${parts.tableSize} entries are too few for ${listed} targets`;
  report(["balance", "tableSize"], message, { expected: "a prime of about a hundred times their number" });
}

/** Weights ask for an algorithm that uses them, so they choose it when nothing else does. */
export function balanceOf(
  sources: readonly TargetSourcePlan[],
  parts: BalanceParts | undefined,
  rise: number,
): NormalBalance {
  const name = parts?.algorithm ?? (weighted(sources) === "never" ? "round-robin" : "weighted-round-robin");
  return {
    algorithm: name,
    key: hashes(name) ? (parts?.key ?? { kind: "client" }) : null,
    boundedLoad: parts?.boundedLoad ?? DEFAULT_BALANCE.boundedLoad,
    virtualNodes: parts?.virtualNodes ?? DEFAULT_BALANCE.virtualNodes,
    tableSize: parts?.tableSize ?? DEFAULT_BALANCE.tableSize,
    slowStart: rise,
  };
}

/** Goes by a hash: of the key, which for `ip-hash` is always the client's address. */
function hashes(name: BalanceName): boolean {
  return name === "ip-hash" || HASHING.includes(name);
}
