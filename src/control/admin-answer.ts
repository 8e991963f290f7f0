/** What the endpoints of the admin API share: how a request comes to them, and how they answer. */

/** A request to one endpoint. */
export interface AdminCall {
  readonly request: Request;
  readonly url: URL;
  /** Values of the path's `:names`, decoded, in their order. */
  readonly params: readonly string[];
}

export type AdminEndpoint = (call: AdminCall) => Response | Promise<Response>;

/** Endpoints by path (`/pools/:pool`), then by method. */
export type AdminEndpoints = Readonly<Record<string, Readonly<Record<string, AdminEndpoint>>>>;

/**
 * The request cannot be fulfilled, and the caller can fix that: 400 it is malformed, 404 there is no such thing,
 * 409 the state of things forbids it, 422 the config does.
 */
export class AdminProblem extends Error {
  readonly status: number;
  /** What to do instead: a sentence, or "". */
  readonly remedy: string;

  constructor(status: 400 | 404 | 409 | 422, message: string, remedy = "") {
    super(message);
    this.name = "AdminProblem";
    this.status = status;
    this.remedy = remedy;
  }
}

export function answer(status: number, value: unknown, fields: Readonly<Record<string, string>> = {}): Response {
  return Response.json(value, { status, headers: { ...FIELDS, ...fields } });
}

export function textAnswer(text: string, contentType: string): Response {
  return new Response(text, { headers: { ...FIELDS, "content-type": contentType } });
}

/** `remedy` is left out of the body when it is empty. */
export function failure(
  status: number,
  error: string,
  fields: Readonly<Record<string, string>> = {},
  remedy = "",
): Response {
  return answer(status, remedy === "" ? { error } : { error, remedy }, fields);
}

const FIELDS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** @throws AdminProblem when the body is not JSON. */
export async function readJson(request: Request): Promise<unknown> {
  try {
    return (await request.json()) as unknown;
  } catch {
    throw new AdminProblem(400, "the body is not JSON");
  }
}
