import type { Fault } from "../contract/fault.ts";
import type { Reply } from "../contract/reply.ts";
import { errorFormat, type ErrorFormat } from "./accept.ts";
import { errorHtml, errorJson, errorText, type ErrorStory } from "./error-page.ts";
import { adviceFor, FAULTS } from "./faults.ts";
import { proxyStatus } from "./proxy-status.ts";

export interface ErrorReplyOptions {
  /** The request's Accept, undefined when it has none (or the head could not be read). */
  readonly accept: string | undefined;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Whoever runs the edge asks, and may see its inside: timer values, errno, the upstream's address, what to change. */
  readonly explained: boolean;
  /** Pseudonym of the edge, for Proxy-Status; empty: "roundtrip". */
  readonly via: string;
}

const CONTENT_TYPES: Readonly<Record<ErrorFormat, string>> = {
  html: "text/html; charset=utf-8",
  json: "application/problem+json",
  text: "text/plain; charset=utf-8",
};

const WRITERS: Readonly<Record<ErrorFormat, (story: ErrorStory) => string>> = {
  html: errorHtml,
  json: errorJson,
  text: errorText,
};

/** Reason phrases (RFC 9110 §15, RFC 6585 §5) of every status that a fault has. */
const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/**
 * The reply that tells the client of a fault: what happened, on whose side, and what to do next; as a page, as JSON
 * (RFC 9457) or as plain text, whichever it accepts.
 *
 * A fault whose status is 0 is meant to close the connection without a reply; asked for one all the same, this gives 500.
 */
export function errorReply(fault: Fault, options: ErrorReplyOptions): Reply {
  const definition = FAULTS[fault.code];
  const status = definition.status === 0 ? 500 : definition.status;
  const format = errorFormat(options.accept);
  const body = WRITERS[format]({
    status,
    phrase: PHRASES[status] ?? "Error",
    code: fault.code,
    stage: definition.stage,
    side: definition.side,
    title: definition.title,
    hint: options.explained ? adviceFor(definition) : definition.hint,
    traceId: options.traceId,
    explained: options.explained,
    detail: options.explained ? fault.detail : "",
  });
  return {
    status,
    fields: [
      ["Content-Type", CONTENT_TYPES[format]],
      ["Cache-Control", "no-store"],
      ["Proxy-Status", proxyStatus(options.via, fault.code)],
      // RFC 9110 §15.5.6: a 405 says what is allowed; which of these a resource takes is the origin's to say.
      ...(status === 405 ? [["Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"] as const] : []),
    ],
    body: { kind: "bytes", bytes: Buffer.from(body, "utf8") },
  };
}
