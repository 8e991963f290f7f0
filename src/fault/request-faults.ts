import type { FaultCode, FaultDefinition, StageName } from "../contract/fault.ts";

/** A request that breaks a rule of RFC 9110 or RFC 9112, or a limit for requests: never sent on, so never retried. */
function refused(
  status: number,
  title: string,
  hint: string,
  remedy = "",
  stage: StageName = "request",
): FaultDefinition {
  // RFC 9209 §2.3.25 covers 4xx that the intermediary generates; 501 and 505 are "proxy_internal_response" (§2.3.28).
  const proxyError = status >= 500 ? "proxy_internal_response" : "http_request_error";
  return { stage, side: "client", retry: "never", status, proxyError, title, hint, remedy };
}

/** Faults of the client's side: what came could not be accepted, or stopped coming. */
export const REQUEST_FAULTS = {
  "request-line-malformed": refused(
    400,
    "The first line of the request is not a valid HTTP request line.",
    "Send “METHOD target HTTP/1.1” with single spaces (RFC 9112 §3); if the client speaks TLS, use the https port.",
  ),
  "method-invalid": refused(
    400,
    "The request method is not a valid token.",
    "Use a method made of letters, digits and token characters, such as GET (RFC 9110 §9.1).",
  ),
  "target-invalid": refused(
    400,
    "The request target holds a character or a form that is not allowed.",
    "Percent-encode spaces, control characters and non-ASCII bytes in the URL (RFC 3986 §2.1), and start the path with “/”.",
  ),
  "target-ambiguous": refused(
    400,
    "The path could be read in two ways, which would let it slip past a rule.",
    "Send the path without NUL, and without dot segments that leave the root or stand beside a semicolon or an encoded slash.",
  ),
  "target-escaped-slash": refused(
    400,
    "The path holds an encoded slash or backslash (%2F, %5C), which some servers read as a slash and others do not.",
    "Send a plain slash.",
    "For an origin that needs them (npm registries, GitLab) set path.escapedSlash to keep or decode.",
  ),
  "target-too-long": refused(
    414,
    "The request line is longer than the limit.",
    "Shorten the URL or send the data in a body.",
    "Raise limits.requestLine.",
  ),
  "version-malformed": refused(
    400,
    "The HTTP version in the request line is malformed.",
    "Send exactly “HTTP/1.1” or “HTTP/1.0” (RFC 9112 §2.3).",
  ),
  "version-unsupported": refused(
    505,
    "This major version of HTTP is not spoken on this port.",
    "Use HTTP/1.1 or HTTP/1.0 here.",
  ),
  "line-ending-invalid": refused(
    400,
    "A line of the request does not end with CRLF.",
    "End every line of the head with CR LF; a bare CR or a bare LF is refused (RFC 9112 §2.2).",
  ),
  "field-name-invalid": refused(
    400,
    "A field name holds a character that is not allowed.",
    "Use only token characters in field names (RFC 9110 §5.1).",
  ),
  "field-name-space": refused(
    400,
    "There is white space before a field's colon.",
    "Write “Name: value” with the colon straight after the name (RFC 9112 §5.1).",
  ),
  "field-value-invalid": refused(
    400,
    "A field value holds a control character.",
    "Remove CR, LF, NUL and other control characters from field values (RFC 9110 §5.5).",
  ),
  "field-folded": refused(
    400,
    "A field value is folded over several lines.",
    "Send each field on one line; obsolete line folding is refused (RFC 9112 §5.2).",
  ),
  "field-of-connection": refused(
    400,
    "A field that belongs to an HTTP/1.1 connection came over HTTP/2 or HTTP/3.",
    "Leave out Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding and Upgrade, and send TE only as “trailers” (RFC 9113 §8.2.2, RFC 9114 §4.2).",
  ),
  "field-too-long": refused(
    431,
    "One field of the request is longer than the limit.",
    "Clear large cookies or shorten the field.",
    "Raise limits.field.",
  ),
  "fields-too-many": refused(
    431,
    "The request has more fields than the limit.",
    "Send fewer fields.",
    "Raise limits.fields.",
  ),
  "head-too-large": refused(
    431,
    "The head of the request is larger than the limit.",
    "Clear large cookies or send fewer fields.",
    "Raise limits.head.",
  ),
  "host-missing": refused(
    400,
    "The request has no Host field.",
    "Send a Host field with every HTTP/1.1 request (RFC 9112 §3.2).",
  ),
  "host-repeated": refused(
    400,
    "The request has more than one Host field.",
    "Send exactly one Host field (RFC 9112 §3.2); look for a proxy on the way that adds a second one.",
  ),
  "host-invalid": refused(
    400,
    "The Host field or the target's authority is not a valid host.",
    "Send “host” or “host:port” without user name, path or spaces (RFC 9110 §7.2).",
  ),
  "content-length-invalid": refused(
    400,
    "The Content-Length is not a plain decimal number.",
    "Send the length of the body in bytes, digits only (RFC 9110 §8.6).",
  ),
  "content-length-repeated": refused(
    400,
    "The request has more than one Content-Length.",
    "Send Content-Length once; look for a proxy on the way that adds a second one (RFC 9112 §6.3).",
  ),
  "transfer-encoding-with-length": refused(
    400,
    "The request has both Transfer-Encoding and Content-Length.",
    "Send one of them; both together are a sign of request smuggling and are refused (RFC 9112 §6.1).",
  ),
  "transfer-encoding-unknown": refused(
    501,
    "The request uses a transfer coding that is not supported.",
    "Send the body with “Transfer-Encoding: chunked” alone, or with Content-Length (RFC 9112 §6.1).",
  ),
  "transfer-encoding-invalid": refused(
    400,
    "The Transfer-Encoding is malformed, or chunked is not its last coding.",
    "Send exactly “Transfer-Encoding: chunked” (RFC 9112 §6.3).",
  ),
  "transfer-encoding-http10": refused(
    400,
    "An HTTP/1.0 request has a Transfer-Encoding.",
    "Use HTTP/1.1 for chunked bodies, or send Content-Length (RFC 9112 §6.1).",
  ),
  "expectation-unknown": refused(
    417,
    "The request expects something that is not supported.",
    "Send no Expect field, or “Expect: 100-continue” (RFC 9110 §10.1.1).",
  ),
  "chunk-malformed": refused(
    400,
    "The chunked body of the request is malformed.",
    "Send each chunk as its size in hexadecimal, CRLF, the bytes, CRLF (RFC 9112 §7.1).",
  ),
  "trailer-malformed": refused(
    400,
    "A trailer field of the request is malformed or is not allowed in a trailer.",
    "Send only valid fields as trailers, none that concerns framing, routing or authentication (RFC 9110 §6.5.1).",
  ),
  "trailers-too-large": refused(
    431,
    "The trailer section of the request is larger than the limit.",
    "Send fewer or shorter trailers.",
    "Raise limits.trailers.",
  ),
  "body-too-large": refused(
    413,
    "The body of the request is larger than the limit.",
    "Send a smaller body.",
    "Raise limits.body.",
  ),
  "connect-refused": refused(
    501,
    "CONNECT is not supported here, since this is not a forward proxy.",
    "Request the resource itself; remove this address from the client's proxy settings.",
  ),
  "trace-refused": refused(
    405,
    "TRACE is not answered here, since it reflects what a browser keeps secret from scripts.",
    "Use GET.",
    "Set forwarding.trace to let TRACE pass.",
  ),
  "head-timeout": refused(
    408,
    "The head of the request did not arrive in time.",
    "Send the request again, without delay between its parts.",
    "Raise timeouts.head.",
  ),
  "body-timeout": refused(
    408,
    "The body of the request stopped arriving.",
    "Send the request again over a better connection.",
    "Raise timeouts.body.",
  ),
  "client-aborted": refused(
    0,
    "The client closed the connection before the exchange was complete.",
    "Send the request again.",
    "Nothing to do when a person went away; when it is frequent, look for a client timeout shorter than the response time.",
  ),
  "write-timeout": refused(
    0,
    "The client stopped reading the response.",
    "Check the client's network.",
    "Raise timeouts.write.",
    "reply",
  ),
} as const satisfies Partial<Record<FaultCode, FaultDefinition>>;
