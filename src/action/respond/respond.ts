import { NO_BODY, type Reply } from "../../contract/reply.ts";
import { fieldNameProblem, fieldValueProblem } from "../../http/fields/field-rules.ts";

export interface RespondOptions {
  /** 200…599. Default 200. */
  readonly status?: number | undefined;
  /** Text, sent as UTF-8. Default: none. */
  readonly body?: string | undefined;
  /** Default "text/plain; charset=utf-8" when there is a body. */
  readonly contentType?: string | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** RFC 9110 §15.3.5, §15.3.6, §15.4.5: these have no content. */
export const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * The reply that a route always gives; made once, sent many times.
 * @throws RangeError that names what cannot be sent
 */
export function createRespond(options: RespondOptions): Reply {
  const { status = 200, body = "", contentType = "", fields = {} } = options;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`status ${status} is not a final HTTP status: 200 to 599`);
  }
  if (body !== "" && WITHOUT_BODY.has(status)) {
    throw new RangeError(`a ${status} reply has no body (RFC 9110 §15)`);
  }
  const list = Object.entries(fields);
  const type = contentType === "" && body !== "" ? "text/plain; charset=utf-8" : contentType;
  if (type !== "" && !list.some(([name]) => name.toLowerCase() === "content-type"))
    list.unshift(["Content-Type", type]);
  for (const [name, value] of list) {
    const problem = fieldNameProblem(name) ?? fieldValueProblem(value);
    if (problem !== null) throw new RangeError(`field ${name}: ${problem}`);
  }
  return {
    status,
    fields: list,
    body: body === "" ? NO_BODY : { kind: "bytes", bytes: Buffer.from(body, "utf8") },
  };
}
