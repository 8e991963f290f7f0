/** What a route can do with a request, other than to hand it to a pool as it is. */
import { z } from "zod";
import type { Handler } from "../contract/plan.ts";
import { fieldNameProblem, fieldValueProblem } from "../http/fields/field-rules.ts";
import { DEFAULT_REDIRECT, DEFAULT_RESPOND, DEFAULT_STATIC } from "./defaults.ts";
import type { NormalRedirect, NormalRespond, NormalRewrite, NormalStatic } from "./normal-config.ts";
import { Refusal, choice, defined, show, text, value, whole } from "./schema-value.ts";

export const fieldValue = text("visible ASCII characters, with spaces only between them", (input) => {
  const problem = fieldValueProblem(input);
  return problem === null ? input : new Refusal(problem);
});

const absolutePath = text('a path such as "/api"', (input) => {
  if (!input.startsWith("/")) return new Refusal(`${show(input)} does not begin with "/"`);
  return /[\s?#]/.test(input) ? new Refusal(`${show(input)} holds a space, "?" or "#"`) : input;
});

const relativeFile = text('a file name below the root, such as "index.html"', (input) => {
  if (input === "" || input.startsWith("/")) return new Refusal(`${show(input)} is no file name below the root`);
  return input.split(/[/\\]/).includes("..") ? new Refusal(`${show(input)} leads out of the root`) : input;
});

const someText = text("a string that is not empty", (input) => (input === "" ? new Refusal("is empty") : input));

const fieldRecord = z.record(z.string(), fieldValue).superRefine((input, context) => {
  for (const name of Object.keys(input)) {
    // The date is that of the reply, not of the config.
    const own = name.toLowerCase() === "date" ? "Date is written by the edge itself" : null;
    const message = fieldNameProblem(name) ?? own;
    if (message !== null) context.addIssue({ code: "custom", path: [name], message, params: { at: "key" } });
  }
});

export const respond = z
  .strictObject({
    status: whole(200, 599).default(DEFAULT_RESPOND.status),
    body: z.string().default(""),
    contentType: fieldValue.optional(),
    fields: fieldRecord.default({}),
  })
  .transform((input, context): NormalRespond => {
    // RFC 9110 §15.3.5, §15.3.6, §15.4.5: these have no content.
    if (input.body !== "" && [204, 205, 304].includes(input.status)) {
      context.addIssue({
        code: "custom",
        path: ["body"],
        message: `a ${input.status} response has no body`,
        params: { expected: "no body, or another status" },
      });
    }
    return { ...input, contentType: input.contentType ?? (input.body === "" ? "" : DEFAULT_RESPOND.contentType) };
  });

/** What `${…}` in `to` may name depends on the route's paths: `createRedirect` checks it. */
export const redirect = z
  .strictObject({
    to: text('a URL or path such as "https://${host}${path}" or "/new/${params.id}"', (input) => {
      if (input === "") return new Refusal("is empty");
      return /^[\x21-\x7e]+$/.test(input) ? input : new Refusal(`${show(input)} holds what a URL can not hold`);
    }),
    status: choice(301, 302, 303, 307, 308).default(DEFAULT_REDIRECT.status),
    keepQuery: z.boolean().default(DEFAULT_REDIRECT.keepQuery),
  })
  .transform((input): NormalRedirect => input);

export const rewrite = z
  .strictObject({
    stripPrefix: absolutePath.optional(),
    addPrefix: absolutePath.optional(),
    path: absolutePath.optional(),
  })
  .transform((input, context): NormalRewrite => {
    const prefixes = input.stripPrefix !== undefined || input.addPrefix !== undefined;
    if (prefixes === (input.path !== undefined)) {
      context.addIssue({
        code: "custom",
        message: prefixes ? "has both path and a prefix" : "says nothing",
        params: { expected: "either path, or stripPrefix, addPrefix or both" },
      });
    }
    return defined(input);
  });

const staticObject = z.strictObject({
  root: someText,
  stripPrefix: absolutePath.optional(),
  index: z.array(relativeFile).default([...DEFAULT_STATIC.index]),
  precompressed: z.boolean().default(DEFAULT_STATIC.precompressed),
  symlinks: choice("inside", "never", "anywhere").default(DEFAULT_STATIC.symlinks),
  cacheControl: fieldValue.optional(),
  fallback: relativeFile.optional(),
});

/** A string is the root. `root` is made absolute when the whole config is normalised. */
export const staticFiles = z
  .union([someText, staticObject])
  .transform((input): NormalStatic =>
    typeof input === "string" ? { root: input, ...DEFAULT_STATIC } : defined(input),
  );

export const handler = value(
  "a function (request, context) => Response, which only a TypeScript or JavaScript config can hold",
  { not: {}, description: "TypeScript config only" },
  (input) => (typeof input === "function" ? (input as Handler) : new Refusal(`${show(input)} is no function`)),
);
