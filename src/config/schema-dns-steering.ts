/** `steering` of a zone: the shape alone. Whether it can work is judged by `checkSteering`, for the whole config. */
import { z } from "zod";
import type { AddressOption, NameOptions, PopChoice } from "../dns/steering/options.ts";
import { ttl, domainName } from "./schema-dns-value.ts";
import { Refusal, choice, defined, show, text, value, whole } from "./schema-value.ts";

const WEEK = 604_800;

const addressText = text("an address such as 192.0.2.1 or 2001:db8::1", (input) => input);

function number(expected: string, min: number, max: number) {
  return value(expected, { type: "number", minimum: min, maximum: max }, (input) =>
    typeof input === "number" && input >= min && input <= max
      ? input
      : new Refusal(`${show(input)} is not ${min} to ${max}`),
  );
}

const milliseconds = value("milliseconds, 0 or more", { type: "number", minimum: 0 }, (input) =>
  typeof input === "number" && input >= 0 && input < Infinity ? input : new Refusal(`${show(input)} is no time`),
);

const portion = value("a share of the capacity, such as 0.9", { type: "number", exclusiveMinimum: 0 }, (input) =>
  typeof input === "number" && input > 0 && input < Infinity ? input : new Refusal(`${show(input)} is no share`),
);

const address = z
  .union([
    addressText,
    z.strictObject({
      address: addressText,
      weight: whole(0, 65_535).optional(),
      health: z.string().optional(),
    }),
  ])
  .transform((input): AddressOption => (typeof input === "string" ? input : defined(input)));

const pop = z
  .strictObject({
    addresses: z.array(address).min(1),
    health: z.string().optional(),
    load: z.string().optional(),
    weight: whole(0, 65_535).optional(),
    latitude: number("degrees north, -90 to 90", -90, 90).optional(),
    longitude: number("degrees east, -180 to 180", -180, 180).optional(),
  })
  .transform((input) => defined(input));

const popChoice: z.ZodType<PopChoice> = z.union([z.string(), z.array(z.string()), z.record(z.string(), z.number())]);

const steeredName = z.strictObject({
  alias: domainName.optional(),
  minimumTtl: ttl(1, WEEK).optional(),
  maximumTtl: ttl(1, WEEK).optional(),
  ttl: ttl(1, WEEK).optional(),
  pops: z.record(z.string(), pop).optional(),
  geography: z.record(z.string(), popChoice).optional(),
  latency: z.record(z.string(), z.record(z.string(), milliseconds)).optional(),
  nearest: z.strictObject({ default: popChoice }).optional(),
  hysteresis: milliseconds.optional(),
  spillAbove: portion.optional(),
  returnBelow: portion.optional(),
  pick: choice("all", "rotate", "one").optional(),
  sticky: z.boolean().optional(),
  fallback: z.string().optional(),
  subnet: z.union([choice("all", "none"), z.array(z.string())]).optional(),
});

const OF_ALIASES: readonly string[] = ["alias", "minimumTtl", "maximumTtl"];

export const steering = z.record(
  z.string(),
  steeredName.transform((input, context): NameOptions => {
    const given = defined(input);
    const keys = Object.keys(given);
    const isAlias = given.alias !== undefined;
    const stray = keys.find((key) => OF_ALIASES.includes(key) !== isAlias);
    if (stray !== undefined && (isAlias || given.pops !== undefined)) {
      const message = isAlias ? "does not go with alias" : "goes with alias alone";
      const params = { expected: isAlias ? OF_ALIASES.join(", ") : "pops and what goes with them", at: "key" };
      context.addIssue({ code: "custom", path: [stray], message, params });
    }
    // zod runs a transform in spite of unknown keys; they are said already.
    if (context.issues.length > 0) return z.NEVER;
    const { alias, pops, minimumTtl, maximumTtl, ...rest } = given;
    if (alias !== undefined) return defined({ alias, minimumTtl, maximumTtl });
    if (pops !== undefined) return { ...rest, pops };
    context.addIssue({ code: "custom", message: "answers nothing", params: { expected: "alias or pops" } });
    return z.NEVER;
  }),
);
