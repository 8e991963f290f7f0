/** `static` of a route. */
import { statSync } from "node:fs";
import { z } from "zod";
import { option } from "../../schema/facts.ts";
import { Refusal, choice, defined, show, text } from "../../schema/value.ts";
import { absolutePath, fieldValue } from "../config-values.ts";
import type { StaticOptions } from "./static.ts";

const DEFAULT_STATIC = { index: ["index.html"], precompressed: true, symlinks: "inside" } as const;

const folder = text("a string that is not empty", (input) => (input === "" ? new Refusal("is empty") : input), {
  values: "folder",
});

const relativeFile = text(
  'a file name below the root, such as "index.html"',
  (input) => {
    if (input === "" || input.startsWith("/")) return new Refusal(`${show(input)} is not a file name below the root`);
    return input.split(/[/\\]/).includes("..") ? new Refusal(`${show(input)} leads out of the root`) : input;
  },
  { values: "file name" },
);

const staticObject = z.strictObject({
  root: option(folder, "The long form. It must exist."),
  stripPrefix: option(absolutePath.optional(), "Removed from the front of the path before the file is looked up."),
  index: option(
    z.array(relativeFile).default([...DEFAULT_STATIC.index]),
    "Tried, in order, when a folder is asked for.",
    { values: "file names" },
  ),
  precompressed: option(
    z.boolean().default(DEFAULT_STATIC.precompressed),
    "Serve `file.br`, `file.zst` or `file.gz` beside `file` when the client accepts it.",
  ),
  symlinks: option(
    choice("inside", "never", "anywhere").default(DEFAULT_STATIC.symlinks),
    "`inside`: a link may point only below the root.",
  ),
  cacheControl: option(fieldValue.optional(), "Value of `Cache-Control`.", { initial: "none" }),
  fallback: option(
    relativeFile.optional(),
    "Answers with 200 when nothing is found: single-page applications. A path that ends like a file of another type (`.js`, `.png`) stays 404.",
    {
      initial: "none",
    },
  ),
});

/** A string is the root. `root` is made absolute when the whole config is completed. */
export const staticFiles = option(
  z
    .union([folder, staticObject])
    .transform((input): StaticOptions =>
      typeof input === "string" ? { root: input, ...DEFAULT_STATIC } : defined(input),
    )
    .optional(),
  "[Serves files](../../src/action/static/README.md).",
  { values: "folder, or an object" },
);

/** A root that is not there is a typing error far more often than a folder that comes later. `root`: absolute. */
export function isFolder(root: string): boolean {
  return statSync(root, { throwIfNoEntry: false })?.isDirectory() === true;
}
