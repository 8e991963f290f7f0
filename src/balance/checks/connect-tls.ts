import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from "node:tls";
import type { CheckTls } from "../../contract/health-plan.ts";
import { certificateProblem, certificateWords } from "./certificate.ts";
import { CheckFailure, type LayerFinding, type ProbeRun } from "./probe-run.ts";
import { codeOf, errorWords, shown, tlsWords } from "./words.ts";

/** The protocol that is asked for (RFC 7301); null: none, as in a check of TLS alone. */
export type Alpn = "h2" | "http/1.1" | null;

export interface TlsTarget {
  readonly host: string;
  readonly tls: CheckTls;
  readonly alpn: Alpn;
  /** Trusted certificates, PEM; null = those of the system. */
  readonly ca: string | null;
}

/** The handshake over a socket that is connected, and what the certificate is worth. */
export function connectTls(run: ProbeRun, socket: Socket, target: TlsTarget): Promise<LayerFinding<TLSSocket>> {
  const { tls, alpn, host } = target;
  const name = tls.serverName === "" ? host : tls.serverName;
  const options: ConnectionOptions = {
    socket,
    // Judged below, in words that name the reason; nothing is sent before that.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  };
  // RFC 6066 §3: an address is no server name.
  if (isIP(name) === 0) options.servername = name;
  if (alpn !== null) options.ALPNProtocols = [alpn];
  if (target.ca !== null) options.ca = target.ca;
  return new Promise((resolve, reject) => {
    if (socket.destroyed) throw new CheckFailure("connection closed before the handshake");
    const secure = run.own(connect(options));
    const judged = (): void => {
      try {
        resolve({ value: secure, detail: judge(secure, name, tls.verify, alpn) });
      } catch (error) {
        reject(error instanceof Error ? error : new CheckFailure(String(error)));
      }
    };
    // The handshake's last message leaves after this event. A check that closed before it would stand in the target's
    // log as a client that gave up.
    secure.once("secureConnect", () => setImmediate(judged));
    secure.once("error", (error) => reject(new CheckFailure(handshakeWords(error, alpn))));
    secure.once("close", () => reject(new CheckFailure("connection closed in the handshake")));
  });
}

/** @throws CheckFailure when the certificate or the protocol is not what the check asks for. */
function judge(secure: TLSSocket, name: string, verify: boolean, alpn: Alpn): string {
  const certificate = secure.getPeerCertificate();
  if (verify) {
    if (!secure.authorized) throw new CheckFailure(certificateProblem(reasonOf(secure), certificate, Date.now()));
    if (!isFor(certificate, name)) {
      throw new CheckFailure(`certificate is for ${shown(certificate.subjectaltname ?? "no name")}, not for ${name}`);
    }
  }
  // A target without ALPN may well speak HTTP/1.1, but RFC 9113 §3.2 makes ALPN the only way to HTTP/2 over TLS.
  const agreed = secure.alpnProtocol;
  if (alpn === "h2" && agreed !== "h2") {
    throw new CheckFailure(`h2 was not agreed on, the target chose ${agreed || "no protocol"} (ALPN)`);
  }
  return `${secure.getProtocol() ?? "TLS"}, ${certificateWords(certificate, verify, Date.now())}`;
}

function reasonOf(secure: TLSSocket): string {
  const reason: unknown = secure.authorizationError;
  return typeof reason === "string" ? reason : codeOf(reason);
}

function isFor(certificate: PeerCertificate, name: string): boolean {
  try {
    return checkServerIdentity(name, certificate) === undefined;
  } catch {
    return false;
  }
}

function handshakeWords(error: Error, alpn: Alpn): string {
  const code = codeOf(error);
  if (code.includes("NO_APPLICATION_PROTOCOL")) return `the target does not speak ${alpn ?? "that protocol"} (ALPN)`;
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code.includes("HTTP_REQUEST")) return "the target does not speak TLS";
  if (code === "ECONNRESET") return "connection closed in the handshake";
  const words = tlsWords(code);
  return words === null ? errorWords(error) : `handshake failed: ${words}`;
}
