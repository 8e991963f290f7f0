/** `steering` of a zone: every value. What has to go together is judged by `checkSteering`, for the whole config. */
import { z } from "zod";
import type { AddressOption, NameOptions, PopChoice } from "../steering/options.ts";
import { MAX_STEERED_TTL, readAddress } from "../steering/read-options.ts";
import { ttl, domainName } from "./schema-dns-value.ts";
import { ALWAYS, SAID, isFields, reporter } from "../../schema/check.ts";
import { network } from "../../schema/address.ts";
import { note, option, reference } from "../../schema/facts.ts";
import { Refusal, choice, defined, show, text, value, whole } from "../../schema/value.ts";

const MAX_WEIGHT = 65_535;

const poolName = note(reference("pool", z.string()), { values: "name of a pool", initial: "none" });

const addressText = text(
  "an address such as 192.0.2.1 or 2001:db8::1",
  (input) => (readAddress(input) === null ? new Refusal(`${show(input)} is not an IPv4 or IPv6 address`) : input),
  { values: "address" },
);

function number(expected: string, min: number, max: number) {
  const read = (input: unknown): number | Refusal =>
    typeof input === "number" && input >= min && input <= max
      ? input
      : new Refusal(`${show(input)} is not ${min} to ${max}`);
  return value(expected, { type: "number", minimum: min, maximum: max }, read, { values: `${min} to ${max}` });
}

const portion = value(
  "a share of the capacity, such as 0.9",
  { type: "number", exclusiveMinimum: 0 },
  (input) =>
    typeof input === "number" && input > 0 && input < Infinity ? input : new Refusal(`${show(input)} is not a share`),
  { values: "share" },
);

const addressObject = z.strictObject({
  address: option(addressText, "The long form."),
  weight: option(whole(0, MAX_WEIGHT).optional(), "With `pick: one`.", { initial: "1" }),
  health: option(poolName.optional(), "Answered only while the pool has a target that is up."),
});

const address = z
  .union([addressText, addressObject])
  .transform((input): AddressOption => (typeof input === "string" ? input : defined(input)));

const popObject = z.strictObject({
  addresses: option(z.array(address).min(1), "IPv4 and IPv6, up to 32 of each.", {
    values: "list",
  }),
  health: option(poolName.optional(), "The same for the whole group."),
  load: option(poolName.optional(), "Whose share of capacity counts for `spillAbove`.", {
    initial: "health",
  }),
  weight: option(whole(0, MAX_WEIGHT).optional(), "Share of the clients, when several groups qualify.", {
    initial: "1",
  }),
  latitude: option(number("degrees north, -90 to 90", -90, 90).optional(), "Degrees north, for `nearest`."),
  longitude: option(number("degrees east, -180 to 180", -180, 180).optional(), "Degrees east."),
});

const pop = popObject.transform((input) => defined(input));

const popChoice: z.ZodType<PopChoice> = z.union([
  z.string(),
  z.array(z.string()),
  z.record(z.string(), whole(0, MAX_WEIGHT)),
]);

const nearestObject = z.strictObject({
  default: option(popChoice, "For clients whose place is not known.", {
    values: "group, list or weights",
  }),
});

const steeredName = z.strictObject({
  alias: option(
    domainName.optional(),
    "The addresses of another name, also at the zone's own name, where no CNAME can stand.",
  ),
  minimumTtl: option(
    ttl(1, MAX_STEERED_TTL).optional(),
    "With `alias`: bounds of the TTL that the other name's addresses have.",
    {
      initial: "5s",
    },
  ),
  maximumTtl: option(ttl(1, MAX_STEERED_TTL).optional(), "", { initial: "1h" }),
  ttl: option(
    ttl(1, MAX_STEERED_TTL).optional(),
    "With `pops`: after this time clients ask again and may get another answer.",
    {
      initial: "30s",
    },
  ),
  pops: option(z.record(z.string(), pop).optional(), "Groups of addresses: points of presence, providers, versions.", {
    values: "names and objects",
  }),
  geography: option(
    z.record(z.string(), popChoice).optional(),
    "By where the client is: `10.0.0.0/8`, `asn:64500`, `subdivision:US-CA`, `country:DE`, `continent:EU`, and `*`, which must be there. A group, a list in the order in which they are tried, or weights.",
    { values: "rules and groups" },
  ),
  nearest: option(nearestObject.optional(), "By distance along the great circle; all groups need coordinates."),
  spillAbove: option(portion.optional(), "Of a group's capacity, from which on its clients go to the next.", {
    initial: "1",
  }),
  returnBelow: option(portion.optional(), "Below which they come back.", { initial: "0.8" }),
  pick: option(
    choice("all", "rotate", "one").optional(),
    "What a query gets of a group: all addresses, all with another one first each time, or one by weight.",
    { initial: "all" },
  ),
  sticky: option(z.boolean().optional(), "The same network gets the same group and address as long as they are up.", {
    initial: "false",
  }),
  fallback: option(z.string().optional(), "Used when all others are down. Without it all are given then.", {
    values: "name of a group",
    initial: "none",
  }),
  subnet: option(
    z.union([choice("all", "none"), z.array(network)]).optional(),
    "Resolvers whose word on the client's network counts (EDNS Client Subnet, RFC 7871).",
    { values: "`all`, `none`, or networks", initial: "all" },
  ),
});

const OF_ALIASES: readonly string[] = ["alias", "minimumTtl", "maximumTtl"];

const ofOneKind = steeredName.superRefine((input: unknown, context) => {
  if (!isFields(input)) return;
  const keys = Object.keys(input).filter((key) => input[key] !== undefined);
  const isAlias = keys.includes("alias");
  const report = reporter(context);
  const stray = keys.find((key) => OF_ALIASES.includes(key) !== isAlias);
  if (stray !== undefined && (isAlias || keys.includes("pops"))) {
    const expected = isAlias ? OF_ALIASES.join(", ") : "pops and what goes with them";
    report([stray], isAlias ? "cannot be combined with alias" : "needs alias", { expected, at: "key" });
  }
  if (isAlias || keys.includes("pops")) return;
  // A misspelt key is said already.
  if (context.issues.length > 0) context.addIssue({ code: "custom", message: SAID });
  else report([], "answers nothing", { expected: "alias or pops" });
}, ALWAYS);

export const steering = z.record(
  z.string(),
  ofOneKind.transform((input): NameOptions => {
    const { alias, pops, minimumTtl, maximumTtl, ...rest } = defined(input);
    if (alias !== undefined) return defined({ alias, minimumTtl, maximumTtl });
    return { ...rest, pops: pops! };
  }),
);
