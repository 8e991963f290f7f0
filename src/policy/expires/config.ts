/** Options of the policy `expires`. */
import { z } from "zod";
import { check } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { duration } from "../../schema/value.ts";
import type { ExpiresOptions } from "./expires.ts";

const YEAR = 365 * 24 * 3_600_000;
const lifetime = duration(0, 10 * YEAR);

/** RFC 9110 §8.3.1, or a whole kind of it. */
const mediaType = z
  .string()
  .regex(/^[\w!#$&^.+-]+\/(?:\*|[\w!#$&^.+-]+)$/, 'a media type such as "text/html" or "image/*"');

const expiresObject = check(
  z.strictObject({
    after: option(lifetime.optional(), "The long form: for what `types` does not name.", {
      initial: "nothing is said",
    }),
    types: option(z.record(mediaType, lifetime).optional(), "By media type; `image/*` stands for all of a kind.", {
      values: "media types and durations",
    }),
    override: option(
      z.boolean().default(false),
      "Also for replies that say themselves how long they are fresh (`Cache-Control`, `Expires`).",
    ),
  }),
  ["after", "types"],
  (options, report) => {
    if (options.after === undefined && Object.keys(options.types ?? {}).length === 0)
      report([], 'needs "after" or "types", or it has nothing to do');
  },
);

export const expiresSchema = option(
  z
    .union([lifetime, expiresObject])
    .transform((input): ExpiresOptions => (typeof input === "number" ? { after: input } : input)),
  "[Says for how long a reply is fresh](../../src/policy/expires/README.md), from now on: `Cache-Control: max-age` and `Expires`.",
  { values: "duration, or an object" },
);
