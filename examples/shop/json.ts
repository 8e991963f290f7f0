import type { z } from "zod";
import { Problem } from "./problem.ts";

/** Longest JSON body, bytes. */
export const MAX_JSON = 64 * 1024;

export function json(value: unknown, status = 200, fields: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(value, null, 2)}\n`, {
    status,
    headers: { "Content-Type": "application/json", ...fields },
  });
}

/** Reads and checks a JSON body. @throws Problem 400, 413, 415 or 422 that says what to fix. */
export async function readJson<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  const type = (request.headers.get("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json")) {
    const sent = type === "" ? "none" : type;
    throw new Problem(415, `Send JSON with "Content-Type: application/json"; the request's Content-Type is ${sent}.`);
  }
  const text = await readText(request);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `The body is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const wrong = checked.error.issues.map((issue) => `${issue.path.join(".") || "the body"}: ${issue.message}`);
  throw new Problem(422, `${wrong.join("; ")}.`);
}

/** The length is counted, not believed: a chunked body has no Content-Length. */
async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_JSON) throw new Problem(413, `The body may have ${MAX_JSON} bytes at most.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
