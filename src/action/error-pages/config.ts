/** `errorPages` of a route and of the edge. */
import { z } from "zod";
import { option } from "../../schema/facts.ts";
import { Refusal, oneOrMany, text } from "../../schema/value.ts";
import type { ErrorPagesOptions } from "./error-pages.ts";

const file = text("a file name", (input) => (input === "" ? new Refusal("is empty") : input), { values: "file" });

const pageObject = z.strictObject({
  file: option(oneOrMany(file), "The long form."),
  upstream: option(z.boolean().default(false), "Also in place of the errors that an upstream answers with."),
});

const page = z
  .union([oneOrMany(file), pageObject])
  .transform((input) =>
    "upstream" in input ? { files: input.file, upstream: input.upstream } : { files: input, upstream: false },
  );

const statuses = z
  .string()
  .regex(/^(?:[45]\d\d|[45]xx)$/, 'a status of an error such as "404", or "4xx" or "5xx" for all of a class');

export const errorPages = option(
  z
    .record(statuses, page)
    .transform((input): ErrorPagesOptions => input)
    .default({}),
  "[Your own pages](../../src/action/error-pages/README.md) for errors, by `404`, `4xx` or `5xx`. Of several files the one that the client accepts is sent.",
  { values: "statuses and files", initial: "none" },
);
