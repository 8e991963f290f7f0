import type { FaultCode } from "../../../src/contract/fault.ts";
import type { LimitsConfig } from "../../../src/index.ts";

/** What is wrong, the bytes, the status and the fault that it must be refused with. */
export type Refused = readonly [name: string, bytes: string, status: number, fault: FaultCode];

const HOST = "Host: h.example\r\n";

const line = (requestLine: string): string => `${requestLine}\r\n${HOST}\r\n`;
const fields = (lines: string): string => `GET /x HTTP/1.1\r\n${HOST}${lines}\r\n`;
const posted = (lines: string, body = "0\r\n\r\n"): string => `POST /x HTTP/1.1\r\n${HOST}${lines}\r\n${body}`;

/** The limits that `LIMIT_CASES` and `BODY_CASES` count on. */
export const LIMITS = { requestLine: 200, field: 300, fields: 20, head: 2_000, body: 1_000, trailers: 200 };

/** As a config has them. */
export const LIMITS_CONFIG: LimitsConfig = {
  requestLine: `${LIMITS.requestLine}B`,
  field: `${LIMITS.field}B`,
  fields: LIMITS.fields,
  head: `${LIMITS.head}B`,
  body: `${LIMITS.body}B`,
  trailers: `${LIMITS.trailers}B`,
};

export const REQUEST_LINE_CASES: readonly Refused[] = [
  ["a bare LF ends the request line", `GET /x HTTP/1.1\n${HOST}\r\n`, 400, "line-ending-invalid"],
  ["a bare CR ends the request line", `GET /x HTTP/1.1\r${HOST}\r\n`, 400, "line-ending-invalid"],
  ["a bare LF before the request line", `\n${line("GET /x HTTP/1.1")}`, 400, "line-ending-invalid"],
  ["two spaces before the target", line("GET  /x HTTP/1.1"), 400, "request-line-malformed"],
  ["two spaces before the version", line("GET /x  HTTP/1.1"), 400, "request-line-malformed"],
  ["a tab instead of a space", line("GET\t/x HTTP/1.1"), 400, "method-invalid"],
  ["a space before the method", line(" GET /x HTTP/1.1"), 400, "request-line-malformed"],
  ["a space behind the version", line("GET /x HTTP/1.1 "), 400, "request-line-malformed"],
  ["no version (HTTP/0.9)", line("GET /x"), 400, "request-line-malformed"],
  ["a version in lower case", line("GET /x http/1.1"), 400, "version-malformed"],
  ["a version of two digits", line("GET /x HTTP/1.10"), 400, "version-malformed"],
  ["a version with leading zeros", line("GET /x HTTP/01.01"), 400, "version-malformed"],
  ["a major version of two digits", line("GET /x HTTP/20.0"), 400, "version-malformed"],
  ["HTTP/2.0", line("GET /x HTTP/2.0"), 505, "version-unsupported"],
  ["HTTP/0.9 by name", line("GET /x HTTP/0.9"), 505, "version-unsupported"],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version-unsupported"],
  ["a method that is not a token", line("G(T /x HTTP/1.1"), 400, "method-invalid"],
  ["a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "method-invalid"],
  ["a target without a slash", line("GET x HTTP/1.1"), 400, "target-invalid"],
  ["a fragment", line("GET /x#y HTTP/1.1"), 400, "target-invalid"],
  ["an obs-text byte in the target", line("GET /\x80 HTTP/1.1"), 400, "target-invalid"],
  ["NUL in the target", line("GET /x\0 HTTP/1.1"), 400, "target-invalid"],
  ["* with GET", line("GET * HTTP/1.1"), 400, "target-invalid"],
  ["user information in an absolute target", line("GET http://u@h.example/ HTTP/1.1"), 400, "target-invalid"],
  ["%00 in the path", line("GET /x%00 HTTP/1.1"), 400, "target-ambiguous"],
  ["dots that leave the root", line("GET /../x HTTP/1.1"), 400, "target-ambiguous"],
  ["an encoded slash", line("GET /a/..%2fx HTTP/1.1"), 400, "target-escaped-slash"],
  ["a backslash in the path", line("GET /admin\\s HTTP/1.1"), 400, "target-invalid"],
  ["an escape in the host", "GET / HTTP/1.1\r\nHost: %61.test\r\n\r\n", 400, "host-invalid"],
  ["two dots at the end of the host", "GET / HTTP/1.1\r\nHost: a..\r\n\r\n", 400, "host-invalid"],
  ["TRACE", line("TRACE / HTTP/1.1"), 405, "trace-refused"],
  ["CONNECT", line("CONNECT h.example:443 HTTP/1.1"), 501, "connect-refused"],
];

export const FIELD_CASES: readonly Refused[] = [
  ["a bare LF ends a field", fields("A: 1\nB: 2\r\n"), 400, "line-ending-invalid"],
  ["a bare LF ends the head", `GET /x HTTP/1.1\r\n${HOST}\n`, 400, "line-ending-invalid"],
  ["a bare CR in a value", fields("A: 1\rB: 2\r\n"), 400, "line-ending-invalid"],
  ["obs-fold with a space", fields("A: 1\r\n 2\r\n"), 400, "field-folded"],
  ["obs-fold with a tab", fields("A: 1\r\n\t2\r\n"), 400, "field-folded"],
  ["white space before the first field", `GET /x HTTP/1.1\r\n ${HOST}\r\n`, 400, "field-folded"],
  ["a space before the colon", fields("A : 1\r\n"), 400, "field-name-space"],
  ["a tab before the colon", fields("A\t: 1\r\n"), 400, "field-name-space"],
  ["an empty name", fields(": 1\r\n"), 400, "field-name-invalid"],
  ["no colon", fields("A\r\n"), 400, "field-name-invalid"],
  ["0x80 in a name", fields("A\x80: 1\r\n"), 400, "field-name-invalid"],
  ["a parenthesis in a name", fields("A(: 1\r\n"), 400, "field-name-invalid"],
  ["NUL in a name", fields("A\0: 1\r\n"), 400, "field-name-invalid"],
  ["NUL in a value", fields("A: 1\x002\r\n"), 400, "field-value-invalid"],
  ["a vertical tab in a value", fields("A: 1\v2\r\n"), 400, "field-value-invalid"],
  ["DEL in a value", fields("A: 1\x7f2\r\n"), 400, "field-value-invalid"],
  ["ESC in a value", fields("A: \x1b[2J\r\n"), 400, "field-value-invalid"],
  ["an expectation that nobody knows", fields("Expect: 200-ok\r\n"), 417, "expectation-unknown"],
];

export const HOST_CASES: readonly Refused[] = [
  ["no Host", "GET /x HTTP/1.1\r\n\r\n", 400, "host-missing"],
  ["no Host beside an absolute target", "GET http://h.example/ HTTP/1.1\r\n\r\n", 400, "host-missing"],
  ["two Hosts", fields("Host: other.example\r\n"), 400, "host-repeated"],
  ["two equal Hosts", fields(HOST), 400, "host-repeated"],
  ...["a b", "u@h", "h/x", "h:x", "h:99999", "[::1", "h\\x", "h?", "h#", "<h>", "h:80:80", "\xe9"].map(
    (host): Refused => [`Host: ${host}`, `GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400, "host-invalid"],
  ),
];

export const FRAMING_CASES: readonly Refused[] = [
  ...["", "+5", "-5", "0x5", "5 5", "5, 5", "5,", "5;a", "1e1", "5.0", "99999999999999999999", "\xb2"].map(
    (length): Refused => [
      `Content-Length: ${length}`,
      posted(`Content-Length: ${length}\r\n`, "hello"),
      400,
      "content-length-invalid",
    ],
  ),
  ["two lengths", posted("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400, "content-length-repeated"],
  ["two equal lengths", posted("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400, "content-length-repeated"],
  [
    "Content-Length, then Transfer-Encoding",
    posted("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    400,
    "transfer-encoding-with-length",
  ],
  [
    "Transfer-Encoding, then Content-Length",
    posted("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
    400,
    "transfer-encoding-with-length",
  ],
  [
    "an unknown coding with a length",
    posted("Transfer-Encoding: x\r\nContent-Length: 5\r\n"),
    400,
    "transfer-encoding-with-length",
  ],
  ["an unknown coding", posted("Transfer-Encoding: xchunked\r\n"), 501, "transfer-encoding-unknown"],
  ["identity", posted("Transfer-Encoding: identity\r\n"), 501, "transfer-encoding-unknown"],
  ["gzip and chunked", posted("Transfer-Encoding: gzip, chunked\r\n"), 501, "transfer-encoding-unknown"],
  [
    "gzip and chunked on two lines",
    posted("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
    501,
    "transfer-encoding-unknown",
  ],
  ["chunked twice", posted("Transfer-Encoding: chunked, chunked\r\n"), 400, "transfer-encoding-invalid"],
  [
    "chunked on two lines",
    posted("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    400,
    "transfer-encoding-invalid",
  ],
  ["chunked not last", posted("Transfer-Encoding: chunked, gzip\r\n"), 400, "transfer-encoding-invalid"],
  [
    "chunked, then identity",
    posted("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
    400,
    "transfer-encoding-invalid",
  ],
  ["a comma behind chunked", posted("Transfer-Encoding: chunked,\r\n"), 400, "transfer-encoding-invalid"],
  ["a comma before chunked", posted("Transfer-Encoding: ,chunked\r\n"), 400, "transfer-encoding-invalid"],
  ["a parameter of chunked", posted("Transfer-Encoding: chunked;q=1\r\n"), 400, "transfer-encoding-invalid"],
  ["chunked in quotes", posted('Transfer-Encoding: "chunked"\r\n'), 400, "transfer-encoding-invalid"],
  ["an empty Transfer-Encoding", posted("Transfer-Encoding:\r\n"), 400, "transfer-encoding-invalid"],
  ["chunked before a vertical tab", posted("Transfer-Encoding: chunked\v\r\n"), 400, "field-value-invalid"],
  ["chunked behind a vertical tab", posted("Transfer-Encoding:\vchunked\r\n"), 400, "field-value-invalid"],
  ["chunked behind a NUL", posted("Transfer-Encoding: \0chunked\r\n"), 400, "field-value-invalid"],
  ["chunked on a folded line", posted("Transfer-Encoding:\r\n chunked\r\n"), 400, "field-folded"],
  ["a space before the colon", posted("Transfer-Encoding : chunked\r\n"), 400, "field-name-space"],
  ["a coding hidden behind a bare CR", posted("A: b\rTransfer-Encoding: chunked\r\n"), 400, "line-ending-invalid"],
  ["a coding hidden behind a bare LF", posted("A: b\nTransfer-Encoding: chunked\r\n"), 400, "line-ending-invalid"],
  [
    "Transfer-Encoding in HTTP/1.0",
    `POST /x HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    "transfer-encoding-http10",
  ],
];

export const LIMIT_CASES: readonly Refused[] = [
  ["a long target", line(`GET /${"a".repeat(LIMITS.requestLine)} HTTP/1.1`), 414, "target-too-long"],
  ["a long target without an end", `GET /${"a".repeat(4 * LIMITS.requestLine)}`, 414, "target-too-long"],
  ["a big field", fields(`A: ${"a".repeat(LIMITS.field)}\r\n`), 431, "field-too-long"],
  ["a big field name", fields(`${"a".repeat(LIMITS.field)}: 1\r\n`), 431, "field-too-long"],
  ["many fields", fields("A: 1\r\n".repeat(LIMITS.fields)), 431, "fields-too-many"],
  ["a big head", fields(`A: ${"a".repeat(250)}\r\n`.repeat(8)), 431, "head-too-large"],
];
