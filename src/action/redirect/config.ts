/** `redirect` of a route. */
import { z } from "zod";
import { option } from "../../schema/facts.ts";
import { Refusal, attempt, choice, show, text } from "../../schema/value.ts";
import { parseLocation } from "./location-template.ts";

/** 302: a permanent redirect is kept by browsers, so that a mistake could not be taken back. */
const DEFAULT_REDIRECT = { status: 302, keepQuery: true } as const;

const location = text(
  'a URL or path such as "https://${host}${path}" or "/new/${params.id}"',
  (input) => {
    if (input === "") return new Refusal("is empty");
    return /^[\x21-\x7e]+$/.test(input) ? input : new Refusal(`${show(input)} holds what a URL cannot hold`);
  },
  { values: "URL or path" },
);

export const redirect = option(
  z
    .strictObject({
      to: option(location, "May hold `${host}`, `${path}`, `${query}` and `${params.name}`."),
      status: option(
        choice(301, 302, 303, 307, 308).default(DEFAULT_REDIRECT.status),
        "301 and 308 are kept by browsers for a long time.",
      ),
      keepQuery: option(z.boolean().default(DEFAULT_REDIRECT.keepQuery), "Appends the request's query."),
    })
    .optional(),
  "[Sends the client elsewhere](../../src/action/redirect/README.md).",
  { longForm: (written) => (typeof written === "string" ? `{ to: ${show(written)} }` : null) },
);

/** What `${…}` in `to` may name depends on the paths of the route. Null: it can be used. */
export function redirectProblem(to: string, paths: readonly string[]): string | null {
  const template = attempt(() => parseLocation(to, paths));
  return template instanceof Refusal ? template.message : null;
}
