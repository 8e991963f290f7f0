/** `balance` of a pool: how a target is picked. */
import { z } from "zod";
import { BALANCE_NAMES } from "../balance/balancers.ts";
import type { BalanceName } from "../contract/balancer.ts";
import { nearestWord } from "./nearest.ts";
import type { NormalKey } from "./normal-config.ts";
import { nearestPrime } from "./prime.ts";
import { TOKEN } from "./schema-token.ts";
import { Refusal, choice, show, value, whole } from "./schema-value.ts";

const MOST_BOUND = 10;
/** Below it almost every pick would go past a full target. */
const LEAST_BOUND = 1.05;
/** 20 MB for a pool. */
const MOST_ENTRIES = 5_000_011;

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
      return new Refusal(`${show(input)} is no key`, undefined, nearestWord(input, ["client", "path"]));
    const entries = typeof input === "object" && input !== null ? Object.entries(input) : [];
    const [kind, name] = entries[0] ?? [];
    if (entries.length !== 1 || kind === undefined) return new Refusal(`${show(input)} is no key`);
    const known = KEY_KINDS.find((word) => word === kind);
    if (known === undefined)
      return new Refusal(`no key is called ${show(kind)}`, undefined, nearestWord(kind, KEY_KINDS));
    if (typeof name !== "string" || name === "") return new Refusal(`${known} is ${show(name)}`, "a name");
    if (known !== "query" && !TOKEN.test(name)) return new Refusal(`${show(name)} is no ${known}'s name`, "a token");
    // RFC 9110 §5.1: field names are case-insensitive; names of parameters and cookies are not.
    return { kind: known, name: known === "field" ? name.toLowerCase() : name };
  },
);

const boundedLoad = value(
  `a number from ${LEAST_BOUND} to ${MOST_BOUND}, or 0 for no bound`,
  { anyOf: [{ const: 0 }, { type: "number", minimum: LEAST_BOUND, maximum: MOST_BOUND }] },
  (input) =>
    typeof input === "number" && (input === 0 || (input >= LEAST_BOUND && input <= MOST_BOUND))
      ? input
      : new Refusal(`${show(input)} is no bound`),
);

const tableSize = value(
  `a prime from 2 to ${MOST_ENTRIES}`,
  { type: "integer", minimum: 2, maximum: MOST_ENTRIES },
  (input) => {
    if (typeof input !== "number" || !Number.isInteger(input)) return new Refusal(`${show(input)} is no whole number`);
    if (input > MOST_ENTRIES) return new Refusal(`${input} is too large`);
    const nearest = nearestPrime(Math.max(2, input));
    return nearest === input ? input : new Refusal(`${input} is no prime`, undefined, String(nearest));
  },
);

const algorithm = choice(...BALANCE_NAMES);

const HASHING: readonly BalanceName[] = ["ring-hash", "maglev"];

/** With which algorithms each option goes. */
const OPTIONS = {
  key: HASHING,
  boundedLoad: HASHING,
  virtualNodes: ["ring-hash"],
  tableSize: ["maglev"],
} as const;

/** What was said of the algorithm and its options; the pool fills in the rest. */
export const balance = z
  .union([
    algorithm.transform((name) => ({ algorithm: name })),
    z.strictObject({
      algorithm,
      key: key.optional(),
      boundedLoad: boundedLoad.optional(),
      virtualNodes: whole(1, 1000).optional(),
      tableSize: tableSize.optional(),
    }),
  ])
  .transform((input, context): BalanceParts => {
    const parts: BalanceParts = input;
    for (const option of ["key", "boundedLoad", "virtualNodes", "tableSize"] as const) {
      const wanted: readonly BalanceName[] = OPTIONS[option];
      if (parts[option] === undefined || wanted.includes(parts.algorithm)) continue;
      const message = `does not go with ${parts.algorithm}`;
      const params = { expected: `it with ${wanted.join(" or ")}`, at: "key" };
      context.addIssue({ code: "custom", path: [option], message, params });
    }
    return parts;
  });

export interface BalanceParts {
  readonly algorithm: BalanceName;
  readonly key?: NormalKey | undefined;
  readonly boundedLoad?: number | undefined;
  readonly virtualNodes?: number | undefined;
  readonly tableSize?: number | undefined;
}

/** Goes by a hash: of the key, which for `ip-hash` is always the client's address. */
export function hashes(name: BalanceName): boolean {
  return name === "ip-hash" || HASHING.includes(name);
}
