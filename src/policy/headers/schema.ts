import { z } from "zod";
import { fieldEditsProblems } from "./field-edits-problems.ts";

function fieldEdits(direction: "request" | "reply") {
  return z
    .strictObject({
      remove: z.array(z.string()).optional(),
      set: z.record(z.string(), z.string()).optional(),
      add: z.record(z.string(), z.string()).optional(),
    })
    .superRefine((options, context) => {
      for (const { path, message } of fieldEditsProblems(options, direction)) {
        context.addIssue({ code: "custom", path: [...path], message });
      }
    });
}

export const headersSchema = z
  .strictObject({ request: fieldEdits("request").optional(), reply: fieldEdits("reply").optional() })
  .refine((options) => options.request !== undefined || options.reply !== undefined, {
    message: 'needs "request" or "reply", or it has nothing to do',
  });
