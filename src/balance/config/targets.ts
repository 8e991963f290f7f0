/** `targets` of a pool: servers by address, and the sources that find them. */
import { normalize } from "node:path";
import { z } from "zod";
import type { RefreshPlan, TargetSourcePlan } from "../../contract/plan.ts";
import type { Endpoint } from "../../contract/target.ts";
import { formatHostPort, isHostName } from "../../bytes/address.ts";
import { address, reachable, targetAddress } from "../../schema/address.ts";
import { check, checkEntries, goesWith, oneOf } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { formatDuration } from "../../schema/units.ts";
import { Refusal, choice, duration, show, text, whole } from "../../schema/value.ts";

const DAY = 86_400_000;

/** One entry of the list. */
type TargetEntry =
  | { readonly kind: "address"; readonly endpoint: Endpoint }
  | Exclude<TargetSourcePlan, { readonly kind: "config" }>;

const DEFAULT_ENDPOINT: Omit<Endpoint, "host" | "port"> = { weight: 1, tier: 0, backup: false, mode: "ready" };

const DEFAULT_REFRESH: RefreshPlan = {
  /** Some servers answer with a TTL of 0: they are not asked more often than it takes to start a server. */
  minimum: 5000,
  /** An answer that may be kept for a day would hide for a day that a server has moved. */
  maximum: 300_000,
};

const serviceName = text(
  'a name such as "_http._tcp.users.internal"',
  (input) => {
    const port = /^(.*[^:]):\d+$/.exec(input)?.[1];
    if (port !== undefined) return new Refusal(`${show(input)} has a port, which the records say`, undefined, port);
    return isHostName(input.toLowerCase()) ? input.toLowerCase() : new Refusal(`${show(input)} is not a name`);
  },
  { values: "name" },
);

/** Where to look a name up: an address needs no looking up. */
const lookedUp = address(
  'a name such as "users.internal:8080"; an address stands under address',
  (parsed, written) => {
    const found = reachable(parsed, written);
    if (found instanceof Refusal || isHostName(found.host)) return found;
    return new Refusal("is an address and needs no DNS");
  },
  { values: "`name:port`" },
);

const fileName = text(
  'a file such as "./targets.json" or "./targets.yaml"',
  (input) => (input === "" ? new Refusal("is empty") : input),
  { values: "file" },
);

const refreshObject = z.strictObject({
  minimum: option(duration(100, DAY).optional(), "Not sooner than this, also when the TTL is 0.", {
    initial: `\`${formatDuration(DEFAULT_REFRESH.minimum)}\``,
  }),
  maximum: option(duration(100, DAY).optional(), "Not later than this.", {
    initial: `\`${formatDuration(DEFAULT_REFRESH.maximum)}\``,
  }),
});

const refresh = check(refreshObject, ["minimum", "maximum"], ({ minimum, maximum }, report) => {
  if (minimum === undefined || maximum === undefined || minimum <= maximum) return;
  report(["maximum"], "is shorter than minimum", { expected: "at least minimum" });
}).transform((input): RefreshPlan => {
  const { minimum = DEFAULT_REFRESH.minimum, maximum = DEFAULT_REFRESH.maximum } = input;
  // Only one of them was given, and the other's default lies beyond it.
  return input.minimum === undefined
    ? { minimum: Math.min(minimum, maximum), maximum }
    : { minimum, maximum: Math.max(minimum, maximum) };
});

/** What holds for one target, or for every address of a name. */
const endpointOptions = {
  weight: option(
    whole(0, 256).optional(),
    "With `address` and `dns`. Its share, for every algorithm but `round-robin`. 0: no new requests but sticky ones.",
    { initial: `\`${DEFAULT_ENDPOINT.weight}\`` },
  ),
  priority: option(
    whole(0, 15).optional(),
    "With `address` and `dns`. Its tier: tier 0 takes the requests as long as it can, then tier 1, and so on.",
    { initial: `\`${DEFAULT_ENDPOINT.tier}\`` },
  ),
  backup: option(z.boolean().optional(), "With `address` and `dns`. Used only when no other target is up.", {
    initial: `\`${DEFAULT_ENDPOINT.backup}\``,
  }),
  mode: option(
    choice("ready", "drain", "maintenance").optional(),
    "With `address` and `dns`. `drain`: no new requests, live ones finish. `maintenance`: nor health checks. What an operator sets by command holds until this word changes.",
    { initial: `\`${DEFAULT_ENDPOINT.mode}\`` },
  ),
};

const KINDS = ["address", "dns", "srv", "file", "admin"] as const;
type Kind = (typeof KINDS)[number];

const entryObject = z.strictObject({
  address: option(targetAddress.optional(), "A server."),
  dns: option(lookedUp.optional(), "A server at every address (A and AAAA records) of a name."),
  srv: option(
    serviceName.optional(),
    "Servers as the SRV records of a name say (RFC 2782): host, port, weight, and priority as the tier.",
  ),
  file: option(
    fileName.optional(),
    "Servers as a file lists them: JSON, or YAML by its ending, a list as this one, of addresses and objects with `address`. It is watched, and may come later.",
  ),
  admin: option(z.literal(true).optional(), "Servers that come and go by the admin API, which must be on.", {
    values: "`true`",
  }),
  ...endpointOptions,
  refresh: option(
    refresh.optional(),
    "With `dns` and `srv`. A name is asked for again when the TTL of its records is over, within these bounds.",
  ),
});

type EntryParts = z.output<typeof entryObject>;

/** Of an entry that says it well; null when it says none or several. */
function kindOf(parts: Partial<EntryParts>): Kind | null {
  const kinds = KINDS.filter((kind) => parts[kind] !== undefined);
  return kinds.length === 1 ? kinds[0]! : null;
}

const entry = goesWith(oneOf(entryObject, KINDS, { none: "names no target", many: "kinds" }), kindOf, {
  // SRV records and files have weights and priorities of their own.
  weight: ["address", "dns"],
  priority: ["address", "dns"],
  backup: ["address", "dns"],
  mode: ["address", "dns"],
  refresh: ["dns", "srv"],
});

const targetEntry = z
  .union([targetAddress.transform((given): EntryParts => ({ address: given })), entry])
  .transform((input): TargetEntry => entryOf(kindOf(input)!, input));

function entryOf(kind: Kind, input: EntryParts): TargetEntry {
  const properties = propertiesOf(input);
  const bounds = input.refresh ?? DEFAULT_REFRESH;
  switch (kind) {
    case "address":
      return { kind, endpoint: { ...input.address!, ...properties } };
    case "dns": {
      const { host, port } = input.dns!;
      const endpoint = { port, ...properties };
      return { kind, text: `dns ${formatHostPort(input.dns!)}`, name: host, endpoint, refresh: bounds };
    }
    case "srv":
      return { kind, text: `srv ${input.srv!}`, name: input.srv!, refresh: bounds };
    case "file":
      // Made absolute when the whole config is normalised.
      return { kind, text: `file ${normalize(input.file!)}`, path: input.file! };
    case "admin":
      return { kind, text: "admin" };
  }
}

function propertiesOf(input: Partial<EntryParts>): Omit<Endpoint, "host" | "port"> {
  return {
    weight: input.weight ?? DEFAULT_ENDPOINT.weight,
    tier: input.priority ?? DEFAULT_ENDPOINT.tier,
    backup: input.backup ?? DEFAULT_ENDPOINT.backup,
    mode: input.mode ?? DEFAULT_ENDPOINT.mode,
  };
}

/** As many as a pool takes from all its sources together. */
const MOST = 16_384;

/** Each address and each source stands once. */
const entries = checkEntries(z.array(targetEntry).min(1).max(MOST), (list, report) => {
  const seen = new Set<string>();
  for (const [index, found] of list) {
    const isAddress = found.kind === "address";
    const name = isAddress ? formatHostPort(found.endpoint) : found.text;
    if (seen.has(name)) {
      const expected = isAddress ? "another address, or a weight for the first" : "another source";
      report([index], `${name} is ${isAddress ? "a target" : "a source"} of this pool already`, { expected });
    }
    seen.add(name);
  }
});

/** The entries as sources: the addresses are one, in front of the others. */
export const targets = option(
  entries.transform((list): readonly TargetSourcePlan[] => {
    const endpoints = list.flatMap((found) => (found.kind === "address" ? [found.endpoint] : []));
    const sources = list.flatMap((found): TargetSourcePlan[] => (found.kind === "address" ? [] : [found]));
    return endpoints.length === 0 ? sources : [{ kind: "config", text: "config", endpoints }, ...sources];
  }),
  "The servers, and the sources that find them. Each once.",
  { values: `1 to ${MOST}` },
);

const listedObject = z.strictObject({ address: targetAddress, ...endpointOptions });

/** The list in a file of targets: addresses, and objects with the properties that a target has in a config. */
export const targetList = checkEntries(
  z
    .array(
      z
        .union([targetAddress.transform((given) => ({ address: given })), listedObject])
        .transform((input): Endpoint => ({ ...input.address, ...propertiesOf(input) })),
    )
    .max(MOST),
  (list, report) => {
    const seen = new Set<string>();
    for (const [index, endpoint] of list) {
      const name = formatHostPort(endpoint);
      if (seen.has(name)) report([index], `${name} is in the list already`, { expected: "each target once" });
      seen.add(name);
    }
  },
);

/** Targets may have weights other than 1: some are given, or a source says them. */
export function weighted(sources: readonly TargetSourcePlan[]): "given" | "perhaps" | "never" {
  const given = sources.some((source) => {
    if (source.kind === "config") return source.endpoints.some(({ weight }) => weight !== DEFAULT_ENDPOINT.weight);
    return source.kind === "dns" && source.endpoint.weight !== DEFAULT_ENDPOINT.weight;
  });
  if (given) return "given";
  return sources.every(({ kind }) => kind === "config" || kind === "dns") ? "never" : "perhaps";
}
