/**
 * DNS over HTTPS (RFC 8484): from a request to a response without I/O, so that it can stand behind any listener and any
 * version of HTTP.
 */
import type { DnsClient } from "../authority/dns-client.ts";
import type { MessageHandler } from "../authority/message-handler.ts";
import { HANDED_OVER, type Responder } from "../authority/responder.ts";
import { HEADER } from "../wire/message-cursor.ts";
import { answerLifetime } from "./answer-lifetime.ts";

/** The media type of messages (§6). */
export const DNS_MESSAGE = "application/dns-message";
/** The longest message there is (RFC 1035 §4.2.2): longer bodies need not be read. */
export const DOH_BODY_LIMIT = 65_535;

export interface DohRequest {
  /** As it came: "GET", "HEAD", "POST" … */
  readonly method: string;
  /** Behind the "?", without it; empty when there is none. */
  readonly query: string;
  /** The field's value; empty when there is none. */
  readonly contentType: string;
  /** Of POST. */
  readonly body: Uint8Array;
  readonly clientAddress: string;
  readonly clientPort?: number;
}

export interface DohResponse {
  readonly status: 200 | 400 | 405 | 413 | 415 | 501;
  /** Empty: no body. */
  readonly contentType: string;
  /** Value of Cache-Control; empty: none. */
  readonly cacheControl: string;
  /** Value of Allow, with 405; else empty. */
  readonly allow: string;
  readonly body: Uint8Array;
  /** Length of the body that GET would have; for HEAD, whose own is empty. */
  readonly contentLength: number;
}

const OUT = new Uint8Array(DOH_BODY_LIMIT);
const EMPTY = new Uint8Array(0);

/**
 * Answers with a message whatever its response code is: only what is not a DNS message at all is an HTTP error (§4.2.1).
 * A promise only for an answer that comes later.
 */
export function answerDoh(responder: Responder, request: DohRequest): DohResponse | Promise<DohResponse> {
  const message = messageOf(request);
  if (typeof message === "number") return failure(message);
  const client = { address: request.clientAddress, port: request.clientPort ?? 0, transport: "https" } as const;
  const length = responder.respond(message, 0, message.length, OUT, 0, OUT.length, client);
  if (length !== HANDED_OVER) return length === 0 ? failure(400) : success(OUT, length, request);
  const { handler } = responder;
  // Transfers and NOTIFY have more than one answer, or none that a cache may hold: they have their own transports.
  return handler?.answersOnce === true ? handledAnswer(handler, message, client, request) : failure(501);
}

async function handledAnswer(
  handler: MessageHandler,
  message: Uint8Array,
  client: DnsClient,
  request: DohRequest,
): Promise<DohResponse> {
  let response = failure(400);
  // Not as a Buffer, whose `slice` is no copy.
  await handler.handle(Uint8Array.from(message), client, (answer) => {
    response = success(answer, answer.length, request);
    return true;
  });
  return response;
}

function success(bytes: Uint8Array, length: number, { method }: DohRequest): DohResponse {
  const lifetime = answerLifetime(bytes, length);
  return {
    status: 200,
    contentType: DNS_MESSAGE,
    // §5.1: no longer than the shortest-lived record, or as RFC 2308 says for an answer without; errors are not kept.
    cacheControl: lifetime < 0 ? "no-store" : `max-age=${lifetime}`,
    allow: "",
    body: method === "HEAD" ? EMPTY : bytes.slice(0, length),
    contentLength: length,
  };
}

/** The same for the platform's requests and responses. */
export function createDohHandler(
  responder: Responder,
): (request: Request, client: { readonly clientAddress: string; readonly clientPort?: number }) => Promise<Response> {
  return async (request, client) => {
    const body = request.method === "POST" ? await readBody(request) : EMPTY;
    const { status, ...answer } =
      body === null ? failure(413) : await answerDoh(responder, { ...partsOf(request), body, ...client });
    const headers = new Headers();
    if (answer.contentType !== "") headers.set("content-type", answer.contentType);
    if (answer.cacheControl !== "") headers.set("cache-control", answer.cacheControl);
    if (answer.allow !== "") headers.set("allow", answer.allow);
    headers.set("content-length", String(answer.contentLength));
    return new Response(request.method === "HEAD" ? null : Uint8Array.from(answer.body), { status, headers });
  };
}

function partsOf(request: Request): Pick<DohRequest, "method" | "query" | "contentType"> {
  const mark = request.url.indexOf("?");
  const query = mark < 0 ? "" : request.url.slice(mark + 1).replace(/#.*$/, "");
  return { method: request.method, query, contentType: request.headers.get("content-type") ?? "" };
}

/** Null when it is too long; it is read no further than that. */
async function readBody(request: Request): Promise<Uint8Array | null> {
  if (Number(request.headers.get("content-length") ?? 0) > DOH_BODY_LIMIT) return null;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > DOH_BODY_LIMIT) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The query's bytes, or the status that says what is wrong. */
function messageOf({ method, query, contentType, body }: DohRequest): Uint8Array | DohResponse["status"] {
  switch (method) {
    case "GET":
    case "HEAD":
      return readParameter(query) ?? 400;
    case "POST":
      if (mediaType(contentType) !== DNS_MESSAGE) return 415;
      if (body.length > DOH_BODY_LIMIT) return 413;
      return body.length < HEADER ? 400 : body;
    default:
      return 405;
  }
}

/** Without parameters, in lower case (RFC 9110 §8.3.1). */
function mediaType(value: string): string {
  return value.split(";", 1)[0]!.trim().toLowerCase();
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** The variable `dns` (§4.1.1): base64url without padding (§6); null: not there, twice, or nothing that can be read. */
function readParameter(query: string): Uint8Array | null {
  const values = query.split("&").filter((part) => part.startsWith("dns="));
  if (values.length !== 1) return null;
  const value = values[0]!.slice("dns=".length);
  if (!BASE64URL.test(value) || value.length % 4 === 1) return null;
  const bytes = Buffer.from(value, "base64url");
  return bytes.length < HEADER || bytes.length > DOH_BODY_LIMIT ? null : bytes;
}

function failure(status: DohResponse["status"]): DohResponse {
  const allow = status === 405 ? "GET, HEAD, POST" : "";
  return { status, contentType: "", cacheControl: "no-store", allow, body: EMPTY, contentLength: 0 };
}
