/** Errors, times and foreign text as people read them. */
import { errorMessage } from "../../error-message.ts";

const SOCKET_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ECONNABORTED: "connection aborted",
  EPIPE: "connection closed by the target",
  ETIMEDOUT: "no answer to the connect, the system gave up",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "network is unreachable",
  EHOSTDOWN: "host is down",
  EADDRNOTAVAIL: "no local address or port left to connect from",
  EACCES: "not allowed to connect there",
  EPERM: "not allowed to connect there",
  EMFILE: "this process has no file descriptor left",
  ENFILE: "this system has no file descriptor left",
  ENOTFOUND: "name does not resolve",
  EAI_AGAIN: "name cannot be resolved now",
};

/** The error's code, "" when it has none. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** What went wrong with a socket, or with something that nobody foresaw. */
export function errorWords(error: unknown): string {
  const code = codeOf(error);
  const known = SOCKET_ERRORS[code];
  if (known !== undefined) return known;
  const tls = tlsWords(code);
  if (tls !== null) return `TLS failed: ${tls}`;
  const message = shown(errorMessage(error));
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

const TLS_ERROR = "ERR_SSL_";

/** OpenSSL's name of an error, "bad record mac"; null when the code is none of its. */
export function tlsWords(code: string): string | null {
  return code.startsWith(TLS_ERROR) ? code.slice(TLS_ERROR.length).toLowerCase().replaceAll("_", " ") : null;
}

/** "150 ms", "2 s", "1.5 s". */
export function durationWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
}

/** The UTC day, "2026-11-20". */
export function dayWords(time: number): string {
  return Number.isNaN(time) ? "an unknown day" : new Date(time).toISOString().slice(0, 10);
}

const SHOWN_LENGTH = 120;

/** Text that a target sent, fit for one line of a terminal or a log whatever the target put into it. */
export function shown(text: string): string {
  const clean = text.slice(0, SHOWN_LENGTH + 1).replace(/[^\x20-\x7e]/g, "?");
  return clean.length > SHOWN_LENGTH ? `${clean.slice(0, SHOWN_LENGTH)}…` : clean;
}
