import { z } from "zod";
import type { ExplainRequest } from "./edge-control.ts";

const schema = z.strictObject({
  method: z
    .string()
    .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, "is no method")
    .default("GET"),
  url: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).max(8192),
  fields: z
    .array(z.tuple([z.string().min(1).max(256), z.string().max(8192)]))
    .max(200)
    .default([]),
  client: z.union([z.ipv4(), z.ipv6()], { error: "must be an IP address" }).default("127.0.0.1"),
});

/** The body of `POST /explain`. @throws RangeError with what is wrong with it. */
export function readExplainBody(body: unknown): ExplainRequest {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new RangeError(
    result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
  );
}
