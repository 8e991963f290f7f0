/** `targets` of a pool: servers by address, and the sources that find them. */
import { normalize } from "node:path";
import { z } from "zod";
import type { RefreshPlan, TargetSourcePlan } from "../contract/plan.ts";
import type { Endpoint } from "../contract/target.ts";
import { formatHostPort, isHostName } from "../bytes/address.ts";
import { DEFAULT_ENDPOINT, DEFAULT_REFRESH } from "./defaults.ts";
import { targetAddress } from "./schema-address.ts";
import { Refusal, choice, duration, show, text, whole } from "./schema-value.ts";

const DAY = 86_400_000;

/** One entry of the list. */
type TargetEntry =
  | { readonly kind: "address"; readonly endpoint: Endpoint }
  | Exclude<TargetSourcePlan, { readonly kind: "config" }>;

const serviceName = text('a name such as "_http._tcp.users.internal"', (input) => {
  const port = /^(.*[^:]):\d+$/.exec(input)?.[1];
  if (port !== undefined) return new Refusal(`${show(input)} has a port, which the records say`, undefined, port);
  return isHostName(input.toLowerCase()) ? input.toLowerCase() : new Refusal(`${show(input)} is no name`);
});

const fileName = text('a file such as "./targets.json" or "./targets.yaml"', (input) =>
  input === "" ? new Refusal("is empty") : input,
);

export const refresh = z
  .strictObject({ minimum: duration(100, DAY).optional(), maximum: duration(100, DAY).optional() })
  .transform((input, context): RefreshPlan => {
    const { minimum = DEFAULT_REFRESH.minimum, maximum = DEFAULT_REFRESH.maximum } = input;
    if (input.minimum !== undefined && input.maximum !== undefined && minimum > maximum) {
      const params = { expected: "at least minimum" };
      context.addIssue({ code: "custom", path: ["maximum"], message: "is shorter than minimum", params });
    }
    // Only one of them was given, and the other's default lies beyond it.
    return input.minimum === undefined
      ? { minimum: Math.min(minimum, maximum), maximum }
      : { minimum, maximum: Math.max(minimum, maximum) };
  });

const entryObject = z.strictObject({
  address: targetAddress.optional(),
  dns: targetAddress.optional(),
  srv: serviceName.optional(),
  file: fileName.optional(),
  admin: z.literal(true).optional(),
  weight: whole(0, 256).optional(),
  priority: whole(0, 15).optional(),
  backup: z.boolean().optional(),
  mode: choice("ready", "drain", "maintenance").optional(),
  refresh: refresh.optional(),
});

type EntryParts = z.output<typeof entryObject>;

const KINDS = ["address", "dns", "srv", "file", "admin"] as const;
type Kind = (typeof KINDS)[number];

/** With which kinds each property goes. SRV records and files have weights and priorities of their own. */
const PROPERTIES: Readonly<Record<Exclude<keyof EntryParts, Kind>, readonly Kind[]>> = {
  weight: ["address", "dns"],
  priority: ["address", "dns"],
  backup: ["address", "dns"],
  mode: ["address", "dns"],
  refresh: ["dns", "srv"],
};

export const targetEntry = z
  .union([targetAddress.transform((address): EntryParts => ({ address })), entryObject])
  .transform((input, context): TargetEntry => {
    const kinds = KINDS.filter((kind) => input[kind] !== undefined);
    const [kind] = kinds;
    // A misspelt kind is reported as an unknown key with the right word beside it: that is enough.
    if (kind === undefined && context.issues.length > 0) return z.NEVER;
    if (kind === undefined || kinds.length > 1) {
      const message = kind === undefined ? "names no target" : `has ${kinds.length} kinds: ${kinds.join(", ")}`;
      const path = kind === undefined ? [] : [kinds[1]!];
      context.addIssue({ code: "custom", path, message, params: { expected: `exactly one of ${KINDS.join(", ")}` } });
      return z.NEVER;
    }
    for (const property of Object.keys(PROPERTIES) as Array<keyof typeof PROPERTIES>) {
      const wanted = PROPERTIES[property];
      if (input[property] === undefined || wanted.includes(kind)) continue;
      const message = `does not go with ${kind}`;
      const params = { expected: `it beside ${wanted.join(" or ")}`, at: "key" };
      context.addIssue({ code: "custom", path: [property], message, params });
    }
    if (input.dns !== undefined && !isHostName(input.dns.host)) {
      const params = { expected: "a name such as users.internal:8080; an address stands under address" };
      context.addIssue({ code: "custom", path: ["dns"], message: "is an address and needs no DNS", params });
    }
    return entryOf(kind, input);
  });

function entryOf(kind: Kind, input: EntryParts): TargetEntry {
  const properties = {
    weight: input.weight ?? DEFAULT_ENDPOINT.weight,
    tier: input.priority ?? DEFAULT_ENDPOINT.tier,
    backup: input.backup ?? DEFAULT_ENDPOINT.backup,
    mode: input.mode ?? DEFAULT_ENDPOINT.mode,
  };
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

/** As many as a pool takes from all its sources together. */
const MOST = 16_384;

/** The entries as sources: the addresses are one, in front of the others. Each address and each source stands once. */
export const targets = z
  .array(targetEntry)
  .min(1)
  .max(MOST)
  .transform((entries, context): readonly TargetSourcePlan[] => {
    // zod runs a transform in spite of unknown keys; they are said already.
    if (context.issues.length > 0) return [];
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const name = entry.kind === "address" ? formatHostPort(entry.endpoint) : entry.text;
      if (seen.has(name)) {
        const what = entry.kind === "address" ? "a target" : "a source";
        const expected = entry.kind === "address" ? "another address, or a weight for the first" : "another source";
        const message = `${name} is ${what} of this pool already`;
        context.addIssue({ code: "custom", path: [index], message, params: { expected } });
      }
      seen.add(name);
    }
    const endpoints = entries.flatMap((entry) => (entry.kind === "address" ? [entry.endpoint] : []));
    const found = entries.flatMap((entry): TargetSourcePlan[] => (entry.kind === "address" ? [] : [entry]));
    return endpoints.length === 0 ? found : [{ kind: "config", text: "config", endpoints }, ...found];
  });

/** Targets may have weights other than 1: some are given, or a source says them. */
export function weighted(sources: readonly TargetSourcePlan[]): "given" | "perhaps" | "never" {
  const given = sources.some((source) => {
    if (source.kind === "config") return source.endpoints.some(({ weight }) => weight !== DEFAULT_ENDPOINT.weight);
    return source.kind === "dns" && source.endpoint.weight !== DEFAULT_ENDPOINT.weight;
  });
  if (given) return "given";
  return sources.every(({ kind }) => kind === "config" || kind === "dns") ? "never" : "perhaps";
}
