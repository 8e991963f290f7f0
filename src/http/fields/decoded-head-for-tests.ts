/** Requests as HTTP/2 and 3 decode them, beside what HTTP/1.1 writes of the same. */
import fc from "fast-check";

import type { RequestHead } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import { parseRequestHead } from "../h1/request-head.ts";
import { latin1, TEST_LIMITS } from "../h1/testing.ts";
import type { HeadLimits } from "../head-limits.ts";
import { DecodedRequest } from "./decoded-head.ts";

export type Fields = ReadonlyArray<readonly [name: string, value: string]>;

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly fields: Fields;
}

/** What `decode` reads into. */
export const decoder = new DecodedRequest();

function bytes(text: string | null): Buffer | null {
  return text === null ? null : latin1(text);
}

/** 0, or the fault. A request without Content-Length ends with its head. */
export function decode(
  request: Partial<Record<keyof Request | "scheme" | "protocol", unknown>>,
  limits = TEST_LIMITS,
): number {
  const { method, path, authority, scheme, protocol, fields } = {
    method: "GET",
    path: "/",
    authority: "a",
    scheme: "https",
    protocol: null,
    fields: [],
    ...request,
  } as { [key in "method" | "path" | "authority" | "scheme" | "protocol"]: string | null } & { fields: Fields };
  const pseudo = {
    method: bytes(method),
    scheme: bytes(scheme),
    authority: bytes(authority),
    path: bytes(path),
    protocol: bytes(protocol),
  };
  let result = decoder.begin(Protocol.http2, pseudo, limits);
  for (const [name, value] of fields) {
    if (result < 0) return result;
    // The value within other bytes, as it lies in a decoder's buffer.
    result = decoder.field(latin1(name), latin1(`<${value}>`), 1, 1 + value.length);
  }
  return result < 0 ? result : decoder.end(!fields.some(([name]) => name === "content-length"));
}

/** The same request in HTTP/1.1, in lines as a decoder writes them. 0, or the fault. */
export function parse({ method, path, authority, fields }: Request, head: RequestHead, limits: HeadLimits): number {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const text = latin1(`${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\n${lines}\r\n`);
  const result = parseRequestHead(text, 0, text.length, head, limits);
  return result === text.length ? 0 : result;
}

/** Fields that the edge knows, and others. */
const NAMES = [
  "accept",
  "cookie",
  "date",
  "etag",
  "expect",
  "forwarded",
  "traceparent",
  "user-agent",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-user",
  "x-one",
  "x_one",
  "x-real-ip",
  "roundtrip-explain",
  "content-type",
  "proxy-authorization",
  "trailer",
];
const value = fc
  .string({ unit: fc.constantFrom("a", "b", "1", " ", ",", ";", "=", '"', "%", "\x80", "\xff", "\t"), maxLength: 20 })
  .map((text) => text.trim());
const name = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.string({ unit: fc.constantFrom("a", "b", "-", "_", "1", "!"), minLength: 1, maxLength: 8 }),
);
/** Fields as they come, and a few as they should not. */
export const field = fc
  .tuple(name, value)
  .map(([key, text]): readonly [string, string] => [
    key,
    key === "expect" ? "100-continue" : key === "x-one" && text.length > 3 ? "1" : text,
  ]);
