import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { BodyStart } from "./http-answer.ts";
import { GuardedSocket } from "./http2-guard.ts";
import { CheckFailure, type ProbeRun } from "./probe-run.ts";
import { codeOf, errorWords, shown } from "./words.ts";

/** HTTP/2 (RFC 9113) as far as a check needs it: a session over a socket that is connected, and one exchange in it. */

export interface Http2Answer {
  readonly status: number;
  readonly fields: IncomingHttpHeaders;
  /** Empty when none came. */
  readonly trailers: IncomingHttpHeaders;
  readonly body: BodyStart;
}

/**
 * Begins a session. It stands when the target's SETTINGS have come (RFC 9113 §3.4): whoever speaks no HTTP/2 is found
 * out here, before a request is sent.
 */
export function openHttp2(run: ProbeRun, socket: Socket | TLSSocket, secure: boolean): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) throw new CheckFailure("connection closed before the HTTP/2 preface");
    const guarded = run.own(new GuardedSocket(socket));
    guarded.once("error", reject);
    const session = run.own(
      // The name is never used: the socket is there, and the request has its own `:authority`.
      connect(secure ? "https://target.invalid" : "http://target.invalid", {
        createConnection: () => guarded,
        settings: { enablePush: false, maxHeaderListSize: 32_768 },
      }),
    );
    session.once("remoteSettings", () => resolve(session));
    session.once("error", (error: Error) =>
      reject(new CheckFailure(sessionWords(error, "the target does not speak HTTP/2"))),
    );
    session.once("close", () => reject(new CheckFailure("connection closed without HTTP/2 settings")));
  });
}

/**
 * Sends one request and reads its answer: to the end, or until as much of the body has come as is read.
 * @param onHead judges the head of the final answer; it may throw.
 */
export function askHttp2(
  run: ProbeRun,
  session: ClientHttp2Session,
  request: OutgoingHttpHeaders,
  content: Buffer | null,
  onHead: (status: number, fields: IncomingHttpHeaders) => void,
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    if (session.destroyed) throw new CheckFailure("connection closed before the request");
    const stream = run.own(session.request(request, { endStream: content === null }));
    const body = new BodyStart();
    let status = 0;
    let fields: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let ended = false;
    const sofar = (): string => (status === 0 ? "" : `${status}, but `);
    const good = (): void => resolve({ status, fields, trailers, body });

    stream.once("response", (head) => {
      try {
        // RFC 9113 §8.3.2: every answer has exactly one.
        const code = Number(head[":status"]);
        if (!(code >= 200 && code <= 999)) throw new CheckFailure("the answer is not valid HTTP/2 (no status)");
        status = code;
        fields = head;
        onHead(code, head);
        run.missing = `${code}, but no end of the body`;
      } catch (error) {
        reject(error instanceof Error ? error : new CheckFailure(String(error)));
      }
    });
    stream.on("data", (bytes: Buffer) => {
      body.add(bytes, 0, bytes.length);
      if (body.full) good();
    });
    stream.once("trailers", (section) => {
      trailers = section;
    });
    stream.once("end", () => {
      ended = true;
    });
    // Only `close` tells an answer that is whole from one that was reset in its middle: both end the data.
    stream.once("close", () => {
      const code = stream.rstCode ?? 0;
      if (status === 0 || !ended || code !== 0) reject(new CheckFailure(`${sofar()}${resetWords(code)}`));
      else if (isShort(body, fields, request))
        reject(new CheckFailure(`${sofar()}the body has another length than it says`));
      else good();
    });
    stream.once("error", (error: Error) => {
      const reset = codeOf(error) === "ERR_HTTP2_STREAM_ERROR";
      const words = reset ? resetWords(stream.rstCode ?? 0) : sessionWords(error, "the answer is not valid HTTP/2");
      reject(new CheckFailure(`${sofar()}${words}`));
    });
    session.once("error", (error: Error) => {
      reject(new CheckFailure(`${sofar()}${sessionWords(error, "the answer is not valid HTTP/2")}`));
    });
    session.once("close", () => reject(new CheckFailure(`${sofar()}connection closed`)));
    if (content !== null) stream.end(content);
  });
}

/** RFC 9113 §8.1.1: a body of another length than `content-length` is malformed; an answer to HEAD has none. */
function isShort(body: BodyStart, fields: IncomingHttpHeaders, request: OutgoingHttpHeaders): boolean {
  const length = fields["content-length"];
  if (length === undefined || body.full || request[":method"] === "HEAD" || Number(fields[":status"]) === 304)
    return false;
  return Number(length) !== body.length;
}

/** RFC 9113 §7. */
const RESET_NAMES: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

function resetWords(code: number): string {
  return code === 0 ? "the stream ended without an answer" : `stream reset (${RESET_NAMES[code] ?? code})`;
}

/** @param violated what it means when the target broke the protocol. */
function sessionWords(error: Error, violated: string): string {
  const code = codeOf(error);
  if (code === "ERR_HTTP2_ERROR") return `${violated} (${shown(error.message)})`;
  // The message has the number of the target's GOAWAY.
  return code === "ERR_HTTP2_SESSION_ERROR" ? shown(error.message) : errorWords(error);
}
