/** A chunked body taken apart by hand (RFC 9112 §7.1), so that the edge's codec is not its own witness. */
export interface Dechunked {
  readonly body: string;
  /** Field lines, each with its CRLF. */
  readonly trailers: string;
  /** What stands behind the message. */
  readonly rest: string;
  /** The last chunk and the empty line behind the trailers were there. */
  readonly whole: boolean;
}

/** @throws Error when the bytes are no beginning of a chunked body. */
export function dechunk(text: string): Dechunked {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return { body, trailers: "", rest: "", whole: false };
    const line = text.slice(at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`no chunk size: ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    const start = lineEnd + 2;
    if (size === 0) return { body, ...readTrailers(text, start) };
    body += text.slice(start, start + size);
    at = start + size + 2;
    if (text.length < at) return { body, trailers: "", rest: "", whole: false };
    if (text.slice(at - 2, at) !== "\r\n")
      throw new Error(`no CRLF behind a chunk: ${JSON.stringify(text.slice(start))}`);
  }
}

function readTrailers(text: string, start: number): Pick<Dechunked, "trailers" | "rest" | "whole"> {
  let at = start;
  for (;;) {
    const end = text.indexOf("\r\n", at);
    if (end < 0) return { trailers: text.slice(start), rest: "", whole: false };
    if (end === at) return { trailers: text.slice(start, at), rest: text.slice(at + 2), whole: true };
    at = end + 2;
  }
}
