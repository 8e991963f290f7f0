import type { Exchange } from "../../contract/exchange.ts";
import { type RequestHead, TargetForm } from "../../contract/head.ts";

/** Methods that a Request takes as they are; Bun turns others into GET, and lower case into upper case. */
const TAKEN: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]);

/** The URL that a handler is given: scheme, host and path that the request was routed by. Null: a URL cannot say it. */
export function handlerUrl(exchange: Exchange, head: RequestHead): string | null {
  const authority = head.authority() || "localhost";
  // RFC 9112 §3.3: of asterisk-form the path is empty.
  const path = head.form === TargetForm.asterisk ? "" : head.path();
  const query = head.query();
  const url = `${exchange.connection.scheme}://${authority}${path}${query === "" ? "" : `?${query}`}`;
  if (!URL.canParse(url)) return null;
  // WHATWG URL reads "0x7f.1" as 127.0.0.1: the handler would be told of another host than was routed.
  const { hostname } = new URL(url);
  const host = head.host();
  return hostname.startsWith("[") || host === "" || hostname === host.toLowerCase() ? url : null;
}

/** A Request whose method is the one that came (RFC 9110 §9.1: case-sensitive, and any token). */
export function makeRequest(url: string, method: string, init: RequestInit & { duplex?: "half" }): Request {
  if (TAKEN.has(method)) return new Request(url, { ...init, method });
  const request = new Request(url, { ...init, method: init.body === undefined ? "GET" : "POST" });
  return Object.defineProperty(request, "method", { value: method, enumerable: true });
}
