/** What clients ask and upstreams answer in the scheduler's test. Every body is made of its message's tag. */

export const REQUEST_KINDS = [
  "get",
  "get-1.0",
  "get-close",
  "head",
  "post",
  "post-chunked",
  "post-expect",
  "upgrade",
  "own",
  "handled",
  "handled-post",
  "broken-head",
  "broken-body",
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export const RESPONSE_KINDS = [
  "length",
  "chunked",
  "until-close",
  "none",
  "interim",
  "continue",
  "closing",
  "http-1.0",
  "more-behind",
  "switch",
  "broken-head",
  "broken-body",
] as const;
export type ResponseKind = (typeof RESPONSE_KINDS)[number];

/** A request as a client sends it. */
export interface Asked {
  readonly tag: string;
  readonly kind: RequestKind;
  readonly method: string;
  readonly body: string;
  /** Where it begins and ends in what the client says on its connection; a broken one never ends. */
  readonly start: number;
  readonly end: number;
  /** All of its bytes were sent. */
  whole: boolean;
}

/** A final response as an upstream sends it, or a 101 and what is said behind it. */
export interface Answered {
  readonly id: string;
  readonly tag: string;
  readonly kind: ResponseKind;
  /** Grows in a tunnel. */
  body: string;
  /** Where it ends in what the upstream says on its connection. */
  readonly end: number;
  /** `never`: no reader can take it for whole. */
  readonly endsBy: "length" | "fin" | "never";
  /** All of it was sent, its end included. */
  whole: boolean;
}

/** So many bytes that tell whose they are. */
export function bodyOf(tag: string, length: number): string {
  const unit = `${tag}|`;
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

/** What tells the reader of such a response that it is over. */
export function endOf(kind: ResponseKind, request: Asked): Answered["endsBy"] {
  if (kind === "broken-head") return "never";
  if (kind === "switch") return request.kind === "upgrade" ? "fin" : "never";
  if (request.method === "HEAD") return "length";
  if (kind === "broken-body") return "never";
  return kind === "until-close" ? "fin" : "length";
}

function lines(...all: readonly string[]): string {
  return all.join("\r\n");
}

/** In two chunks; those of an even length have a trailer, which tells whose it is. */
function chunksOf(body: string, tag: string): string {
  const half = Math.ceil(body.length / 2);
  const trailer = body.length % 2 === 0 ? `X-Late: ${tag}\r\n` : "";
  const parts = [body.slice(0, half), body.slice(half)].filter((part) => part !== "");
  return `${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("")}0\r\n${trailer}\r\n`;
}

export function methodOf(kind: RequestKind): string {
  if (kind === "head") return "HEAD";
  if (kind === "post" || kind === "broken-body") return "PUT";
  return kind.includes("post") ? "POST" : "GET";
}

export function hasBody(kind: RequestKind): boolean {
  return kind.includes("post") || kind === "broken-body";
}

function folderOf(kind: RequestKind): string {
  if (kind === "own") return "/own";
  return kind.startsWith("handled") ? "/handled" : "";
}

export function requestText(kind: RequestKind, tag: string, body: string): string {
  const path = `${folderOf(kind)}/${tag}`;
  const start = (version = "1.1"): string => `${methodOf(kind)} ${path} HTTP/${version}\r\nHost: h`;
  switch (kind) {
    case "get":
    case "head":
    case "own":
    case "handled":
      return lines(start(), "", "");
    case "get-1.0":
      return lines(start("1.0"), "Connection: keep-alive", "", "");
    case "get-close":
      return lines(start(), "Connection: close", "", "");
    case "post":
    case "handled-post":
      return lines(start(), `Content-Length: ${body.length}`, "", body);
    case "post-expect":
      return lines(start(), `Content-Length: ${body.length}`, "Expect: 100-continue", "", body);
    case "post-chunked":
      return lines(start(), "Transfer-Encoding: chunked", "", chunksOf(body, tag));
    case "upgrade":
      return lines(start(), "Connection: Upgrade", "Upgrade: echo", "", "");
    case "broken-head":
      return lines(start(), "Not a field", "", "");
    case "broken-body":
      return lines(start(), "Transfer-Encoding: chunked", "", body.length.toString(16), `${body}x`, "0", "", "");
  }
}

/** The bytes, how many of them belong to the response, and the body that its reader must see. */
export function responseText(
  kind: ResponseKind,
  request: { readonly method: string; readonly tag: string },
  id: string,
  length: number,
): { text: string; own: number; body: string } {
  const marks = `X-Tag: ${request.tag}\r\nX-Reply: ${id}`;
  const body = request.method === "HEAD" || kind === "none" ? "" : bodyOf(id, length);
  const whole = (text: string): { text: string; own: number; body: string } => ({ text, own: text.length, body });
  const ok = `HTTP/1.1 200 OK\r\n${marks}`;
  switch (kind) {
    case "length":
      return whole(lines(ok, `Content-Length: ${length}`, "", body));
    case "closing":
      return whole(lines(ok, "Connection: close", `Content-Length: ${length}`, "", body));
    case "http-1.0":
      return whole(lines(`HTTP/1.0 200 OK\r\n${marks}`, `Content-Length: ${length}`, "", body));
    case "more-behind": {
      const { text, own } = whole(lines(ok, `Content-Length: ${length}`, "", body));
      return { text: `${text}HTTP/1.1 200 OK\r\nX-Tag: nobody\r\n\r\n`, own, body };
    }
    case "chunked":
      return whole(lines(ok, "Transfer-Encoding: chunked", "", request.method === "HEAD" ? "" : chunksOf(body, id)));
    case "until-close":
      return whole(lines(ok, "", body));
    case "none":
      return whole(lines(`HTTP/1.1 204 No Content\r\n${marks}`, "", ""));
    case "interim":
      return whole(lines(`HTTP/1.1 103 Early Hints\r\n${marks}`, "", ""));
    case "continue":
      return whole(lines(`HTTP/1.1 100 Continue\r\n${marks}`, "", ""));
    case "switch":
      return {
        ...whole(lines("HTTP/1.1 101 Switching Protocols", marks, "Connection: Upgrade", "Upgrade: echo", "", "")),
        body: "",
      };
    case "broken-head":
      return whole(lines(ok, "Not a field", "", ""));
    case "broken-body": {
      const head = lines(ok, "Transfer-Encoding: chunked", "", "");
      return { text: `${head}3\r\nabcde\r\n0\r\n\r\n`, own: head.length, body: request.method === "HEAD" ? "" : "abc" };
    }
  }
}
