/** `respond` of a route. */
import { z } from "zod";
import { fieldNameProblem } from "../../http/fields/field-rules.ts";
import { check } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { show, whole } from "../../schema/value.ts";
import { fieldValue } from "../config-values.ts";
import { WITHOUT_BODY } from "./respond.ts";

const DEFAULT_STATUS = 200;
/** When there is a body. */
const DEFAULT_TYPE = "text/plain; charset=utf-8";

const fieldRecord = z.record(z.string(), fieldValue).superRefine((input, context) => {
  for (const name of Object.keys(input)) {
    // The date is that of the reply, not of the config.
    const own = name.toLowerCase() === "date" ? "Date is written by the edge itself" : null;
    const message = fieldNameProblem(name) ?? own;
    if (message !== null) context.addIssue({ code: "custom", path: [name], message, params: { at: "key" } });
  }
});

const respondObject = z.strictObject({
  status: option(whole(200, 599).default(DEFAULT_STATUS), ""),
  body: option(z.string().default(""), "Sent as UTF-8.", { initial: "none" }),
  contentType: option(fieldValue.optional(), "", { initial: `\`${DEFAULT_TYPE}\` with a body` }),
  fields: option(fieldRecord.default({}), "Further fields, but for those that frame the message.", {
    values: "names and values",
  }),
});

const checked = check(respondObject, ["status", "body"], ({ status, body }, report) => {
  if (body === "" || !WITHOUT_BODY.has(status)) return;
  report(["body"], `a ${status} response has no body`, { expected: "no body, or another status" });
});

/** `contentType` is empty when there is no body. */
export type NormalRespond = Required<z.output<typeof respondObject>> & { readonly contentType: string };

function longForm(written: unknown): string | null {
  if (typeof written === "number") return `{ status: ${written} }`;
  return typeof written === "string" ? `{ body: ${show(written)} }` : null;
}

export const respond = option(
  checked
    .transform((input): NormalRespond => ({
      ...input,
      contentType: input.contentType ?? (input.body === "" ? "" : DEFAULT_TYPE),
    }))
    .optional(),
  "Always [the same reply](../../src/action/respond/README.md).",
  { longForm },
);
